"""What kind of request a message is, by written rules over folded text: greeting, action, evasion, errand.

Conservative by design: whoever asks *about* an action or a crime asks a policy question and passes; only someone
who tells the assistant to act, or wants advice on getting round a control, is stopped.
"""

import re
from enum import StrEnum
from typing import Final

from guardrails.normalise import fold


class Intent(StrEnum):
    """`question` is everything not clearly something else."""

    QUESTION = "question"
    SMALL_TALK = "small_talk"
    ACTION_REQUEST = "action_request"
    EVASION = "evasion"
    FORBIDDEN = "forbidden"
    """What the assistant must not do for another reason; see `guardrails.forbidden`."""
    ERRAND = "errand"


_SMALL_TALK: Final = re.compile(
    r"(?:(?:hi|hello|hey|good (?:morning|afternoon|evening|day)|greetings|thanks?(?: you)?(?: (?:so|very) much|"
    r" a lot)?|"
    r"many thanks|thx|cheers|bye|goodbye|see you(?: later)?|ok(?:ay)?|great|perfect|nice|cool|got it|"
    r"how are you(?: doing)?(?: today)?|what'?s up|nice to meet you|"
    r"(?:who|what) are you|what can you do(?: for me)?|what do you do|how can you help(?: me)?|can you help(?: me)?|"
    r"(?:please )?help(?: me)?|are you (?:a (?:bot|robot|human|person)|human|real)|what(?:'s| is) your name|there|"
    r"assistant|"
    r"countersign|everyone|again|please)[\s,.!?]*)+"
)

_BANK_OBJECT: Final = (
    r"(?:case|note|account|card|payment|transfer|wire|hold|limit|ticket|complaint|customer|client|file|form|"
    r"dispute|task|reminder|address|loan|application|alert|report|mandate|standing order|sar|e-?mail|letter|"
    r"message)s?"
)
_ACT: Final = (
    r"(?:add|append|attach|put|place|create|open|close|reopen|update|change|edit|set|raise|increase|lower|delete|"
    r"remove|"
    r"cancel|block|unblock|freeze|unfreeze|release|send|transfer|wire|pay|refund|reverse|assign|escalate|file|submit|"
    r"approve|reject|book|post|schedule|note|register|flag|mark|lift|waive|order|issue|activate|deactivate)"
)
_POLITE: Final = (
    r"(?:please |kindly |(?:can|could|would|will) you (?:please )?|i (?:want|need|would like|'d like) you to |"
    r"go ahead and |now )*"
)
_ACTION: Final = re.compile(
    rf"^{_POLITE}{_ACT}\b(?: \w+){{0,4}}? ?(?:a |an |the |this |that |my |his |her |"
    rf"their )?(?:[\w-]+ ){{0,3}}{_BANK_OBJECT}\b"
)
# "Close an account for a deceased customer: what do I need?" is a question although it begins like an order.
_ASKS: Final = re.compile(
    r"\?|\b(?:what|which|who|when|where|why|how|whether|may (?:i|we)|must (?:i|we)|can (?:i|we)|do (?:i|we)|"
    r"rules?|policy|steps|"
    r"procedure|checklist|require\w*|allowed|explain|tell me)\b"
)
_TARGET: Final = re.compile(
    r"\b(?:c-\d{3,}|case (?:no\.? |number |#)?[a-z]?-?\d+|account (?:no\.? |number |#)?[\dx*]{4,}|\d{6,})\b"
)
_RECORD: Final = re.compile(rf"{_TARGET.pattern}|\b(?:customer|client|card) (?:no\.? |number |#)?\d[\d-]{{3,}}\b")
_REPORTED: Final = re.compile(r":\s|\b(?:that|saying)\s")
_REQUEST: Final = re.compile(r"^(?:please |(?:can|could|would|will) you )")

_CONTROL: Final = (
    r"(?:report(?:ing|s|ed)?(?: threshold| limit| requirements?| duty| obligations?)?|thresholds?|aml|kyc|ctr|sar|"
    r"monitoring|screening|"
    r"sanctions?|compliance|controls?|checks?|due diligence|dual control|limits?|auditors?|regulators?|detection|"
    r"law enforcement|"
    r"(?:the )?law|tax(?:es)?|irs|verification|identification|id\b|asking for (?:an )?id|approval|four[- "
    r"]eyes|second signature|supervisor|"
    r"rules?|polic(?:y|ies)|flags?|alerts?)"
)
_DODGE: Final = (
    r"(?:avoid|evade|evading|avoiding|get(?:ting)? (?:a)?round|go(?:ing)? around|circumvent(?:ing)?|dodg(?:e|ing)|"
    r"bypass(?:ing)?|"
    r"stay(?:ing)? (?:under|below)|keep(?:ing)? (?:it |them |this |(?:cash |the )?(?:deposits|payments|transfers|"
    r"withdrawals|amounts) )?(?:under|below|off|from)|"
    r"not trigger(?:ing)?|without trigger\w*|"
    r"slip(?:ping)? past|get(?:ting)? (?:\w+ ){1,4}past|trick(?:ing)?|fool(?:ing)?|hid(?:e|ing) .{0,40}from|"
    r"sneak(?:ing)? (?:past|around)|"
    r"defeat(?:ing)?|beat(?:ing)?)"
)
_WANTS_HOW: Final = (
    r"(?:how (?:do|can|could|would|should|might|to)\b|\bways? to\b|\b(?:best|easiest|simplest|safest|quickest) "
    r"way\b|\btips?\b|"
    r"\bwhat (?:do|can|should) i (?:write|enter|put)|\bis there an?y? (?:way|trick|loophole)|\bwhich amounts\b|"
    r"\btricks?\b|help me|"
    r"help (?:a|my|the|our) (?:customer|client)|"
    r"\btell me how|show me how|teach me|i want to|i need to|we want to|so that (?:i|we|they|he|she) (?:can |"
    r"don't |do not )|explain how (?:to|i)|can i\b|can we\b)"
)
# Asking how the bank stops evasion, or what to do about it, is what staff should ask.
_DEFENDS: Final = re.compile(
    r"\b(?:prevent|detect|recogni[sz]e|spot|report (?:a|an|the|this|it|someone|suspected)|stop|identify|"
    r"investigate|train|"
    r"respond|deal with|handle|warn|protect|policy (?:on|about|say)|what (?:do|must|should) (?:i|we) do|"
    r"red flags?|signs of|is it (?:legal|illegal|allowed)|"
    r"suspect(?:s|ed)?|caught|customers? (?:who|that)|avoid (?:mis\w+|errors|delays?|problems|duplicat\w+|"
    r"violat\w+|breach\w*|being))\b"
)
_EVASION: Final = (
    re.compile(rf"{_WANTS_HOW}.{{0,120}}\b{_DODGE}\b.{{0,60}}\b{_CONTROL}\b"),
    re.compile(
        r"\b(?:how (?:do|can|could|should|would|to)|help|ways? to)\b.{0,25}\b(?:structure|split|break up|smurf|"
        r"layer)\b.{0,50}\b(?:deposits?|cash|withdrawals?|payments?|transactions?|transfers?|money)\b"
    ),
    re.compile(rf"{_WANTS_HOW}.{{0,60}}\b(?:launder|smurf)\w*\b"),
    re.compile(
        rf"{_WANTS_HOW}.{{0,120}}\b(?:without (?:\w+ ){{1,4}}(?:noticing|seeing|knowing|finding out|asking)|"
        r"so (?:that )?(?:nobody|no one|(?:the )?(?:\w+ )?(?:bank|they|compliance|filter|system|screening|auditors?|"
        r"supervisor|regulator) (?:does "
        r"not|doesn't|don't|won't|can't)) |"
        r"(?:alert|flag|report|log|record|trace|entry) (?:disappear|go away|vanish))"
    ),
    re.compile(
        rf"{_WANTS_HOW}.{{0,60}}\b(?:forge|fake|falsif\w+|backdate|tamper with|alter|"
        rf"cook)\b.{{0,50}}\b(?:signature|document|record|approval|statement|id|books|log|proof)s?\b"
    ),
    re.compile(
        r"\b(?:how|help|ways?)\b.{0,40}\b(?:approve my own|sign (?:for|as) (?:my )?(?:colleague|the second)|"
        r"use (?:a|my) colleague'?s (?:login|password))"
    ),
    re.compile(r"\b(?:how|help|ways?)\b.{0,60}\b(?:steal|embezzle|skim|siphon)\b"),
)

_ERRAND: Final = re.compile(
    r"^(?:please |can you |could you |would you |i want you to |i need you to )*(?:(?:write|compose|make up|tell|"
    r"sing|give)(?: me)?(?: an?| the| some)?"
    r"(?: \w+){0,2} (?:poem|haiku|joke|song|lyrics|limerick|sonnet|story|recipe|essay|python|javascript|java|sql|"
    r"regex)\b"
    r"|(?:write|generate)\b(?: \w+){0,3} (?:code|script|function|program)\b"
    r"|translate\b.{0,80}\b(?:in)?to (?:french|german|spanish|italian|chinese|japanese|russian|latin|portuguese|"
    r"dutch|korean|arabic|hindi|turkish|polish)\b"
    r"|(?:fix|debug|refactor)\b.{0,40}\b(?:code|bug|script|function)\b)"
)


def read_intent(text: str) -> Intent:
    """The intent of normalised text. Evasion is looked for first: it is the one that must not slip through."""
    folded = fold(text).strip()
    if _evades(own_wish(text)):
        return Intent.EVASION
    if len(folded) <= 120 and _SMALL_TALK.fullmatch(folded):
        return Intent.SMALL_TALK
    if _ERRAND.search(folded):
        return Intent.ERRAND
    if _orders_action(folded):
        return Intent.ACTION_REQUEST
    return Intent.QUESTION


def _evades(folded: str) -> bool:
    return not _DEFENDS.search(folded) and any(pattern.search(folded) for pattern in _EVASION)


def own_wish(text: str) -> str:
    """Folded; an order about a named record without what it wants written down there: a note may well report that a
    customer asked how to stay below a threshold. Whatever stands in it, such a message is never answered as a
    question."""
    folded = fold(text).strip()
    named = _RECORD.search(folded) if _orders_action(folded) else None
    reported = _REPORTED.search(folded, named.end()) if named else None
    return folded[: reported.start()] if reported else folded


def _orders_action(folded: str) -> bool:
    if not _ACTION.search(folded):
        return False
    asks = _ASKS.search(_REQUEST.sub("", folded).rstrip("? ."))
    return bool(_TARGET.search(folded)) or not asks
