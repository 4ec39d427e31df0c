"""Which sentences of a passage or of a tool's result give orders to whoever reads it out: spans to quote, not to obey.

Written rules flag by themselves. What looks like a request besides (`instruction_signs`) is read by a small network
over its sentence embedding, its signs and how little it shares with the text around it: "What is the capital of
Brazil?" is a question anywhere, and an odd one within a rule on wire transfers. Trained by
`evals.instructions_training`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from guardrails.injection import EMBEDDING_SIZE, Embed
from guardrails.instruction_signs import NAMES, asks_something, signs
from guardrails.limits import PASSAGE_LIMITS
from guardrails.network import SmallNetwork
from guardrails.planted import reads_like_orders
from guardrails.thresholds import INSTRUCTION
from retrieval.sentences import sentences
from retrieval.terms import terms

Span = tuple[int, int]
"""Characters of the passage's text, half-open."""

FEATURES: Final = (*NAMES, "shared", *(f"e{i}" for i in range(EMBEDDING_SIZE)))
_FENCE: Final = "```"


@dataclass(frozen=True, slots=True)
class Request:
    """A sentence that may be one: where it stands, its signs, the share of its terms that stand around it too."""

    start: int
    end: int
    text: str
    signs: tuple[float, ...]
    shared: float


def requests(heading: str, text: str) -> list[Request]:
    """The sentences of a passage that look like a request, the first ones up to a limit."""
    found: list[Request] = []
    for start, end in sentences(text[: PASSAGE_LIMITS.characters]):
        values = signs(text[start : min(end, start + PASSAGE_LIMITS.sentence)])
        if asks_something(values):
            own = set(terms(text[start:end]))
            around = set(terms(f"{heading} {text[:start]} {text[end:]}"))
            shared = len(own & around) / max(len(own), 1)
            found.append(Request(start, end, text[start : min(end, start + PASSAGE_LIMITS.sentence)], values, shared))
        if len(found) >= PASSAGE_LIMITS.requests:
            break
    return found


def features(request: Request, embedding: NDArray[np.float32]) -> NDArray[np.float32]:
    """One row in the order of `FEATURES`; `embedding` has shape (384,)."""
    return np.concatenate([np.asarray([*request.signs, request.shared], dtype=np.float32), embedding])


def by_rules(text: str) -> tuple[Span, ...]:
    """What the written rules flag: at once and without a model, for what nobody looked at as it came in.

    The sentences they match; the whole text where they match only across sentences.
    """
    if not reads_like_orders(text):
        return ()
    spans = [span for span in sentences(text) if reads_like_orders(text[span[0] : span[1]])]
    return merged(text, spans) if spans else ((0, len(text)),)


def merged(text: str, spans: Sequence[Span]) -> tuple[Span, ...]:
    """In order, without overlap; a span before a block of code takes the block with it."""
    found: list[Span] = []
    for start, end in sorted((start, _with_code(text, start, end)) for start, end in spans):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((start, end))
    return tuple(found)


class InstructionDetector:
    """Rules and network together. Any failure of `embed` propagates: what can't be checked doesn't come in."""

    def __init__(self, network: SmallNetwork, embed: Embed) -> None:
        if network.features != FEATURES:
            raise ValueError("the instruction network was trained on other features; run evals instructions-training")
        self._network = network
        self._embed = embed

    async def scan(self, passages: Sequence[tuple[str, str]]) -> list[tuple[Span, ...]]:
        """The flagged spans of each passage, given as (heading, text); one call of the embedder for all of them."""
        asked = [
            (place, request) for place, (heading, text) in enumerate(passages) for request in requests(heading, text)
        ]
        spans: list[list[Span]] = [list(by_rules(text)) for _, text in passages]
        if asked:
            vectors = await self._embed([request.text for _, request in asked])
            rows = np.stack([features(request, vector) for (_, request), vector in zip(asked, vectors, strict=True)])
            for (place, request), score in zip(asked, self._network.scores(rows), strict=True):
                if score >= INSTRUCTION.flag:
                    spans[place].append((request.start, request.end))
        return [merged(text, found) for (_, text), found in zip(passages, spans, strict=True)]

    async def find(self, text: str, heading: str = "") -> tuple[Span, ...]:
        """The flagged spans of one text."""
        return (await self.scan([(heading, text)]))[0]


def _with_code(text: str, start: int, end: int) -> int:
    opened = text.find(_FENCE, start)
    if opened < 0 or text[end:opened].strip():
        return end
    closed = text.find(_FENCE, opened + len(_FENCE))
    return len(text) if closed < 0 else max(end, closed + len(_FENCE))
