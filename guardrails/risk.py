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

from guardrails.forbidden import people
from guardrails.normalise import fold, normalise


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


_IN_HAND: Final = (
    rf"(?:{people.TITLED}|{people.MASKED}|{people.RECORD.pattern}|"
    r"\b(?:this|my) (?:(?!an? )\w+ )?(?:customer|client|applicant|borrower|couple|lady|gentleman|man|woman|company|"
    r"case|application|transaction|"
    r"payment|transfer|account|loan)\b)"
)
_GENERIC: Final = re.compile(
    r"\b(?:an?|any|every|each|the) (?:[\w-]+ )?(?:customer|client|consumer|applicant|borrower|lessee|cardholder|"
    r"holder|person|"
    r"debtor|employee|minor|man|woman|mother|father|child|wife|husband|spouse|somebody|someone)\b|\b(?:somebody|"
    r"someone)\b"
)
_HARM: Final = (
    r"(?:clos|terminat|block|freez|suspend|restrict)(?:e|es|ed|ing) (?:an? |the |this |his |her |their )?"
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
            r"\b(?:adverse action|(?:den(?:y|ies|ied|ying|ials?)|declin(?:e|es|ed|ing)|reject(?:s|ed|ing|ions?)?|"
            r"turn(?:s|ed|ing)? down|refus(?:e|es|ed|ing|als?))\b(?=.*\b(?:loans?|credit|accounts?|applica\w+|"
            r"mortgages?|"
            rf"customers?|clients?|service)\b)|{_HARM}|repossess\w*|foreclos\w*|garnish\w*|"
            r"exit(?:ing)? (?:an? |the )?(?:customer|relationship))\b|"
            r"\b(?:loans?|credit|accounts?|applica\w+|mortgages?)\b.{0,60}\b(?:denied|declined|rejected|refused|"
            r"turned down)\b"
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
        re.compile(_IN_HAND),
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
    "somebody_in_hand": (re.compile(_IN_HAND),),
    "what_to_do": (
        re.compile(
            r"\bwhat (?:do|must|should|shall|can) (?:i|we) (?:do|say|tell|answer)\b|\bwhat (?:now|if|happens)\b|"
            r"\bnext steps?\b"
        ),
    ),
}
_PRONOUN: Final = re.compile(r"\b(?:he|she|his|her|him)\b")

LOOK_UP: Final = re.compile(
    r"^(?:(?:and|so|hello|hi|please|thanks|ok)[, ]+)*(?:what|which|who|whose|whom|where|when|how (?:long|many|much|"
    r"often|high|"
    r"old|far|soon|quickly|big|is|are|does|do|can|to)|define|explain|list|(?:at|above|below|from|until|under|over|"
    r"up to|by|in|"
    r"on|for|to|after|before|within|through) (?:what|which|how|when|whom))\b"
)
"""Asks for something that a document states, not for a yes or no."""

_PLAIN_TOPIC: Final = re.compile(
    r"\b(?:opening (?:hours?|times?)|fees?|prices?|charges?|cut-?off|definition|meaning|retention|forms?|contact|"
    r"extension|"
    r"leave|holidays?|training|dress code|parking|intranet|template|version|edition)\b"
)
_SHORT: Final = 8
"""Words of a message that only names what it wants to know, such as "opening hours mill lane"."""

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
    if _PRONOUN.search(folded) and not _GENERIC.search(folded):
        standard = (*standard, "pronoun")
    if standard:
        return RiskFinding(Risk.STANDARD, standard)
    if LOOK_UP.search(folded):
        return RiskFinding(Risk.LOW, ("look_up",))
    if len(folded.split()) <= _SHORT and "?" not in folded and _PLAIN_TOPIC.search(folded):
        return RiskFinding(Risk.LOW, ("plain_topic",))
    return RiskFinding(Risk.STANDARD, ("not_a_look_up",))


def at_admission(text: str, *, mode: str, follows: bool) -> Risk:
    """The least risk that a message has by its own words, before anything of it is understood: what is announced then
    may become stricter, never looser. `follows`: earlier turns may say what it is about, so that only words of high
    risk count. `text` is as it came in."""
    own = weigh_risk(normalise(text), Kind.POLICY_QUESTION).risk
    if mode != "answer":
        return strictest((own, Risk.STANDARD))
    return own if own is Risk.HIGH or not follows else Risk.LOW


def _found(rules: Mapping[str, tuple[re.Pattern[str], ...]], folded: str) -> tuple[str, ...]:
    return tuple(name for name, patterns in rules.items() if all(pattern.search(folded) for pattern in patterns))
