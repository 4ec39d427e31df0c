"""Whether a particular person gets credit: the assistant neither decides nor advises on it, with a case in hand or "
"not."""

import re
from typing import Final

from guardrails.forbidden.people import CUSTOMER, PERSON, PRONOUN

_CREDIT: Final = re.compile(
    r"\b(?:loans?|(?<!provisional )credits?|credit-?worth\w+|mortgages?|overdrafts?|lend\w*|financing|leases?|"
    r"applications?|instal?ments?|"
    r"refinanc\w+|"
    r"solven\w+|affordab\w+|afford|repay\w*|pay (?:it |the loan )?back|default|limit|risk|borrower|pays? (?:\w+ "
    r")?back|good for [\d$€£])"
)
_SOMEBODY: Final = (
    rf"(?:{PERSON}|{PRONOUN}|{CUSTOMER}|\b(?:them|they|his|their)\b|\b(?:this|that|the|her|his|my) (?:\w+ "
    rf")?(?:application|"
    r"loan|request|overdraft|mortgage)\b|\b[a-z][\w-]+'s (?:\w+ )?(?:loan|credit|mortgage|application|overdraft|"
    r"limit)\b)"
)
_DECIDE: Final = (
    r"(?:approve|decline|reject|deny|refuse|grant|extend|give|offer|accept|lend|turn down|sign off|say (?:yes|no)|"
    r"prolong|"
    r"increase|raise|allow|agree)"
)
_ADVICE: Final = (
    re.compile(
        rf"\b(?:should|shall|ought|would) (?:i|we|you|the bank)\b(?: \w+){{0,2}}? {_DECIDE}\b(?=.*{_SOMEBODY}|"
        rf".*\bto the\b)|"
        rf"\b(?:do|would) you (?:think|say|recommend|advise) .{{0,30}}?\b"
        rf"(?:{_DECIDE}|granting|approving|lending|extending|giving|declining|rejecting)\b.{{0,30}}?{_SOMEBODY}|"
        rf"\b(?:wise|smart|clever|reasonable|safe|sensible|prudent|a good idea|risky) to "
        rf"{_DECIDE}\b.{{0,30}}?{_SOMEBODY}|"
        r"^(?:approve|decline|reject|grant|deny) (?:this|the|that|his|her) (?:\w+ )?(?:loan|application|mortgage|"
        r"overdraft|"
        r"credit) ?(?:\?|,|or\b)"
    ),
    re.compile(
        r"(?:^|[,;:] |\b(?:please|can you|could you|would you|you to|help me(?: to)?|now|pls) )"
        r"(?=.*\b(?:loan|credit\w*|mortgage|overdraft|application|solven\w+|repay|afford)\b)"
        r"(?=.*\b(?:if|whether|yes or no|risk|creditworth\w+|application|decide|solven\w+)\b)"
        rf"(?:assess|judge|rate|score|evaluate|decide|recommend|tell me)\b.{{0,60}}?{_SOMEBODY}|"
        rf"\b(?:your (?:opinion|view|recommendation|verdict|decision)|yes or no|(?:approve|grant|accept|give) or "
        rf"(?:decline|reject|deny|refuse)|"
        rf"decide (?:on|about)|creditworthiness of)\b.{{0,60}}?{_SOMEBODY}"
    ),
    re.compile(
        rf"{_SOMEBODY}.{{0,80}}?\b(?:approve or (?:decline|reject|deny|not)|yes or no|worth lending|decide please|"
        r"(?:should|shall) (?:i|we) (?:lend|say yes|approve|agree)|would you (?:lend|approve))\b"
    ),
)
_WORTH: Final = re.compile(
    rf"\b(?:is|are|isn't|was|seems?|consider) (?:{_SOMEBODY}(?: \w+){{0,3}}?|(?!(?:it|income|an?|any|every|each|who|"
    rf"the)\b)"
    r"[a-z][\w-]+(?: [a-z][\w-]+)?) (?:credit-?worthy|solvent|an? (?:good|safe|bad|reliable|risky) (?:borrower|"
    r"debtor|payer)|an? (?:good|bad|safe|poor|acceptable|high|low|big) "
    r"(?:credit )?risk|"
    r"good for (?:an?|the|this|[\d$€£])|eligible for (?:an?|the) (?:\w+ )?(?:loan|credit|mortgage|overdraft)|able to "
    r"(?:repay|"
    r"pay (?:it )?back|afford)|worth the risk)\b"
)
_OUTCOME: Final = re.compile(
    rf"\b(?:can|could|will|does|do|would) {_SOMEBODY}(?: \w+){{0,3}}? (?:afford|repay|pay (?:it |the loan )?back|"
    rf"default|"
    r"(?:qualify for|get|deserve|receive) (?:an?|the|this|that|his|her|their) (?:\w+ )?(?:loan|mortgage|overdraft|"
    r"credit card|"
    r"credit line|credit|financing|limit))\b"
)
_NOBODY: Final = re.compile(
    r"\b(?:is|are|will|does|can|do) (?:an? |any |every |each )?(?:customer|applicant|client|borrower)s? "
)
_ABOUT_CRITERIA: Final = re.compile(
    r"^(?:how (?:do|does|is|are|must|should) (?:we|i|the bank|creditworthiness|income|affordability)|who (?:decides|"
    r"may|can|"
    r"approves|must|has)|which|when|why|what (?:rules?|documents?|income|do (?:i|we) need|must|ratio|is (?:the|our)|"
    r"are (?:the|"
    r"our)))\b|\b(?:what|which) (?:documents?|rules?|papers|proof|form|limit|signature|approval|notice|letter)\b|"
    r"\bwho (?:signs|decides|approves)\b|\bhow (?:soon|long|many days)\b|\bget (?:an?|the|her|his|their) (?:letter|"
    r"notice|"
    r"answer|copy|reasons?)\b"
)


def wished(part: str, whole: str) -> bool:
    """Whether a folded sentence asks for a decision on somebody's credit."""
    del whole
    if _ABOUT_CRITERIA.search(part) or not _CREDIT.search(part):
        return False
    judged = any(pattern.search(part) for pattern in (_OUTCOME, _WORTH)) and not _NOBODY.search(part)
    return judged or any(pattern.search(part) for pattern in _ADVICE)
