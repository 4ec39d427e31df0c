"""Finds the values of arguments in a person's words: identifiers by pattern, listed values, amounts, dates.

Nothing is guessed: of two candidates that no word tells apart, neither is taken.
"""

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from tools.planning.folded import Folded
from tools.planning.hints import ArgumentWords, Kind

_NUMBER: Final = re.compile(
    r"(?<![\w.,$€£#*/('-])(?<!\d )(?P<money>us\$ ?|usd ?|\$ ?)?(?P<digits>\d{1,3}(?:,\d{3})+|\d{1,15})(?:\.00)?"
    r"(?![\w%€£/-]|[.,']\d| \d| ?%| ?(?:percent|eur|euros?|gbp|pounds?|chf|thousand|million|k|m)\b)"
    r"(?P<unit> ?(?:usd|us dollars|dollars?|bucks)\b)?"
    r"(?! (?:more|less|higher|lower|extra|additional(?:ly)?|and \d+ cents?)\b)"
)
_OF_SOMETHING: Final = re.compile(
    r" (?!(?:to|for|from|on|per|each|a|an|every|and|or|in|at|as|with|into|of|until|by|now|today|please|daily|instead|"
    r"because|since|so|starting|effective|thanks|thank|he|she|they|it|the|is|was|customer|client|card|transfer|limit)\b)"
    r"[^\W\d]"
)
"""What follows a bare number that counts or measures something else than dollars: `5000 yen`, `5000 cents`."""
_FOREIGN: Final = re.compile(r"(?:€|£|\b(?:eur|gbp|chf|by|plus|minus|another)) ?\Z")
_TO: Final = re.compile(r"(?:\bto|\bat|\bof|=|:) ?(?:be )?\Z")
_WHEN: Final = re.compile(r"\b(?:in|since|until|till|by|before|after|year|during|from)\s+\Z")
_ISO: Final = re.compile(r"(?<![\w-])\d{4}-\d{2}-\d{2}(?![\w-])")
_DUE: Final = re.compile(r"\b(?:by|due|due on|due by|until|before|on)\s+(?P<day>\d{4}-\d{2}-\d{2})(?![\w-])")
_SPOKEN_DATE: Final = re.compile(
    r"\b(?:today|tonight|tomorrow|day after tomorrow|(?:mon|tues|wednes|thurs|fri|satur|sun)day|(?:next|this|coming)\s+"
    r"(?:week|month|year|quarter)|in\s+(?:a|an|one|two|three|four|five|six|\d+)\s+(?:hour|day|week|month)s?|"
    r"end\s+of\s+(?:the\s+)?(?:day|week|month|quarter|year)|(?:january|february|march|april|june|july|august|september|"
    r"october|november|december|\d{1,2}\s+may|may\s+\d{1,2}))\b|\b\d{1,2}[/.]\d{1,2}[/.]\d{2,4}\b"
)
_CANDIDATES: Final = 64
"""Of one identifier in one message; one that has more is no request."""
_AND: Final = re.compile(r"\s*(?:,|/|&|\+|,?\s*\b(?:and|or|plus)\b)\s*")
_DENIED: Final = re.compile(r"(?:\bnot|n't|\bnever|\bno)(?:\s+(?:been|yet|a|the|was|is))*\s+\Z")


@dataclass(frozen=True, slots=True)
class Found:
    """The value of an argument, if the words give one; `ambiguous` where they give several."""

    value: str | int | None = None
    ambiguous: bool = False


NOTHING: Final = Found()
AMBIGUOUS: Final = Found(ambiguous=True)


def find_all(arguments: Sequence[ArgumentWords], words: Folded) -> dict[str, Found]:
    """What these words give for each argument but free text. Identifiers with letters or dashes are read first, so
    that their digits are not taken for an amount or a bare number."""
    found: dict[str, Found] = {}
    for argument in sorted(arguments, key=_order):
        if argument.kind is Kind.PATTERN:
            found[argument.name], words = _identifier(argument, words)
        elif argument.kind is Kind.ENUM:
            found[argument.name] = _listed(argument, words)
        elif argument.kind is Kind.DATE:
            found[argument.name] = _date(words)
        elif argument.kind is Kind.INTEGER:
            found[argument.name] = _amount(words)
    return found


def due_date(words: Folded) -> Found:
    """The day of "call back by 2026-12-01", where there is but one."""
    days = {match["day"] for match in _DUE.finditer(words.low) if _is_day(match["day"])}
    return Found(days.pop()) if len(days) == 1 else NOTHING


def speaks_of_a_date(words: Folded) -> bool:
    """Whether a day is named otherwise than in the form 2026-11-30."""
    return bool(_SPOKEN_DATE.search(words.low))


def _order(argument: ArgumentWords) -> tuple[int, str]:
    if argument.kind is Kind.PATTERN:
        return (1 if argument.bare else 0), argument.name
    return 2, argument.name


def spans(argument: ArgumentWords, words: Folded) -> list[tuple[int, int]]:
    """Where values of this identifier stand."""
    if argument.pattern is None:
        return []
    return [match.span() for match in itertools.islice(argument.pattern.finditer(words.low), _CANDIDATES)]


def _identifier(argument: ArgumentWords, words: Folded) -> tuple[Found, Folded]:
    """The identifier, and the words with every candidate that stands behind its own words taken out."""
    places = spans(argument, words)
    named = [place for place in places if argument.before.search(words.low, 0, place[0])]
    if not named and argument.bare:
        places = [place for place in places if not _WHEN.search(words.low, 0, place[0])]
    chosen = _with_listed(named, places, words) or places
    values = {words.low[start:end].upper() for start, end in chosen}
    words = words.without(*sorted(chosen))
    if len(values) != 1:
        return (AMBIGUOUS if values else NOTHING), words
    start, end = chosen[0]
    return Found(_as_written(argument, words.text[start:end], values.pop())), words


def _with_listed(named: list[tuple[int, int]], places: list[tuple[int, int]], words: Folded) -> list[tuple[int, int]]:
    """Those that are named, and those that a list goes on with: "cards 4417 and 4418"."""
    listed = set(named)
    for before, place in itertools.pairwise(places):
        if before in listed and _AND.fullmatch(words.low, before[1], place[0]):
            listed.add(place)
    return sorted(listed)


def _as_written(argument: ArgumentWords, written: str, upper: str) -> str:
    """`c-1042` as C-1042 where only that has the argument's form; else what was written."""
    return next((form for form in (written, upper, upper.lower()) if argument.exact.fullmatch(form)), upper)


def _listed(argument: ArgumentWords, words: Folded) -> Found:
    said = {
        value
        for value, phrase in argument.values
        if any(not _DENIED.search(words.low, 0, match.start()) for match in phrase.finditer(words.low))
    }
    return Found(said.pop()) if len(said) == 1 else (AMBIGUOUS if said else NOTHING)


def _date(words: Folded) -> Found:
    days = {match.group() for match in _ISO.finditer(words.low) if _is_day(match.group())}
    return Found(days.pop()) if len(days) == 1 else (AMBIGUOUS if days else NOTHING)


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _amount(words: Folded) -> Found:
    """The amount after "to", else the one in dollars, else the only one. "By 500" says no new amount."""
    numbers = [match for match in _NUMBER.finditer(words.low) if _may_be_dollars(words, match)]
    aimed = [match for match in numbers if _TO.search(words.low, 0, match.start())]
    in_dollars = [match for match in numbers if match["money"] or match["unit"]]
    chosen = aimed or in_dollars or numbers
    values = {int(match["digits"].replace(",", "")) for match in chosen}
    return Found(values.pop()) if len(values) == 1 else (AMBIGUOUS if values else NOTHING)


def _may_be_dollars(words: Folded, number: re.Match[str]) -> bool:
    if _FOREIGN.search(words.low, 0, number.start()):
        return False
    return bool(number["money"] or number["unit"]) or not _OF_SOMETHING.match(words.low, number.end())
