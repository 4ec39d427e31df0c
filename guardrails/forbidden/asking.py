"""Is it the rule that is asked for, or how to do right? Then nothing is forbidden about it."""

import re
from typing import Final

_PERMISSION: Final = re.compile(
    r"(?<!how )(?<!excuse )(?<!reason )(?<!reasons )(?<!pretext )\b(?:(?:may|must|can|could|are|am|might) (?:we|"
    r"i|they|"
    r"one|staff|an?|the|banks?|creditors?|lenders?|employees?|tellers?|somebody|someone)|has (?:the|a) \w+ to)\b"
    r"(?! (?:please|get|see|have (?:the|his|her|a look)|know|find out|look up)\b)"
)
_DUTY: Final = re.compile(r"(?:^|[.,;:] |\band )do (?:we|i|they|banks?)\b|\bdo (?:we|i) (?:have|need) to\b")
_RULE: Final = re.compile(
    r"\b(?:is|are|was|would|isn't|wouldn't) (?:it|that|this|they|we|i)(?: \w+)? (?:allowed|legal|illegal|lawful|"
    r"unlawful|"
    r"permitted|forbidden|prohibited|discriminat\w+|a breach|tipping|a violation)|"
    r"\b(?:rules?|polic(?:y|ies)|regulations?|law|circular|guidance|procedures?|act|ecoa)\b(?: \w+){0,3} (?:say|"
    r"says|said|"
    r"for|on|about|apply|applies|of|when|allow\w*|forbid\w*|require\w*|against|prohibit\w*)\b|"
    r"\b(?:prohibited|permitted|allowed|required|obliged|lawful|unlawful|consequences?|penalt(?:y|ies)|offen[cs]e)\b|"
    r"\bwhat (?:is|counts as|does|are|happens)\b(?=.*\b(?:tipping|discriminat\w+|protected|mean|if (?:i|we|somebody|"
    r"someone|staff))\b)"
)
_DOES_RIGHT: Final = re.compile(
    r"\b(?:prevent|detect|recogni[sz]e|avoid (?:tipping|discriminat\w+|telling|bias|disclos\w+)|(?:make sure|"
    r"ensure)(?! (?:that )?(?:no|none|nobody|they (?:don|do not))\b)|"
    r"protect|"
    r"report (?:that |a |the |this |my )?(?:colleague|breach|incident|somebody|someone)|without (?:tipping|breaking|"
    r"breaching|telling|discriminat\w+)|fair(?:ly|ness)?|equal\w*|complain\w*|train(?:ing)?|"
    r"what (?:do|must|should|shall|can) (?:i|we) (?:do|say|answer|reply|tell)|"
    r"how (?:do|should|must|shall) (?:i|we) (?:react|respond|answer|handle|deal|behave|proceed|act))\b"
)


def asks_the_rule(part: str) -> bool:
    """Whether a folded sentence asks what may be done, what the rule is, or how it is kept."""
    return any(pattern.search(part) for pattern in (_PERMISSION, _DUTY, _RULE, _DOES_RIGHT))
