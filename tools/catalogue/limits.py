"""Bounds on what a catalogue may say, and on the arguments of a call; each number with where it came from."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CatalogueLimits:
    """Passing one of them makes a catalogue unusable, with the line that does."""

    # A second person needs a minute to look; a request older than a day describes another day's facts.
    min_expiry_minutes: int = 1
    max_expiry_minutes: int = 24 * 60
    # Below 0.1 s no system answers over a network; above 60 s a worker is held for nothing.
    min_timeout_s: float = 0.1
    max_timeout_s: float = 60.0
    # A queue shows a title in two or three words, and a label before its value.
    title_characters: int = 40
    label_characters: int = 30
    # All arguments of a call together. The longest note of core banking has 1,000 characters, up to 6 bytes each.
    argument_bytes: int = 32_000


CATALOGUE_LIMITS = CatalogueLimits()
