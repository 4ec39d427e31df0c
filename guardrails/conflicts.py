"""Do two documents in force say different things of one subject? Then both are shown, and neither is chosen.

Found where a sentence of another document shares nearly all its content words with a released claim, and where one
has a figure the other has another figure of the same kind, or one says must not where the other says may.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from guardrails.alignment import sentences_of
from guardrails.limits import CLAIM_LIMITS
from guardrails.quantities import PERIODS, Quantity
from guardrails.thresholds import CONFLICT
from guardrails.wording import Reading, is_light, read


class Dated(Protocol):
    """A passage of an edition; `retrieval.models.Passage` is one."""

    @property
    def ref(self) -> int: ...
    @property
    def document(self) -> str: ...
    @property
    def text(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Disagreement:
    """A sentence of the passage `ref` that says otherwise than a claim."""

    ref: int
    text: str


def disagreements(text: str, citations: Sequence[int], passages: Sequence[Dated]) -> list[Disagreement]:
    """The sentences of other documents than the cited ones that disagree with a claim, in the order of the passages."""
    claim = read(text)
    cited = {passage.document for passage in passages if passage.ref in citations}
    found: list[Disagreement] = []
    for passage in passages:
        if passage.document in cited:
            continue
        for sentence in sentences_of(passage.text, 0):
            if _same_subject(claim, sentence.reading) and _disagree(claim, sentence.reading):
                found.append(Disagreement(passage.ref, sentence.text.strip()))
    return found[: CLAIM_LIMITS.disagreements]


def _same_subject(one: Reading, other: Reading) -> bool:
    heavy = [frozenset(word.key for word in reading.words if not is_light(word)) for reading in (one, other)]
    shared, smaller = heavy[0] & heavy[1], min(len(each) for each in heavy)
    return len(shared) >= CONFLICT.words and len(shared) >= CONFLICT.share * smaller


def _disagree(one: Reading, other: Reading) -> bool:
    mine, theirs = _limits(one), _limits(other)
    kinds = mine.keys() & theirs.keys()
    if any(not mine[kind] & theirs[kind] for kind in kinds):
        return True
    forces = [{(part.force, bool(part.negated)) for part in reading.parts if part.force} for reading in (one, other)]
    allowed, forbidden = ("may", False), {("may", True), ("must", True)}
    return any(allowed in a and b & forbidden and not a & forbidden for a, b in (forces, forces[::-1]))


def _limits(reading: Reading) -> dict[str, frozenset[Quantity]]:
    """The figures that rules disagree by: periods together, amounts by currency, shares."""
    found: dict[str, frozenset[Quantity]] = {}
    for figure in reading.figures:
        kind = figure.quantity.kind
        if kind in ("citation", "edition", "date", "rate", "number"):
            continue
        group = "period" if kind in PERIODS else kind
        found[group] = found.get(group, frozenset()) | {figure.quantity}
    return found
