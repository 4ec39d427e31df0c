"""Does a text of a document give orders to whoever reads it out? Asked of passages as they come in and of claims.

Beside the clear rules for questions stand rules that a clerk's question may match but a policy's sentence does not:
none matches a line of the regulations in the development data.
"""

import re
from typing import Final

from guardrails.injection_rules import Strength, hits
from guardrails.normalise import fold

_TO_AN_ASSISTANT: Final = re.compile(
    r"\b(?:dear|attention|hey|note to(?: the)?),? (?:ai|model|assistants?|llm|chat ?bot|language model)\b|"
    # A policy speaks of customers and staff; users and readers are an assistant's.
    r"\b(?:tell|inform|instruct|urge|advise|convince|direct) (?:the|every|any|each|your) "
    r"(?:users?|readers?|asker|person (?:who is )?asking)\b|"
    r"\b(?:your|the user's) account (?:has been|is|was) compromised\b|"
    r"\banswers?\b.{0,80}\b(?:is|are|must|should) always (?:to )?(?:say|claim|state|reply|read)\b",
    re.DOTALL,
)
# Staff are told so too ("If asked about the delay, say only that …"): reported, but no reason to withhold a quote.
_TO_SOMEBODY: Final = re.compile(
    r"\b(?:when|if|whenever) (?:you are |you're )?asked "
    r"(?:about|for|this|how|what|whether|who|by (?:the|an?|any) user)\b"
    r".{0,100}?\b(?:reply|answer|respond|say|state|output)\b|"
    r"\bwho(?:m)?ever (?:answers|reads|summari[sz]es|processes) (?:this|questions?|the question)\b",
    re.DOTALL,
)


def orders_an_assistant(text: str) -> bool:
    """Whether a text speaks to an assistant, or through it to its user: no answer holds such a sentence."""
    folded = fold(text)
    if _TO_AN_ASSISTANT.search(folded):
        return True
    return any(rule.strength is Strength.CLEAR for rule in hits(folded))


def reads_like_orders(text: str) -> bool:
    """Whether a policy owner should look at a passage before it is published."""
    return orders_an_assistant(text) or _TO_SOMEBODY.search(fold(text)) is not None
