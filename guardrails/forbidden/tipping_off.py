"""Letting somebody know that he is suspected, reported or investigated."""

import re
from typing import Final

from guardrails.forbidden.people import CUSTOMER, PERSON, PRONOUN

_SUSPICION: Final = (
    r"(?:\bsars?\b|\bstrs?\b|suspicious (?:activity|transaction)|suspicions?\b|suspect(?:s|ed)?\b(?! fraud)|"
    r"(?:money[- "
    r"])?launder\w*|"
    r"investigat\w*|being (?:watched|monitored|looked at|reviewed by compliance)|is monitored|watching|"
    r"under (?:review|observation|watch|surveillance)|fraud (?:desk|team|case)|flagged|\baml\b|\bfiu\b|fincen|"
    r"\bpolice (?:ask\w*|"
    r"are|is|want\w*|request\w*|have|has|came|call\w*)|prosecutor|subpoena|court order|compliance (?:is|has|are|was|"
    r"report)|"
    r"report(?:ed|ing)? (?:him|her|them|his|the (?:customer|transfer|payment|deposit))|(?:reported|flagged) as|"
    r"(?:filed|made|sent|"
    r"submitted|wrote) (?:a|the) report|watch ?list|compliance (?:froze|blocked|stopped|holds?|held)|sanctions? "
    r"(?:hit|alert|match|list)|freez\w+ order|an alert on)"
)
_LET_KNOW: Final = (
    r"\b(?:tell(?:ing)?|warn(?:ing)?|tip(?:ping)?(?: \w+)? off|inform(?:ing)?|notify(?:ing)?|let(?:ting)? (?:[\w-]+ "
    r"){1,4}know|"
    r"hint(?:ing)?|give (?:[\w-]+ ){1,4}(?:heads[- ]up|hint|warning|tip|sign)|alert(?:ing)? (?:him|her|them|the "
    r"customer|mr|mrs|"
    r"my)|mention(?:ing)?|break it to|call|(?:draft|write|compose|send|prepare)(?: \w+){0,2} (?:letter|e-?mail|"
    r"message|text|sms|"
    r"note|to)|write (?:him|her|them|mr|mrs)|explain to|word it|so that (?:he|she|they) understands?)\b"
)
_TOLD: Final = rf"(?:{PERSON}|{PRONOUN}|{CUSTOMER}|\bthem\b|\b(?:an?|our|the) (?:customer|client)s?\b|\bcustomers\b)"
_NEAR: Final = (
    re.compile(rf"{_LET_KNOW}.{{0,120}}?{_SUSPICION}"),
    re.compile(rf"{_SUSPICION}.{{0,60}}?{_LET_KNOW}"),
    re.compile(r"\btip(?:ping)? (?:[\w-]+ ){0,3}off\b"),
)
_TO_THE_RIGHT_ONES: Final = re.compile(
    r"\b(?:inform|tell|notify|alert|warn|report (?:it |this |that )?to|escalate to|contact|call) (?:the "
    r")?(?:compliance|police|"
    r"fraud desk|fiu|authorit\w+|supervisor|manager|head of|officer|mlro|legal|regulator)|\bwhom?\b|\b(?:results?|"
    r"outcome|findings?|end) of\b|\b(?:dispute|error|complaint|claim|chargeback|fraud) investigation\b|\bdon't "
    r"(?:tell|"
    r"inform|"
    r"warn)\b|\bnot (?:tell|inform|warn|to tell)\b|\b(?:that|his|her|the) (?:card|transfer|payment|application|"
    r"loan) (?:was|is|"
    r"has been) (?:declined|rejected|blocked|lost|stolen)\b"
)


def wished(part: str, whole: str) -> bool:
    """Whether a folded sentence asks for help in letting somebody know."""
    del whole
    if _TO_THE_RIGHT_ONES.search(part) or not re.search(_TOLD, part):
        return False
    return any(pattern.search(part) for pattern in _NEAR)
