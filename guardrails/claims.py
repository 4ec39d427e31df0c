"""May this claim be released? Every check, cheapest first; the first that fails decides. Nothing passes unchecked.

1 shape and citations · 2 links, markup, instructions · 3 verbatim, which passes at once: its figures and names are the
passage's own · 4 figures, dates, amounts, periods · 5 personal data · 6 must, may, not · 7 words and embedding.
An error in a check propagates: the caller withholds the claim (invariant 12). The text of a claim is an attacker's
(invariant 8).
"""

import asyncio
import re
from collections.abc import Mapping
from typing import Final, Protocol

from guardrails.injection import Embed
from guardrails.limits import CLAIM_LIMITS
from guardrails.modality import contradicts
from guardrails.normalise import fold, hidden_characters, squeeze
from guardrails.personal_data import PersonalDataDetector, adds_personal_data
from guardrails.placeholders import fits, plain
from guardrails.planted import orders_an_assistant
from guardrails.quantities import missing
from guardrails.reasons import ReasonCode
from guardrails.support import Support, measure, stands_verbatim
from guardrails.thresholds import CLAIM
from guardrails.verdict import Verdict, allow, refuse


class Claim(Protocol):
    """One sentence of an answer; `gateway.models.ClaimDraft` is one."""

    @property
    def text(self) -> str: ...
    @property
    def citations(self) -> tuple[int, ...]: ...
    @property
    def quote(self) -> bool: ...


class Source(Protocol):
    """A passage given to the model; `gateway.models.SourceText` is one."""

    @property
    def text(self) -> str: ...
    @property
    def heading(self) -> str: ...


_UNSAFE: Final = re.compile(
    r"https?:|www\.|\b[\w-]+\.(?:com|net|org|info|xyz|ru|io)\b|</?[a-z!][^>]*>|```|!?\[[^\]]*\]\([^)]*\)|\{\{|"
    r"\$\(|javascript:|"
    r"data:[a-z]+/|^\s*#{1,6}\s|[\u202a-\u202e\u2066-\u2069\u200b-\u200f]",
    re.IGNORECASE,
)
# Orders to the reader that no policy sentence needs, however a document words them.
_ORDER: Final = re.compile(
    r"\b(?:click|tap|log ?in|sign in|visit|download|install)\b.{0,40}\b(?:here|link|below|following)\b|"
    r"\b(?:send|share|give|tell|e-?mail|enter) (?:me|us|the assistant)? ?(?:your|the) (?:password|pin|credentials|"
    r"one[- ]time code)\b",
)


async def check(
    claim: Claim,
    sources: Mapping[int, Source],
    question: str,
    embed: Embed,
    personal_data: PersonalDataDetector,
) -> Verdict:
    """The verdict on one claim against the passages of this run, keyed by their reference number."""
    problem = _shape(claim, sources) or _unsafe(claim.text)
    if problem is not None:
        return refuse(problem)
    cited = [sources[ref] for ref in dict.fromkeys(claim.citations)]
    evidence = "\n".join(f"{source.heading}\n{source.text}" for source in cited)
    texts = [source.text for source in cited]
    if not fits(claim.text, question, evidence):
        return refuse(ReasonCode.PERSONAL_DATA)
    if any(stands_verbatim(claim.text, text) for text in texts):
        return allow(1.0)
    if missing(plain(claim.text), plain(evidence)):
        return refuse(ReasonCode.FIGURE_NOT_IN_SOURCE)
    if await asyncio.to_thread(adds_personal_data, claim.text, [evidence], personal_data):
        return refuse(ReasonCode.PERSONAL_DATA)
    if claim.quote:
        return refuse(ReasonCode.QUOTE_NOT_VERBATIM)
    context = " ".join([question, *(source.heading for source in cited)])
    return judge(claim.text, await measure(claim.text, texts, context, embed))


def judge(text: str, support: Support) -> Verdict:
    """The verdict on a claim that is not verbatim, from its measured support."""
    score = support_score(support)
    if contradicts(squeeze(text).casefold(), squeeze(support.best).casefold()):
        return refuse(ReasonCode.MODALITY_CHANGED, score)
    carried = score >= CLAIM.score and support.words >= CLAIM.words and support.meaning >= CLAIM.meaning
    return allow(score) if carried and not support.strangers else refuse(ReasonCode.NOT_SUPPORTED, score)


def support_score(support: Support) -> float:
    """One number (0 to 1) out of words and meaning."""
    return max(0.0, min(1.0, 0.3 * support.words + 0.3 * support.all_words + 0.4 * support.meaning))


def _shape(claim: Claim, sources: Mapping[int, Source]) -> ReasonCode | None:
    if not any(c.isalpha() for c in claim.text):
        return ReasonCode.CLAIM_EMPTY
    if len(claim.text) > CLAIM_LIMITS.characters:
        return ReasonCode.CLAIM_TOO_LONG
    if not claim.citations:
        return ReasonCode.CITATION_MISSING
    if len(claim.citations) > CLAIM_LIMITS.citations or any(ref not in sources for ref in claim.citations):
        return ReasonCode.CITATION_UNKNOWN
    return None


def _unsafe(text: str) -> ReasonCode | None:
    if _UNSAFE.search(text) or _ORDER.search(fold(text)) or hidden_characters(text):
        return ReasonCode.UNSAFE_TEXT
    return ReasonCode.UNSAFE_TEXT if orders_an_assistant(text) else None
