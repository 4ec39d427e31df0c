"""Is a question one for a bank's policy assistant? Words of the trade first, then a linear model over the embedding.

A question with a word of the trade ("applicant", "retention", "Regulation E") is in scope whatever the model thinks:
on the development questions such words stand in 1 % of the out-of-scope ones. Only a clear stranger is refused.
"""

import re
from dataclasses import dataclass, replace
from typing import Final

from guardrails.injection import EMBEDDING_SIZE, Embed
from guardrails.intent import Intent, read_intent
from guardrails.linear import LinearModel
from guardrails.normalise import fold
from guardrails.reasons import ReasonCode
from guardrails.risk import Kind, Risk, weigh_risk
from guardrails.thresholds import SCOPE
from guardrails.verdict import Verdict, allow, refuse

FEATURES: Final = tuple(f"e{i}" for i in range(EMBEDDING_SIZE))

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
    r"disputed|minors?|\d{4}\.\d+(?:\(\w+\))*|applications? for credit|credit (?:polic|decision|scoring)\w*)\b"
)


@dataclass(frozen=True, slots=True)
class ScopeFinding:
    """The verdict, the intent that the rules read, and the model's probability of being in scope (1 by trade word).

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


class ScopeJudge:
    """Rules for intent, then the scope model. Failures of `embed` propagate."""

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
        kind = _kind(found, mode)
        weighed = weigh_risk(text, kind)
        return replace(found, kind=kind, risk=weighed.risk, rules=weighed.rules)

    async def _scope(self, text: str, *, follow_up: bool) -> ScopeFinding:
        intent = read_intent(text)
        if intent is Intent.ACTION_REQUEST and self._actions_available:
            return ScopeFinding(allow(1.0), intent, 1.0)  # whether a tool does it is for the catalogue to say
        code = _BY_INTENT.get(intent)
        if code is not None:
            return ScopeFinding(refuse(code), intent, 0.0 if intent is Intent.ERRAND else 1.0)
        if follow_up or TRADE_WORDS.search(fold(text)):
            return ScopeFinding(allow(1.0), intent, 1.0)
        score = self._model.score((await self._embed([text]))[0])
        verdict = allow(score) if score >= SCOPE.in_scope else refuse(ReasonCode.OUT_OF_SCOPE, score)
        return ScopeFinding(verdict, intent, score)


def _kind(found: ScopeFinding, mode: str) -> Kind:
    if found.verdict.code is ReasonCode.OUT_OF_SCOPE:
        return Kind.OUT_OF_SCOPE
    by_intent = _KIND_BY_INTENT.get(found.intent)
    return by_intent or _KIND_BY_MODE.get(mode, Kind.POLICY_QUESTION)


_KIND_BY_INTENT: Final = {
    Intent.SMALL_TALK: Kind.SMALL_TALK,
    Intent.EVASION: Kind.FORBIDDEN,
    Intent.ACTION_REQUEST: Kind.ACTION,
}
_KIND_BY_MODE: Final = {"checklist": Kind.CHECKLIST, "case_note": Kind.CASE_WORK}
