"""How much text the guards take in (invariant 9). Sizes are characters after normalisation unless said otherwise."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class InputLimits:
    """Bounds of one message.

    `raw_characters` is checked before anything else runs, so that normalising can't be made expensive; a question
    with a pasted paragraph fits well into `characters` (about 700 words). `longest_word` bounds regex work on
    pasted blobs: the longest real token, an IBAN or a URL, stays far below.
    """

    raw_characters: int = 16_000
    characters: int = 4_000
    longest_word: int = 1_000
    decode_depth: int = 2
    decoded_characters: int = 8_000


@dataclass(frozen=True, slots=True)
class ClaimLimits:
    """Bounds of one claim: one sentence with a few citations.

    The longest sentence of the development regulations that answers a question has about 900 characters;
    `embedded_windows` caps the work of the similarity check.
    """

    characters: int = 1_200
    citations: int = 8
    embedded_windows: int = 6


INPUT_LIMITS: Final = InputLimits()
CLAIM_LIMITS: Final = ClaimLimits()
