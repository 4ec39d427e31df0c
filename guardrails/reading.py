"""A passage as the checks of evidence read it: its stems in order and its folded text, headings included."""

from dataclasses import dataclass
from functools import lru_cache

from guardrails.normalise import fold
from guardrails.words import content_sequence
from retrieval.models import Passage


@dataclass(frozen=True, slots=True)
class Reading:
    """A passage's stems in order, those of its headings first, and its folded text with headings."""

    sequence: tuple[str, ...]
    stems: frozenset[str]
    folded: str


def reading(passage: Passage) -> Reading:
    """What stands in the passage, its title, its section path and its dates."""
    dates = f"{passage.effective_from} {passage.effective_to or ''}"
    return _read(passage.title, passage.section, passage.text, dates)


# Reading a passage is most of the cost and the same passages come up again; what is kept depends on the text given
# alone, so nothing of one reader's reaches another.
@lru_cache(maxsize=4096)
def _read(title: str, section: tuple[str, ...], text: str, dates: str) -> Reading:
    whole = f"{title} {' '.join(section)} {text} {dates}"
    sequence = tuple(content_sequence(whole))
    return Reading(sequence, frozenset(sequence), fold(whole))
