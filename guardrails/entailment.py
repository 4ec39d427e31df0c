"""Does a passage entail a claim, or contradict it? Asked of a model of the bank's own, where one is configured; it
decides on top of every other check, and where it fails the claim is withheld.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from gateway.errors import ModelError
from guardrails.alignment import sentences_of, share
from guardrails.limits import CLAIM_LIMITS
from guardrails.reasons import ReasonCode
from guardrails.thresholds import ENTAILMENT
from guardrails.verdict import Verdict, allow, refuse
from guardrails.wording import read


@dataclass(frozen=True, slots=True)
class Stance:
    """What a premise says of a hypothesis: probabilities (0 to 1)."""

    entails: float
    contradicts: float


class Entailment(Protocol):
    """Reads premise and claim together; `gateway.entailment.OnnxEntailment` is one."""

    @property
    def name(self) -> str: ...

    async def stances(self, premises: Sequence[str], claim: str) -> list[tuple[float, float]]:
        """For each premise the probabilities that it entails the claim and that it contradicts it.

        Raises a ModelError where the model can't tell."""
        ...


async def entailed(claim: str, passages: Sequence[str], model: Entailment) -> Verdict:
    """The verdict by the sentences nearest to the claim, one by one and together. A model that fails withholds."""
    reading = read(claim)
    found = [s for number, passage in enumerate(passages) for s in sentences_of(passage, number)]
    near = sorted(found, key=lambda s: -share(reading.words, s.keys, s.around))[: CLAIM_LIMITS.premises]
    together = " ".join(s.text for s in sorted(near, key=lambda s: (s.passage, s.place)))
    premises = list(dict.fromkeys([*(s.text for s in near), together]))
    try:
        stances = [Stance(*each) for each in await model.stances(premises, claim)]
    except ModelError:
        return refuse(ReasonCode.CLAIM_CHECK_FAILED)
    if len(stances) != len(premises):
        return refuse(ReasonCode.CLAIM_CHECK_FAILED)
    entails = max((stance.entails for stance in stances), default=0.0)
    if any(s.contradicts >= ENTAILMENT.contradicts and s.contradicts > s.entails for s in stances[:1]):
        return refuse(ReasonCode.MEANING_TURNED, entails)
    return allow(entails) if entails >= ENTAILMENT.entails else refuse(ReasonCode.NOT_SUPPORTED, entails)
