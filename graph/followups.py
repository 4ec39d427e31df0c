"""Make a follow-up stand alone without a model: carry the earlier question along when the new one leans on it."""

import re
from collections.abc import Sequence

from runs.models import Exchange

_LEAN_WORDS = 14
"""A question with more words than this names its own subject; one that merely contains `it` is not a follow-up."""

_SHORT_WORDS = 6
"""In a conversation a question this short ("Who approves the relationship?") goes on about the same thing."""

_OPENERS = re.compile(
    r"^(and|but|or|also|then|so|what about|how about|what if|and if|in that case|same for|for|is that|are those|"
    r"does that|do those|why|since when|until when|who else|what else|anything else)\b",
    re.IGNORECASE,
)
_POINTERS = re.compile(
    r"\b(it|its|that|this|those|these|they|them|their|he|she|him|her|there|the same|such a case|"
    r"the former|the latter|one|ones|either|both|instead|otherwise|as well|too)\b",
    re.IGNORECASE,
)
_OWN_SUBJECT = re.compile(r"\b(regulation|reg\.?|section|form|policy|circular|procedure)\b|§", re.IGNORECASE)


def leans_on_earlier(question: str) -> bool:
    """Whether a question can't be understood without the one before it."""
    words = question.split()
    if len(words) > _LEAN_WORDS:
        return False
    if _OPENERS.match(question.strip()):
        return True
    if _OWN_SUBJECT.search(question):
        return False
    return len(words) <= _SHORT_WORDS or bool(_POINTERS.search(question))


def stand_alone(question: str, history: Sequence[Exchange]) -> str:
    """The question with what it leans on in front: the nearest earlier question that stands by itself, and any
    follow-ups in between that changed its subject are left out, since the latest one counts."""
    if not history or not leans_on_earlier(question):
        return question
    for exchange in reversed(history):
        if not leans_on_earlier(exchange.question):
            return f"{exchange.question.rstrip(' ?.')}: {question}"
    return f"{history[0].question.rstrip(' ?.')}: {question}"
