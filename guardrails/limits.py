"""How much text the guards take in (invariant 9). Sizes are characters after normalisation unless said otherwise."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class InputLimits:
    """Bounds of one message.

    `raw_characters` is checked before anything else runs, so that normalising can't be made expensive; a question
    with a pasted paragraph fits well into `characters` (about 700 words). `longest_word` bounds regex work on
    pasted blobs: the longest real token, an IBAN or a URL, stays far below. `decode_depth` layers of encoding are taken
    off, `payloads` of them looked at by the rules and `readings` by the model.
    """

    raw_characters: int = 16_000
    characters: int = 4_000
    longest_word: int = 1_000
    decode_depth: int = 3
    decoded_characters: int = 8_000
    payloads: int = 16
    readings: int = 3


@dataclass(frozen=True, slots=True)
class ClaimLimits:
    """Bounds of one claim: one sentence with a few citations.

    The longest sentence of the development regulations that answers a question has about 900 characters;
    `embedded_windows` and `embedded_words` cap the work of the similarity check,
    `premises` that of a configured entailment model, `disagreements` what is shown of other documents.
    """

    characters: int = 1_200
    citations: int = 8
    embedded_windows: int = 6
    embedded_words: int = 10
    premises: int = 4
    together: int = 2
    """Passages that may carry one reworded claim between them: in eight of them stands some word for everything. Of
    more, those count that share most words with it."""
    disagreements: int = 3


@dataclass(frozen=True, slots=True)
class GuardLimits:
    """Seconds after which a guard that has not answered counts as broken, and the turn ends.

    Each is some hundred times what the guard takes at p95 (`python -m evals guards`), so that a busy machine refuses
    nobody, and all of them together stay well inside the two minutes of a turn. Text is bounded above, so only a guard
    that hangs comes near.
    """

    screening: float = 10.0
    """The two below, one beside the other, and the reading of the text itself."""
    injection: float = 8.0
    personal_data: float = 8.0
    """Runs in a thread, which can't be ended: a detector that hangs keeps its thread."""
    scope: float = 8.0
    sufficiency: float = 5.0
    claim: float = 10.0
    """A configured model of entailment on one core takes most of a second for the windows of a claim."""
    embedder: float = 6.0
    """Less than any guard that asks it, so that the one that failed is named."""

    def seconds(self, guard: str) -> float:
        """The limit of the guard of this name."""
        return float(getattr(self, guard))


GUARD_LIMITS: Final = GuardLimits()
INPUT_LIMITS: Final = InputLimits()
CLAIM_LIMITS: Final = ClaimLimits()


@dataclass(frozen=True, slots=True)
class PassageLimits:
    """How much of a passage is looked at for orders: a chunk has at most some 3,000 characters, a sentence that is a
    request rarely more than 300, and what asks for more than `requests` things is flagged by its first ones."""

    characters: int = 20_000
    sentence: int = 600
    requests: int = 40


PASSAGE_LIMITS: Final = PassageLimits()
