"""Reads one order to change something: which tool it asks for, and what it says for each argument."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from tools.planning.folded import Folded
from tools.planning.free_text import Cut, cut_text
from tools.planning.hints import Kind, ToolWords
from tools.planning.values import Found, find_all, speaks_of_a_date
from tools.planning.wording import ASKS_ABOUT, CONDITIONAL, COURTESY, DETERMINER, NORMS

_BETWEEN_CHARACTERS: Final = 90
"""From the verb to what it is about; "Add to the case of customer 31-7750 with the number C-1042 a note" has 60."""
_WORDS_WITHOUT_NAMES: Final = 14
"""A longer order that names nothing is more likely a question in the form of an order."""
_BREAK: Final = re.compile(r"[:\n]|[.;!?]\s")
_SENTENCE_END: Final = re.compile(r"[.!?]\s")
_QUOTATION: Final = re.compile(r"\"[^\"]*\"")
_NOUN_LED: Final = re.compile(r"(?:(?:an?|new|the|another|follow-up)\s+)*")
_ABOUT: Final = re.compile(r"\s+(?:on|to|for|in|about|re|regarding)\b")
_ASKING_TEXT: Final = re.compile(
    r"\s*(?:what|how|who|when|where|why|which|do|does|must|may|can|should|is|are)\b.*\?\s*", re.DOTALL
)
_PREPOSITION: Final = re.compile(r"\b(?:on|of|for|in|to|from|about|with|at|by)\b")
_ONE_OF_US: Final = re.compile(r"\b(?:i|we|us|me)\b")


@dataclass(frozen=True, slots=True)
class Reading:
    """What one sentence asks for. Offsets are those of the words that were read."""

    tool: ToolWords
    found: Mapping[str, Found]
    """Each argument but free text."""
    cut: Cut
    named: bool
    """Whether it gives an identifier, or several for one argument."""
    undated: bool = False
    """A day was named in a form that can't be taken over."""
    bare: bool = False
    """Nothing but an identifier: an order only where it stands alone."""


@dataclass(frozen=True, slots=True)
class _Opening:
    tool: ToolWords
    distance: int
    verb_end: int
    noun_start: int
    by_noun: bool = False


def read_order(tools: Iterable[ToolWords], words: Folded) -> Reading | None:
    """The order at the beginning of these words, after courtesies; None where they are none."""
    courtesy = COURTESY.match(words.low)
    start, asks = (0, False) if courtesy is None else (courtesy.end(), courtesy["asks"] is not None)
    openings = [opening for tool in tools if (opening := _opening(tool, words, start)) is not None]
    if not openings:
        return None
    opening = min(openings, key=lambda opening: (opening.distance, opening.tool.name))
    tool, cut = opening.tool, cut_text(opening.tool, words, opening.verb_end)
    found = find_all(tool.arguments, cut.head)
    named = any(found[argument.name] != Found() for argument in tool.named)
    reading = Reading(tool, found, cut, named, undated=_undated(tool, found, cut.head))
    return reading if _is_meant(reading, opening, start, asks=asks) else None


def _opening(tool: ToolWords, words: Folded, start: int) -> _Opening | None:
    opener = tool.openers.match(words.low, start)
    if opener is not None:
        return _Opening(tool, 0, opener.end(), opener.end())
    verb = tool.verbs.match(words.low, start)
    if verb is None:
        return _noun_led(tool, words, start)
    plain = _QUOTATION.sub(lambda quoted: " " * len(quoted.group()), words.low)
    noun = tool.nouns.search(plain, verb.end(), verb.end() + _BETWEEN_CHARACTERS)
    if noun is None or _BREAK.search(plain, verb.end(), noun.start()):
        return None
    return _Opening(tool, noun.start() - verb.end(), verb.end(), noun.start())


def _noun_led(tool: ToolWords, words: Folded, start: int) -> _Opening | None:
    """ "Note on case C-1042: …"."""
    article = _NOUN_LED.match(words.low, start)
    noun = tool.nouns.match(words.low, start if article is None else article.end())
    if noun is None or tool.text is None or not _ABOUT.match(words.low, noun.end()):
        return None
    return _Opening(tool, 0, noun.end(), noun.start(), by_noun=True)


def _is_meant(reading: Reading, opening: _Opening, start: int, *, asks: bool) -> bool:
    """Whether it is an order to us, now, and no question about such orders."""
    head, text = reading.cut.head.low, reading.cut.text
    ended = _SENTENCE_END.search(head, opening.verb_end)
    sentence = head[start : len(head) if ended is None else ended.start()]
    if CONDITIONAL.search(sentence) or ASKS_ABOUT.search(sentence):
        return False
    if opening.by_noun and not (reading.named and text):
        return False
    asking = text is not None and not reading.cut.quoted and _ASKING_TEXT.fullmatch(text.lower()) is not None
    if reading.named:
        return not (asking and _ONE_OF_US.search((text or "").lower()))
    if text is not None:
        return not asking
    return (
        not asks
        and DETERMINER.match(head, opening.verb_end) is not None
        and not _PREPOSITION.search(head, opening.verb_end, opening.noun_start)
        and not NORMS.search(sentence)
        and "?" not in sentence
        and len(sentence.split()) <= _WORDS_WITHOUT_NAMES
    )


def _undated(tool: ToolWords, found: Mapping[str, Found], head: Folded) -> bool:
    dates = [argument.name for argument in tool.arguments if argument.kind is Kind.DATE]
    return any(found[name] == Found() for name in dates) and speaks_of_a_date(head)
