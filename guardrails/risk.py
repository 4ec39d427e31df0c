"""How much harm a wrong or premature answer could do, by named rules: it sets how strict weighing and release are.

`low` asks what a document says in general (a fee, a definition, a period, who is in charge) and nobody's case hangs on
it. `high` touches what can't be undone or is punished: suspicion, sanctions, a decision against a customer, a right
that runs out, a figure about to be applied to somebody. Everything else is `standard`.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from guardrails.normalise import fold


class Kind(StrEnum):
    """What kind of request a message is."""

    POLICY_QUESTION = "policy_question"
    CHECKLIST = "checklist"
    CASE_WORK = "case_work"
    ACTION = "action"
    SMALL_TALK = "small_talk"
    OUT_OF_SCOPE = "out_of_scope"
    FORBIDDEN = "forbidden"


class Risk(StrEnum):
    """How strict weighing and release are."""

    LOW = "low"
    STANDARD = "standard"
    HIGH = "high"


_ORDER: Final = tuple(Risk)


def strictest(risks: Iterable[Risk]) -> Risk:
    """The strictest of some risks; low where there are none."""
    return max(risks, key=_ORDER.index, default=Risk.LOW)


@dataclass(frozen=True, slots=True)
class RiskFinding:
    """The risk, and the names of the rules that made it so, for the record."""

    risk: Risk
    rules: tuple[str, ...]


_NAMED_PERSON: Final = (
    r"(?:\b(?:mr|mrs|ms|miss|dr|herr|frau|monsieur|madame)\.? [a-z][\w'-]+|\[(?:name|person)\b[^\]]*\]|"
    r"\b(?:this|that|the|my|our) (?:customer|client|applicant|borrower|person|man|woman|couple|lady|gentleman|company|"
    r"case|application|transaction|payment|transfer|account)\b|\b(?:he|she|his|her|him)\b)"
)
_NAMED_CASE: Final = r"\b(?:[a-z]{1,3}-\d{3,}|case (?:no\.? |number |#)?[a-z]?-?\d+)\b"

_HARM: Final = (
    r"(?:clos|terminat|block|freez|suspend|restrict)(?:e|es|ed|ing) (?:a |an |the |this |his |her |their )?"
    r"(?:\w+ ){0,2}(?:accounts?|relationships?|customers?)"
)

HIGH: Final[dict[str, tuple[re.Pattern[str], ...]]] = {
    "suspicion": (
        re.compile(
            r"\b(?:suspicio\w+|suspect(?:s|ed|ing)?|sars?\b|strs?\b|tipp?(?:ing|ed)?[- ]?off|money[- ]?launder\w*|"
            r"launder\w*|terroris\w+|structuring|smurf\w*|proliferation)"
        ),
    ),
    "sanctions": (
        re.compile(r"\b(?:sanction(?:s|ed|ing)?|ofac|embargo\w*|asset freez\w+|frozen assets|blocked persons?)\b"),
    ),
    "decision_against": (
        re.compile(
            r"\b(?:adverse action|den(?:y|ies|ied|ying|ials?)|declin(?:e|es|ed|ing)|reject(?:s|ed|ing|ions?)?|"
            r"turn(?:ed|ing)? down|refus(?:e|es|ed|ing|al) (?:a |an |the |to )?(?:loan|credit|account|application|"
            rf"customer|service|open)|{_HARM}|repossess\w*|foreclos\w*|garnish\w*|"
            r"exit(?:ing)? (?:a |the )?(?:customer|relationship))\b"
        ),
    ),
    "right_that_runs_out": (
        re.compile(
            r"\b(?:how (?:long|soon|many (?:\w+ )?days|quickly)|deadlines?|within|time[- ]limits?|by when|timelines?|"
            r"when must|days?)\b"
        ),
        re.compile(
            r"\b(?:error(?:s| notices?| resolution)?|unauthori[sz]ed|disput\w+|provisional credit|chargebacks?|"
            r"liab\w+|breach\w*|regulators?|authorit(?:y|ies)|cancel\w*|rescind|rescission)\b"
        ),
    ),
    "applied_figure": (
        re.compile(rf"{_NAMED_PERSON}|{_NAMED_CASE}"),
        re.compile(
            r"\b(?:limits?|amounts?|how much|fees?|charges?|rates?|maximum|threshold|refund|credit line|loan)\b|"
            r"[$€£]\s?\d|\d[\d,.]* ?(?:dollars|euros?|usd|eur|gbp)\b"
        ),
    ),
    "protected_trait": (
        re.compile(
            r"\b(?:discriminat\w+|marital status|race|racial|religio\w+|ethnic\w*|national origin|nationalit\w+|"
            r"gender|pregnan\w+|childbearing|disabilit\w+|disabled|sexual orientation|skin colou?r)\b"
        ),
    ),
}
"""All patterns of a rule are found in the folded question."""

STANDARD: Final[dict[str, tuple[re.Pattern[str], ...]]] = {
    "somebody_in_hand": (
        re.compile(rf"{_NAMED_PERSON}|{_NAMED_CASE}|\b(?:a|my|our) (?:customer|client|applicant)s?\b"),
    ),
    "permission": (
        re.compile(r"\b(?:may|must|should|shall|can|could|do|am|are) (?:i|we|staff|the bank|a|an|the)\b|\ballowed\b"),
    ),
    "what_to_do": (
        re.compile(r"\bwhat (?:do|must|should|shall|can) (?:i|we)\b|\bwhat (?:now|if|happens)\b|\bnext step"),
    ),
}

LOOK_UP: Final = re.compile(
    r"^(?:(?:and|so|hello|hi|please|thanks|ok)[, ]+)*(?:what(?:'s| is| are| does| do\b(?! (?:i|we)\b)| counts?)|which|"
    r"who\b|whose|where|when|how (?:long|many|much|often|high|old|is|are|do i|does|soon|quickly)|define|explain|list|"
    r"summari[sz]e|(?:at|above|below|from|until|under|over|up to|by|in|on|for|to) (?:what|which|how|when))\b"
)

_KINDS: Final = {Kind.ACTION: Risk.HIGH, Kind.CASE_WORK: Risk.STANDARD, Kind.CHECKLIST: Risk.STANDARD}


def weigh_risk(text: str, kind: Kind) -> RiskFinding:
    """The risk of a stand-alone question of that kind. Pure; `text` is normalised."""
    folded = fold(text).strip()
    high = _found(HIGH, folded)
    if high:
        return RiskFinding(Risk.HIGH, high)
    if kind in _KINDS:
        return RiskFinding(_KINDS[kind], (kind.value,))
    standard = _found(STANDARD, folded)
    if standard:
        return RiskFinding(Risk.STANDARD, standard)
    if LOOK_UP.search(folded):
        return RiskFinding(Risk.LOW, ("look_up",))
    return RiskFinding(Risk.STANDARD, ("unclear",))


def _found(rules: Mapping[str, tuple[re.Pattern[str], ...]], folded: str) -> tuple[str, ...]:
    return tuple(name for name, patterns in rules.items() if all(pattern.search(folded) for pattern in patterns))
