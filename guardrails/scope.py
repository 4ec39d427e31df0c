"""The router: what kind of request a message is, whether it is one for a bank's policy assistant, and its risk.

Written rules first (`intent`, `forbidden`), then a linear model over the embedding and the words. A question with a
word of the trade ("applicant", "retention", "Regulation E") is kept unless the model is all but sure: such words stand
in 1 % of the out-of-scope development questions. Only a clear stranger is out of scope, and what the bank's own
documents answer is answered even then (`graph.nodes.weigh`).
"""

import re
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from guardrails import ngrams
from guardrails.forbidden import RECORD, forbidden
from guardrails.injection import EMBEDDING_SIZE, Embed
from guardrails.intent import Intent, own_wish, read_intent
from guardrails.linear import LinearModel, numbered
from guardrails.normalise import fold
from guardrails.reasons import ReasonCode
from guardrails.risk import Kind, Risk, weigh_risk
from guardrails.thresholds import SCOPE
from guardrails.verdict import Verdict, allow, refuse

FEATURES: Final = (*numbered("e", EMBEDDING_SIZE), *numbered("w", ngrams.SIZE))

TRADE_WORDS: Final = re.compile(
    r"\b(?:regulations?|reg [a-z]{1,2}|polic(?:y|ies)|complian\w+|circulars?|procedures?|guidelines?|supervis\w+|"
    r"tellers?|"
    r"branch(?:es)?|customers?|consumers?|applicants?|creditors?|lenders?|borrowers?|less(?:ee|or)s?|debtors?|"
    r"debt collect\w+|"
    r"beneficial owners?|institutions?|adverse action|disclos\w+|retention|retain|kyc|aml|due diligence|sanctions?|"
    r"suspicious activity|structuring|audits?|auditors?|dual control|signator\w+|power of attorney|garnish\w+|"
    r"collateral|mortgages?|loan-to-value|remittance|unauthori[sz]ed|provisional credit|error notice|business days?|"
    r"annual percentage|complaints?|whistle\w+|overtime|sick leave|parental leave|probation|staff|employees?|"
    r"grievance|"
    r"remote work|work from home|expense policy|dress code|outsourc\w+|data breach|personal data|records?|"
    r"section \d|§|"
    r"prescreened|opt[- ]out|joint (?:account|holder)s?|ethnicity|marital status|childbearing|dwelling|vault|"
    r"drawer|counterfeit|"
    r"wire transfers?|cut-?off|executor|case c-?\d+|overdrafts?|leased?|privacy notice|red flags?|fraud alerts?|"
    r"escalation|"
    r"preauthori[sz]ed|access device|periodic statement|liab\w+|affiliates?|account holders?|dormant|chargebacks?|"
    r"peps?|ubos?|poa|dsar|apy|edd|cdd|ctrs?|sars?|adverse media|fair lending|active duty|tills?|service cent(?:re|"
    r"er)s?|"
    r"disputed|minors?|\d{4}\.\d+(?:\(\w+\))*|applications? for credit|credit (?:polic|decision|scoring)\w*)\b"
)


@dataclass(frozen=True, slots=True)
class ScopeFinding:
    """The verdict, the intent that the rules read, and the model's probability of being in scope (1 by rule).

    `kind` and `risk` with the names of the rules behind the risk; None in what was recorded before there were any.
    """

    verdict: Verdict
    intent: Intent
    in_scope: float
    kind: Kind | None = None
    risk: Risk | None = None
    rules: tuple[str, ...] = ()


_BY_INTENT: Final = {
    Intent.SMALL_TALK: ReasonCode.SMALL_TALK,
    Intent.EVASION: ReasonCode.FORBIDDEN,
    Intent.ERRAND: ReasonCode.OUT_OF_SCOPE,
    Intent.ACTION_REQUEST: ReasonCode.ACTION_UNAVAILABLE,
}


def features(text: str, embedding: NDArray[np.float32]) -> NDArray[np.float32]:
    """What the scope model is asked of one text, in the order of `FEATURES`."""
    return np.concatenate([embedding, ngrams.hashed(text)])


class ScopeJudge:
    """Rules for intent and for what is forbidden, then the scope model. Failures of `embed` propagate."""

    def __init__(self, model: LinearModel, embed: Embed, *, actions_available: bool = False) -> None:
        if model.features != FEATURES:
            raise ValueError("the scope model was trained on other features; run evals.scope_training")
        self._model = model
        self._embed = embed
        self._actions_available = actions_available

    async def judge(self, text: str, *, follow_up: bool = False, mode: str = "answer") -> ScopeFinding:
        """`text` is normalised. A follow-up ("And for a new account?") is judged by rules only, since its subject
        stands in earlier turns; judge the stand-alone question where there is one. `mode`: what was asked for."""
        found = await self._scope(text, follow_up=follow_up)
        kind = _kind(found, text, mode)
        weighed = weigh_risk(text, kind)
        return replace(found, kind=kind, risk=weighed.risk, rules=weighed.rules)

    async def _scope(self, text: str, *, follow_up: bool) -> ScopeFinding:
        intent = read_intent(text)
        wish = None if intent is Intent.EVASION else forbidden(own_wish(text))
        if wish is not None:
            return ScopeFinding(refuse(wish), Intent.FORBIDDEN, 1.0)
        if intent is Intent.ACTION_REQUEST and self._actions_available:
            return ScopeFinding(allow(1.0), intent, 1.0)  # whether a tool does it is for the catalogue to say
        code = _BY_INTENT.get(intent)
        if code is not None:
            return ScopeFinding(refuse(code), intent, 0.0 if intent is Intent.ERRAND else 1.0)
        if follow_up or RECORD.search(fold(text)):
            return ScopeFinding(allow(1.0), intent, 1.0)
        score = self._model.score(features(text, (await self._embed([text]))[0]))
        least = SCOPE.of_the_trade if TRADE_WORDS.search(fold(text)) else SCOPE.in_scope
        verdict = allow(score) if score >= least else refuse(ReasonCode.OUT_OF_SCOPE, score)
        return ScopeFinding(verdict, intent, score)


_CHECKLIST: Final = re.compile(r"\bche(?:ck|kc)[- ]?lists?\b(?! (?:item|step|policy|say|circular))")
_ABOUT_CHECKLISTS: Final = re.compile(r"\b(?:usual|on top of|besides|who|whose|when|why|how (?:long|often)) .*check")


def _kind(found: ScopeFinding, text: str, mode: str) -> Kind:
    if found.verdict.code is ReasonCode.OUT_OF_SCOPE:
        return Kind.OUT_OF_SCOPE
    known = _KIND_BY_INTENT.get(found.intent)
    if known in (None, Kind.ACTION):  # "add a note to the case" asks for the note where a form is asked for
        known = _KIND_BY_MODE.get(mode, known)
    if known is not None:
        return known
    folded = fold(text)
    if _CHECKLIST.search(folded) and not _ABOUT_CHECKLISTS.search(folded):
        return Kind.CHECKLIST
    return Kind.CASE_WORK if RECORD.search(folded) else Kind.POLICY_QUESTION


_KIND_BY_INTENT: Final = {
    Intent.SMALL_TALK: Kind.SMALL_TALK,
    Intent.EVASION: Kind.FORBIDDEN,
    Intent.FORBIDDEN: Kind.FORBIDDEN,
    Intent.ACTION_REQUEST: Kind.ACTION,
}
_KIND_BY_MODE: Final = {"checklist": Kind.CHECKLIST, "case_note": Kind.CASE_WORK}
