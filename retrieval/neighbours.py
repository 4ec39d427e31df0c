"""Passages that complete a cut-off hit: what a lead-in leads to, and the lead-in that a list item lacks."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

from retrieval.thresholds import NEIGHBOURS, NeighbourLimits

# "…shall:", "…either—", "…the following;", "…and": something has to follow.
_OPEN_END = re.compile(r"(?:[:;,–—]|[;,.]?\s(?:and|or|and/or))\s*$")
_LEAD_IN = re.compile(r"[:–—][ \t]*$", re.MULTILINE)
# A list item's marker, or the middle of a sentence.
_OPEN_START = re.compile(r"\s*(?:\(?[a-z0-9]{1,4}[.)]\s|\([A-Za-z0-9]{1,4}\)\s|[•‣▪●◦–-]\s|[a-z])")


class Side(IntEnum):
    """Where the missing part stands; added to a chunk's place in its edition it gives the neighbour's."""

    BEFORE = -1
    AFTER = 1


@dataclass(frozen=True, slots=True)
class Text:
    """A chunk's text under its section path."""

    section: tuple[str, ...]
    text: str


def lacking(text: str) -> tuple[Side, ...]:
    """On which sides a text may be cut off: its start opens inside a list or sentence, its end leaves one open."""
    before = (Side.BEFORE,) if _OPEN_START.match(text) else ()
    return (*before, Side.AFTER) if _OPEN_END.search(text) else before


def completes(hit: Text, side: Side, other: Text, limits: NeighbourLimits = NEIGHBOURS) -> bool:
    """Whether the chunk on that side of a hit that lacks something there is what it lacks."""
    if not _together(hit.section, other.section):
        return False
    if side is Side.AFTER:
        return bool(_OPEN_START.match(other.text)) or not _LEAD_IN.search(hit.text[-2:])
    return bool(_OPEN_END.search(other.text) or _LEAD_IN.search(other.text[: limits.lead_in_chars]))


def _together(one: Sequence[str], other: Sequence[str]) -> bool:
    """Whether one path continues the other, or both differ in their last step only."""
    shared = min(len(one), len(other))
    if not shared:
        return not one and not other
    common = next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), shared)
    return common >= shared - 1 and (common > 0 or max(len(one), len(other)) == 1)
