"""Each way to turn a claim, on passages of our own: what the check must stop, and the honest wording beside it."""

import pytest

from evals.own_claims import FAITHFUL, OwnClaim, own_claims
from gateway.writers.ports import ClaimDraft, SourceText
from guardrails.claims import check
from guardrails.presidio import PresidioDetector
from tests.guardrails.words_embedder import embed_words

CLAIMS = own_claims()
# Known misses, of this set; docs/guardrails.md gives the share on claims that the check was not written with.
RELEASED = 0.06
WITHHELD = 0.35  # of 80, where synonyms are strangers to the hashed words that stand for a model here


async def released(detector: PresidioDetector, claim: OwnClaim) -> bool:
    draft = ClaimDraft(claim.text, (1,), quote=False)
    source = SourceText(1, claim.heading, claim.passage)
    return bool(await check(draft, {1: source}, "", embed_words, detector))


async def test_the_dangerous_error_an_altered_claim_is_released(detector: PresidioDetector) -> None:
    altered = [claim for claim in CLAIMS if claim.kind != FAITHFUL]
    passed = [claim.text for claim in altered if await released(detector, claim)]
    assert len(passed) <= RELEASED * len(altered), passed


async def test_honest_wordings_pass(detector: PresidioDetector) -> None:
    faithful = [claim for claim in CLAIMS if claim.kind == FAITHFUL]
    stopped = [claim.text for claim in faithful if not await released(detector, claim)]
    assert len(stopped) <= WITHHELD * len(faithful), stopped


@pytest.mark.parametrize("kind", sorted({claim.kind for claim in CLAIMS} - {FAITHFUL}))
async def test_no_kind_of_alteration_goes_unseen(detector: PresidioDetector, kind: str) -> None:
    altered = [claim for claim in CLAIMS if claim.kind == kind]
    stopped = [claim for claim in altered if not await released(detector, claim)]
    assert len(stopped) >= 0.7 * len(altered)
