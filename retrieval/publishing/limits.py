"""What bounds a comparison of two editions. Beyond a bound old text is shown as removed and new as added, whole."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ComparisonLimits:
    pairs_at_once: int = 40_000
    """Sentence pairs of one replaced stretch, two hundred sentences against as many: some 50 ms on one core."""

    pairs: int = 800_000
    """The same over the whole document: about a second."""

    word_pairs_at_once: int = 250_000
    """Words of two sentences, five hundred against as many: the longest row of a table."""

    word_pairs: int = 10_000_000
    """The same over the whole document: some ten thousand changed sentences of thirty words."""

    alike: float = 0.5
    """From this share of common words on two sentences are one, changed. A guess, fitted on nothing: set too low it
    pairs sentences that have little to do with each other, too high it shows a reworded one as removed and added."""


COMPARISON = ComparisonLimits()
