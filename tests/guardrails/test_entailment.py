"""The seam for a bank's own model: a second implementation, and that its failure withholds."""

from collections.abc import Sequence
from dataclasses import dataclass

import pytest

from gateway.errors import ModelUnavailable
from gateway.writers.ports import ClaimDraft, SourceText
from guardrails.claims import check
from guardrails.presidio import PresidioDetector
from guardrails.reasons import ReasonCode
from tests.guardrails.words_embedder import embed_words

SOURCE = SourceText(1, "Cards", "The branch sends a replacement card within five business days to the address on file.")
CLAIM = ClaimDraft(
    "The branch must send a replacement card within 5 business days to the address on file.", (1,), False
)


@dataclass(frozen=True)
class Scripted:
    stance: tuple[float, float] | None
    name: str = "scripted"

    async def stances(self, premises: Sequence[str], claim: str) -> list[tuple[float, float]]:
        if self.stance is None:
            raise ModelUnavailable("too slow")
        return [self.stance for _ in premises]


@pytest.mark.parametrize(
    ("stance", "code"),
    [
        ((0.9, 0.0), ReasonCode.ALLOWED),
        ((0.2, 0.1), ReasonCode.NOT_SUPPORTED),
        ((0.1, 0.8), ReasonCode.MEANING_TURNED),
        (None, ReasonCode.CLAIM_CHECK_FAILED),
    ],
)
async def test_a_configured_model_decides_on_top(
    detector: PresidioDetector, stance: tuple[float, float] | None, code: ReasonCode
) -> None:
    verdict = await check(CLAIM, {1: SOURCE}, "", embed_words, detector, Scripted(stance))
    assert verdict.code is code


async def test_it_overrules_no_hard_check(detector: PresidioDetector) -> None:
    wrong = ClaimDraft(CLAIM.text.replace("5", "9"), (1,), False)
    verdict = await check(wrong, {1: SOURCE}, "", embed_words, detector, Scripted((1.0, 0.0)))
    assert verdict.code is ReasonCode.FIGURE_NOT_IN_SOURCE
