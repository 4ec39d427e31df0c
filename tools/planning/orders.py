"""Reads one order to change something: which tool it asks for, and what it says for each argument."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from tools.planning.folded import Folded
from tools.planning.free_text import Cut, cut_text
from tools.planning.hints import ArgumentWords, Kind, ToolWords
from tools.planning.values import Found, find_all, spans, speaks_of_a_date
from tools.planning.wording import ASKS_ABOUT, CONDITIONAL, COURTESY, DETERMINER, NORMS, meaningful

_BETWEEN_CHARACTERS: Final = 90
"""From the verb to what it is about; "Add to the case of customer 31-7750 with the number C-1042 a note" has 60."""
_WORDS_WITHOUT_NAMES: Final = 14
"""A longer order that names nothing is more likely a question in the form of an order."""
_BREAK: Final = re.compile(r"[:\n]|[.;!?]\s")
_SENTENCE_END: Final = re.compile(r"[.!?]\s|\n")
_ADDRESS_CHARACTERS: Final = 40
"""Of "regarding the case of our customer number 31-7750:"."""
_ADDRESS_END: Final = re.compile(r"\s?[:,;–—]\s*|\s-\s+")
_PRONOUN: Final = re.compile(r"\s+(?:it|this|that|them|these)\b")
_REPORTED: Final = re.compile(
    r"\b(?:write|say|ask|tell|request|want|order|demand|email|letter|message|state|report)(?:s|ed|ing)?\b|"
    r"\b(?:wrote|said|told|e-mail\w*)\b"
)
"""Before an order in its own sentence: somebody else's words."""
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
    begins: int = 0
    """Where the order itself begins; what stands before it belongs to it."""
    bare: bool = False
    """Nothing but an identifier: an order only where it stands alone."""


@dataclass(frozen=True, slots=True)
class _Opening:
    tool: ToolWords
    distance: int
    verb_end: int
    noun_start: int
    by_noun: bool = False


def read_order(tools: Sequence[ToolWords], words: Folded, start: int = 0) -> Reading | None:
    """The order that begins at `start`, after courtesies ("please") and an address ("case C-1042: …"); None where
    there is none. What stands before it may name the record."""
    at, asks = _beginning(tools, words, start)
    openings = [opening for tool in tools if (opening := _opening(tool, words, at)) is not None]
    if not openings:
        return None
    opening = min(openings, key=lambda opening: (opening.distance, opening.tool.name))
    tool, cut = opening.tool, cut_text(opening.tool, words, opening.verb_end)
    found = find_all(tool.arguments, cut.head.without((0, at)))
    found |= _named_before(tool, found, words.part(0, at))
    named = any(found[argument.name] != Found() for argument in tool.named)
    reading = Reading(tool, found, cut, named, undated=_undated(tool, found, cut.head), begins=at)
    return reading if _is_meant(reading, opening, start, asks=asks) else None


def _beginning(tools: Sequence[ToolWords], words: Folded, start: int) -> tuple[int, bool]:
    """Where the verb of the order is to stand, and whether it is put as a question."""
    asks = False
    for _ in range(2):
        courtesy = COURTESY.match(words.low, start)
        if courtesy is not None:
            start, asks = courtesy.end(), asks or courtesy["asks"] is not None
        addressed = _after_address(tools, words, start)
        if addressed is None:
            break
        start = addressed
    return start, asks


def _after_address(tools: Sequence[ToolWords], words: Folded, start: int) -> int | None:
    """Behind "C-1042:" or "for case C-1042,"."""
    near = words.part(0, start + _ADDRESS_CHARACTERS)
    for tool in tools:
        for argument in tool.named:
            place = next((place for place in spans(argument, near) if place[0] >= start), None)
            if place is None or any(word not in argument.called for word in meaningful(near.low[start : place[0]])):
                continue
            ended = _ADDRESS_END.match(words.low, place[1])
            if ended is not None:
                return ended.end()
    return None


def _named_before(tool: ToolWords, found: Mapping[str, Found], before: Folded) -> dict[str, Found]:
    """Identifiers that the order leaves to what was said before it: "She lost card 4417. Please block it."."""
    lacking = [argument for argument in tool.named if found[argument.name] == Found()]
    plain = [argument for argument in lacking if not argument.bare or _is_called(argument, before)]
    return find_all(plain, before) if before.low.strip() else {}


def _is_called(argument: ArgumentWords, words: Folded) -> bool:
    return any(argument.before.search(words.low, 0, start) for start, _ in spans(argument, words))


def _opening(tool: ToolWords, words: Folded, start: int) -> _Opening | None:
    opener = tool.openers.match(words.low, start)
    if opener is not None:
        return _Opening(tool, 0, opener.end(), opener.end(), by_noun=True)
    verb = tool.verbs.match(words.low, start)
    if verb is None:
        return _noun_led(tool, words, start)
    plain = _QUOTATION.sub(lambda quoted: " " * len(quoted.group()), words.low)
    noun = tool.nouns.search(plain, verb.end(), verb.end() + _BETWEEN_CHARACTERS)
    if noun is not None and not _BREAK.search(plain, verb.end(), noun.start()):
        return _Opening(tool, noun.start() - verb.end(), verb.end(), noun.start())
    pronoun = _PRONOUN.match(plain, verb.end())
    if pronoun is None or tool.nouns.search(plain, 0, start) is None:
        return None
    return _Opening(tool, _BETWEEN_CHARACTERS, verb.end(), pronoun.start())


def _noun_led(tool: ToolWords, words: Folded, start: int) -> _Opening | None:
    """ "Note on case C-1042: …"."""
    article = _NOUN_LED.match(words.low, start)
    noun = tool.nouns.match(words.low, start if article is None else article.end())
    if noun is None or tool.text is None or not _ABOUT.match(words.low, noun.end()):
        return None
    return _Opening(tool, 0, noun.end(), noun.start(), by_noun=True)


def _is_meant(reading: Reading, opening: _Opening, start: int, *, asks: bool) -> bool:
    """Whether it is an order to us, now, and no question about such orders nor a report of one."""
    head, text = reading.cut.head.low, reading.cut.text
    before, sentence = _sentence(head, start, opening.verb_end)
    if CONDITIONAL.search(before + sentence) or ASKS_ABOUT.search(before + sentence) or _REPORTED.search(before):
        return False
    asking = text is not None and not reading.cut.quoted and _ASKING_TEXT.fullmatch(text.lower()) is not None
    if opening.by_noun and (text is None or (not reading.named and _wants_a_name(reading.tool))):
        return text is None and reading.undated
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


def _sentence(head: str, start: int, verb_end: int) -> tuple[str, str]:
    """The sentence of the order: what stands in it before the order, and the order with its courtesies."""
    begun = max((match.end() for match in _SENTENCE_END.finditer(head, 0, start)), default=0)
    ended = _SENTENCE_END.search(head, verb_end)
    return head[begun:start], head[start : len(head) if ended is None else ended.start()]


def _wants_a_name(tool: ToolWords) -> bool:
    return any(argument.required for argument in tool.named)


def _undated(tool: ToolWords, found: Mapping[str, Found], head: Folded) -> bool:
    dates = [argument.name for argument in tool.arguments if argument.kind is Kind.DATE]
    return any(found[name] == Found() for name in dates) and speaks_of_a_date(head)
