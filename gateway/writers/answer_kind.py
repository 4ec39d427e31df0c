"""What kind of answer a question asks for, and whether a text holds one."""

import re
from enum import StrEnum

_NUMBER = (
    r"(?:\d[\d.,]*|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty|thirty|forty|"
    r"forty-five|sixty|ninety|half)"
)
_MONTH = r"(?:January|February|March|April|May|June|July|August|September|October|November|December)"
_UNIT = r"(?:calendar |business |banking |working )?(?:minute|hour|day|week|month|quarter|year)s?"


class AnswerKind(StrEnum):
    """The kinds that can be told apart by form."""

    DURATION = "duration"
    OCCASION = "occasion"
    AMOUNT = "amount"
    COUNT = "count"
    PERSON = "person"
    PERMISSION = "permission"
    MEANING = "meaning"
    ENUMERATION = "enumeration"
    LIMIT = "limit"


_ASKS = {
    AnswerKind.DURATION: (
        r"\bhow (?:long|soon|quickly|fast|often|far (?:in advance|ahead)|late|early|old)\b|"
        r"\bhow much (?:notice|time|longer)\b|\b(?:by|since|until|till) when\b|\b(?:what|which) (?:hour|day|date)\b|"
        r"\bhow many (?:calendar |business |working )?(?:minute|hour|day|week|month|year)s|"
        r"\b(?:deadline|time limit|cut-?off|time frame|period|what time|latest|earliest)\b"
    ),
    AnswerKind.OCCASION: r"^\W*when\b|[,;] when\b|\bin which cases?\b|\bunder what\b",
    AnswerKind.AMOUNT: (
        r"\bhow (?:much(?! (?:notice|time|longer))|large|big|high)\b|"
        r"\b(?:amount|cost|costs|fee|fees|price|charge for|owe|owes|liable|liability|"
        r"maximum|minimum|limit|threshold|percent|percentage|rate|ceiling)\b"
    ),
    AnswerKind.COUNT: r"\bhow many\b|\b(?:from|above|below|over|under|at) (?:what|which) (?!amount)\w+\b",
    AnswerKind.LIMIT: r"\b(?:maximum|minimum|highest|lowest|at (?:most|least)|the (?:most|least)|cap on|ceiling)\b",
    AnswerKind.PERSON: r"\b(?:who|whom|whose|which (?:person|employee|team|desk|department|officer|role))\b",
    AnswerKind.MEANING: (
        r"\b(?:what (?:is|are) (?:an? )?(?!the\b)\w+(?: \w+){0,2}\?|mean(?:s|t|ing)?\b|define[ds]?\b|definition|"
        r"counts? as\b|considered)"
    ),
    AnswerKind.ENUMERATION: (
        r"\b(?:which|what) (?:\w+ ){0,2}(?:records?|documents?|evidence|items?|information|steps?|factors?|conditions?|"
        r"checklist|details|requirements?|disclosures?|reasons?|data)\b|\bchecklist\b|\blist\b"
    ),
    AnswerKind.PERMISSION: (
        r"^\W*(?:\w+, )?(?:may|can|must|do|does|did|should|is|are|am|will|would|could|has|have|need)\b|"
        r"\b(?:allowed|permitted|prohibited|required|obliged|have to|need to)\b"
    ),
}

_DURATION = (
    rf"\b{_NUMBER}(?:\s*\([\w-]+\))?[\s-]+{_UNIT}\b|"
    r"\b(?:annually|monthly|quarterly|daily|weekly|promptly|immediately|at any time|same (?:business )?day|"
    r"without delay|at once)\b|"
    rf"\b\d{{1,2}}(?:[:.]\d\d)? ?[ap]\.?m\b|\b\d{{1,2}} {_MONTH}\b|\b{_MONTH} \d{{1,2}}\b"
)

_HOLDS = {
    AnswerKind.DURATION: _DURATION,
    AnswerKind.OCCASION: _DURATION
    + r"|\b(?:if|when|whenever|where|after|before|until|unless|within|above|every|upon)\b",
    AnswerKind.AMOUNT: (
        r"(?:[$€£]|\b(?:USD|EUR|GBP|CHF)\s?)\d|\b\d[\d.,]*\s?(?:%|percent\b|dollars\b)|\bno fee\b|\bnone\b|\bfree\b"
    ),
    AnswerKind.COUNT: rf"\b{_NUMBER}\b",
    AnswerKind.LIMIT: (
        r"\b(?:maximum|minimum|highest|lowest|exceed\w*|(?:no |not )?(?:more|less|greater|fewer|later|earlier) than|"
        r"up to|at (?:most|least)|limit\w*|above|below|over|under|only|lesser|greater of)\b"
    ),
    AnswerKind.PERSON: (
        r"\b(?:manager|supervisor|officer|employee|teller|analyst|head of|compliance|committee|board|desk|department|"
        r"institution|creditor|consumer|customer|holder|bureau|agency|lessor|lessee|office|branch|auditor|legal|team)\b"
    ),
    AnswerKind.PERMISSION: (
        r"\b(?:may|must|shall|cannot|can|need not|not|no|never|required|prohibit\w*|permit\w*|allowed|only|unless)\b"
    ),
    AnswerKind.MEANING: r"\b(?:means|mean|is (?:an?|any|one)|are (?:any|those)|includes?|refers? to|defined)\b",
    AnswerKind.ENUMERATION: r":\s*\n|;\s|,[^,]+,[^,]+(?:,| and | or )",
}

_ASKS_COMPILED = {kind: re.compile(pattern, re.IGNORECASE) for kind, pattern in _ASKS.items()}
_HOLDS_COMPILED = {kind: re.compile(pattern, re.IGNORECASE) for kind, pattern in _HOLDS.items()}


def asked_for(question: str) -> frozenset[AnswerKind]:
    """The kinds that would answer the question; none where its form does not tell."""
    kinds = {kind for kind, pattern in _ASKS_COMPILED.items() if pattern.search(question)}
    if AnswerKind.DURATION in kinds:
        kinds.discard(AnswerKind.COUNT)
    return frozenset(kinds)


_FIGURES = frozenset({AnswerKind.DURATION, AnswerKind.AMOUNT, AnswerKind.COUNT})
_WANTS_FIGURE = re.compile(
    r"\bhow (?:long|soon|quickly|often|much|many|far|late|early|high|large)\b|"
    r"\b(?:by|since|until|till) when\b|"
    r"\b(?:from|above|below|over|under|up to|at) (?:what|which)\b|"
    r"\bwhat (?:is|are|was|were) (?:the |our |your )?(?:\w+ ){0,4}"
    r"(?:amount|fee|fees|rate|rates|threshold|limit|deadline|price|cost|penalty|percentage|period|cut-?off|score|ratio)\b|"
    r"\bwhat do we charge\b|\b(?:what|which) (?:amount|fee|rate|percentage|share)\b|\bwhat does \w+ cost\b",
    re.IGNORECASE,
)


# What looks like a figure and is none: references, and an example's dates and sums.
_REFERENCES = re.compile(
    r"(?:§+|\b(?:sections?|paragraphs?|parts?|appendix|appendices|comments?|forms?|regulations?|U\.S\.C\.|CFR)) ?"
    r"[\dA-Z][\w.()–-]*(?:(?:,| and| or| through| to) ?\d[\w.()–-]*)*",
    re.IGNORECASE,
)
_ILLUSTRATION = re.compile(
    r"\b(?:for (?:example|instance)|e\.g\.|assum(?:e|es|ing)\b|suppose|to illustrate|illustrat(?:es|ion)|such as by)|"
    rf"^\W*(?:\w+ )?on {_MONTH} \d|\bon {_MONTH} \d+, (?:the|a) (?:consumer|customer|institution|creditor)|"
    r"\ban? (?:[\w-]+ ){0,2}\$\d|\b(?:fee|charge|transaction|balance|deposit|check|purchase|transfer) of \$\d",
    re.IGNORECASE,
)


def answers_in_form(question: str, asked: frozenset[AnswerKind], text: str) -> bool:
    """False where the question asks for a figure or a limit and the text holds none of its own: such a text can't
    answer it, however alike the words are. The figures of an example are not the rule's."""
    if AnswerKind.LIMIT in asked and not holds(text, AnswerKind.LIMIT):
        return False
    figures = asked & _FIGURES
    if not figures or not _WANTS_FIGURE.search(question):
        return True
    if _ILLUSTRATION.search(text):
        return False
    own = _REFERENCES.sub(" ", text)
    return any(holds(own, kind) for kind in figures)


def holds(text: str, kind: AnswerKind) -> bool:
    """Whether the text has the form of such an answer."""
    return _HOLDS_COMPILED[kind].search(text) is not None
