"""Reads one question about a record of the bank's system: "What is the state of case C-1042?", "show case C-1042".

A question about what holds in general is none, even if it names a record.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Final

from tools.planning.folded import Folded
from tools.planning.free_text import Cut
from tools.planning.hints import ToolWords
from tools.planning.orders import Reading
from tools.planning.values import Found, find_all, spans
from tools.planning.wording import ASKS_ABOUT, COURTESY, NORMS, QUESTION, meaningful

_IF: Final = re.compile(r"(?<=\s)(?:unless|when|whenever|as soon as|in case(?! (?:no\.? |number )?\S*\d))\b")
"""Not at the beginning, where "when" asks."""
_THE: Final = re.compile(r"\s+(?:me\s+)?(?:(?:the|this|that|my|his|her)\s+)?")
_CLAUSE_END: Final = re.compile(r"[,;:.!?]\s")
_FIGURE: Final = re.compile(r"\d+")
_END: Final = re.compile(r"(?:\s+(?:please|now|again))*[\s.!?]*")
_INTERROGATIVE_WORDS = "what what's whats which who who's how how's are do does did has have many"
_INTERROGATIVES: Final = frozenset(_INTERROGATIVE_WORDS.split())


def read_lookup(tools: Iterable[ToolWords], words: Folded, start: int = 0) -> Reading | None:
    """The look-up that begins at `start`; of several the one whose record is named first."""
    words = words.without((0, start))
    courtesy = COURTESY.match(words.low, start)
    start = start if courtesy is None else courtesy.end()
    readings = [reading for tool in tools if (reading := _read(tool, words, start)) is not None]
    return min(readings, key=lambda reading: (_place(reading, words), reading.tool.name), default=None)


def _read(tool: ToolWords, words: Folded, start: int) -> Reading | None:
    found = find_all(tool.arguments, words)
    named = all(found[argument.name] != Found() for argument in tool.arguments if argument.required)
    verb = tool.verbs.match(words.low, start)
    if not named:
        return _reading(tool, found, words, named=False) if verb and _only_noun(tool, words, verb.end()) else None
    rest = words.part(start, len(words.text))
    if NORMS.search(rest.low) or _IF.search(rest.low):
        return None
    if verb is not None:
        return None if ASKS_ABOUT.search(words.low, verb.end()) else _reading(tool, found, words)
    left = _left_over(tool, rest)
    if not left and not any(found[argument.name].ambiguous for argument in tool.named):
        return _reading(tool, found, words, bare=True)
    return _reading(tool, found, words) if _asks_for_it(tool, rest) else None


def _asks_for_it(tool: ToolWords, rest: Folded) -> bool:
    """Whether the first clause is a question that names the record and something that stands in it."""
    ended = _CLAUSE_END.search(rest.low)
    clause = rest if ended is None else rest.part(0, ended.start())
    if not QUESTION.match(clause.low) or not any(spans(argument, clause) for argument in tool.named):
        return False
    return tool.fields.search(clause.low) is not None or not set(_left_over(tool, clause)) - _INTERROGATIVES


def _reading(
    tool: ToolWords, found: Mapping[str, Found], words: Folded, *, named: bool = True, bare: bool = False
) -> Reading:
    end = len(words.text)
    return Reading(tool, found, Cut(words, end, end, (end, end)), named, bare=bare)


def _only_noun(tool: ToolWords, words: Folded, after: int) -> bool:
    """ "Look up the customer", and not a word more."""
    article = _THE.match(words.low, after)
    noun = None if article is None else tool.nouns.match(words.low, article.end())
    return noun is not None and _END.fullmatch(words.low, noun.end()) is not None


def _left_over(tool: ToolWords, words: Folded) -> list[str]:
    for argument in tool.named:
        words = words.without(*spans(argument, words))
    return [word for word in meaningful(words.low) if word not in tool.spoken] + _FIGURE.findall(words.low)


def _place(reading: Reading, words: Folded) -> int:
    places = (start for argument in reading.tool.named for start, _ in spans(argument, words))
    return min(places, default=len(words.text))
