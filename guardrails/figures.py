"""Does each figure of a claim belong where the claim puts it, with the bound that its source gives it?

A passage with "within ten business days" and "within three business days" has both figures; a claim that gives the
one to what has the other is as wrong as one with a figure of its own.
"""

import re
from collections.abc import Mapping, Sequence
from enum import StrEnum
from itertools import combinations
from typing import Final

from guardrails.quantities import PERIODS, Found
from guardrails.thresholds import FIGURES
from guardrails.wording import Part, Reading


class Bound(StrEnum):
    """How a figure limits: "at least 5", "up to 5", "more than 5", "less than 5"."""

    AT_LEAST = "at least"
    AT_MOST = "at most"
    ABOVE = "above"
    BELOW = "below"


_BEFORE: Final = (
    (Bound.AT_MOST, r"(?:not|no|never) (?:be )?(?:more|later|older|greater|higher|longer|larger) than|at most|"
     r"(?:not|never) (?:to )?exceed(?:ing|s)?|up to|(?:a )?(?:maximum|max|ceiling|limit)(?: amount)? (?:of|is)|within|"
     r"inside of|in no more than|limited to|capped at|no longer than|as much as|(?:not|no) (?:above|over)"),
    (Bound.AT_LEAST, r"(?:not|no) (?:be )?(?:less|fewer|earlier|younger|lower|smaller|sooner|shorter) than|at least|"
     r"(?:a )?(?:minimum|min) (?:of|is)|(?:not|no) (?:below|under)|at the earliest|from(?: a \w+ of)?"),
    (Bound.ABOVE, r"(?:more|greater|higher|older|longer|larger|later|bigger) than|over|above|exceed(?:s|ing|ed)?|"
     r"in excess of|beyond|after"),
    (Bound.BELOW, r"(?:less|fewer|lower|younger|shorter|smaller|earlier|sooner) than|under|below|before|short of"),
)  # fmt: skip
_LEADING: Final = tuple(
    (bound, re.compile(rf"\b(?:{words})\s+(?:an? |the |approximately |about )?(?:amount of |total of )?$"))
    for bound, words in _BEFORE
)
_TRAILING: Final = (
    (Bound.AT_LEAST, re.compile(r"\s*(?:\w+ )?or (?:more|older|above|longer|over|higher|greater|later)\b|"
                                r"\s*and (?:over|above)\b|\+")),
    (Bound.AT_MOST, re.compile(r"\s*(?:\w+ )?or (?:less|younger|below|fewer|lower|under|shorter|earlier|sooner)\b|"
                               r"\s*at (?:the )?(?:most|latest)\b")),
)  # fmt: skip
_TABLE: Final = "|"
_OF_TIME: Final = frozenset({"date", "rate"})
_JOINT: Final = re.compile(r"[;:]|,(?!\d)|\.(?=\s|$)|\b(?:and|or|but|if|when|where|unless|except|while)\b")


def bound_of(reading: Reading, found: Found) -> Bound | None:
    """The bound that the words around a figure give it."""
    before, after = reading.plain[max(0, found.start - 40) : found.start], reading.plain[found.end : found.end + 30]
    trailing = next((bound for bound, pattern in _TRAILING if pattern.match(after)), None)
    leading = next((bound for bound, pattern in _LEADING if pattern.search(before)), None)
    return trailing or leading


def same_bound(claimed: Bound | None, stands: Bound | None, kind: str) -> bool:
    """Whether a claim may give a figure the one bound where its source gives the other."""
    if claimed is stands:
        return True
    if kind not in PERIODS:
        return False
    # "has ten days", "within ten days"; "for two years", "for at least two years".
    return {claimed, stands} == {None, Bound.AT_MOST} or (claimed is None and stands is Bound.AT_LEAST)


def misplaced(claim: Reading, sources: Sequence[Reading]) -> bool:
    """Whether a figure of the claim stands in the sources only where they speak of something else, or otherwise
    bounded."""
    figures = [figure for figure in claim.figures if figure.quantity.kind != "citation"]
    return any(_is_misplaced(claim, figure, sources) for figure in figures) or any(
        _are_parted(one, two, part, sources)
        for part in claim.parts
        for one, two in combinations([f for f in _inside(part, figures) if f.quantity.kind not in _OF_TIME], 2)
    )


def _inside(part: Part, figures: Sequence[Found]) -> list[Found]:
    return [figure for figure in figures if part.start <= figure.start < part.end]


def _are_parted(one: Found, two: Found, said: Part, sources: Sequence[Reading]) -> bool:
    """Whether two figures that the claim says together stand apart in the sources, one of them with another figure
    in place of its companion."""
    if _class(one) == _class(two):
        return False
    replaced = False
    for reading in sources:
        for part in reading.parts:
            inside = {figure.quantity: _class(figure) for figure in _inside(part, reading.figures)}
            if one.quantity in inside and two.quantity in inside:
                return False
            if len(part.keys & said.keys) >= 0.5 * len(said.keys):
                replaced |= one.quantity in inside and _class(two) in inside.values()
                replaced |= two.quantity in inside and _class(one) in inside.values()
    return replaced


def _is_misplaced(claim: Reading, figure: Found, sources: Sequence[Reading]) -> bool:
    around = surroundings(claim, figure.start)
    same: list[tuple[float, Reading, Found]] = []
    rival = 0.0
    for reading in sources:
        for found in reading.figures:
            if _class(found) != _class(figure):
                continue
            score = likeness(around, surroundings(reading, found.start))
            if found.quantity == figure.quantity:
                same.append((score, reading, found))
            else:
                rival = max(rival, score)
    if not same:
        return False  # another spelling of it: a year of a date, a paragraph's number
    best = max(score for score, _, _ in same)
    said = sum(around.values())
    speaks_of_it = rival >= FIGURES.spoken_of * said or (best < 0.1 * said and rival >= 0.2 * said)
    if speaks_of_it and rival > FIGURES.rival * best + FIGURES.margin:
        return True
    bound, kind = bound_of(claim, figure), figure.quantity.kind
    near = [(reading, found) for score, reading, found in same if score >= FIGURES.near * best]
    return not any(
        _TABLE in reading.plain or same_bound(bound, bound_of(reading, found), kind) for reading, found in near
    )


def _class(found: Found) -> str:
    return "period" if found.quantity.kind in PERIODS else found.quantity.kind


def surroundings(reading: Reading, at: int) -> dict[str, float]:
    """The content words and figures around a place, the nearer the weightier; those beyond a comma, an "and" or the
    like count less."""
    first, last = _stretch(reading.plain, at)
    before = [word for word in reading.words if word.at < at][::-1]
    after = [word for word in reading.words if word.at > at]
    found: dict[str, float] = {}

    def add(key: str, place: int, weight: float) -> None:
        found[key] = max(found.get(key, 0.0), weight if first <= place < last else weight * FIGURES.beyond)

    for words in (before, after):
        for steps, word in enumerate(words):
            add(word.key, word.at, 1.0 / (1.0 + steps / 3.0))
    for other in reading.figures:
        if other.start != at:
            add(str(other.quantity), other.start, 1.0)
    return found


def _stretch(plain: str, at: int) -> tuple[int, int]:
    cuts = [match.start() for match in _JOINT.finditer(plain)]
    return max((cut for cut in cuts if cut <= at), default=0), min((c for c in cuts if c > at), default=len(plain))


def likeness(one: Mapping[str, float], other: Mapping[str, float]) -> float:
    """The weight of the words that both surroundings share."""
    return sum(min(weight, other[key]) for key, weight in one.items() if key in other)
