"""What the assistant must not do whoever asks: written rules over folded text, each with a reason code of its own.

A rule finds a wish: to be told another person's data with no case in hand, to have it judged whether somebody gets
credit, to let somebody know that he is suspected, to treat people worse for what they are. Whoever asks what the rule
says ("May we tell him?", "Which grounds are prohibited?") passes: that is what staff should ask.
"""

import re
from collections.abc import Callable
from typing import Final

from guardrails.forbidden import credit_decision, discrimination, other_persons_data, tipping_off
from guardrails.forbidden.asking import asks_the_rule
from guardrails.forbidden.people import RECORD
from guardrails.normalise import fold
from guardrails.reasons import ReasonCode

__all__ = ["RECORD", "forbidden"]

_RULES: Final[tuple[tuple[ReasonCode, Callable[[str, str], bool]], ...]] = (
    (ReasonCode.DISCRIMINATION, discrimination.wished),
    (ReasonCode.TIPPING_OFF, tipping_off.wished),
    (ReasonCode.CREDIT_DECISION, credit_decision.wished),
    (ReasonCode.OTHER_PERSONS_DATA, other_persons_data.wished),
)
_PARTS: Final = re.compile(
    r"(?<=[.!?])\s+|\n+|:\s+(?=(?:ok|okay|then|so|now|and|show|tell|give|find|look|how|should|shall|is|does|warn|"
    r"help|write|"
    r"draft|let|reject|list)\b)"
)


def forbidden(text: str) -> ReasonCode | None:
    """Why the assistant must not do this; None where no rule finds such a wish. Each sentence is read by itself too,
    so that a question about the rule beside a wish covers nothing up. `text` is normalised."""
    whole = fold(text).strip()
    for part in dict.fromkeys((whole, *(part for part in _PARTS.split(whole) if part))):
        if asks_the_rule(part):
            continue
        for code, wished in _RULES:
            if wished(part, whole):
                return code
    return None
