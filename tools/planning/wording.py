"""How requests and questions are worded, in folded text: what introduces an order, and what makes it a question."""

import re
from typing import Final

COURTESY: Final = re.compile(
    r"(?:(?:hi|hello|hey|good\s+(?:morning|afternoon|evening)|thanks|thank\s+you|ok(?:ay)?|so|now|also|then|and|next|"
    r"finally|first|please|pls|kindly|just|countersign|assistant|team|there|all|everyone|yes|urgent|sorry)\b[\s,.!:;-]*|"
    r"(?P<asks>(?:can|could|would|will)\s+you\s+)|"
    r"(?:i|we)(?:'d|\s+would)?\s+(?:want|need|like|have)(?:\s+you)?\s+to\s+|go\s+ahead\s+and\s+|"
    r"let's\s+|let\s+us\s+|make\s+sure\s+to\s+|[\s,.!;-]+)*"
)
"""Everything that may stand before the verb of an order. Group `asks`: it is put as a question to the assistant."""

DETERMINER: Final = re.compile(r"\s+(?:an?|the|this|that|these|his|her|its|their|my|our|your|another|one|new|all)\b")

CONDITIONAL: Final = re.compile(
    r"\b(?:if(?! possible| you can)|unless|"
    r"whether|when|whenever|(?<!at )once|as soon as|in case(?! (?:no\.? |number )?\S*\d)|provided|"
    r"should (?:he|she|they|it|the))\b"
)
"""Makes an order hang on something that nobody here will notice."""

ASKS_ABOUT: Final = re.compile(
    r"\b(?:what|who|whom|why|where|how|explain|tell me|(?:do|does|must|should|may|might|can|could|shall|am|are|"
    r"would)\s+(?:i|we|he|she|they|a|an|the|it|staff|one|somebody|someone|anyone)|is it|are there|is there)\b"
)
"""In what looks like an order: a question about it."""

NORMS: Final = re.compile(
    r"\b(?:must|may|might|should|shall|can|could|allowed?|allows|permitted|permit|needs?|needed|requires?|required|"
    r"requirements?|polic(?:y|ies)|rules?|procedures?|process(?:es)?|steps|guidelines?|guidance|regulations?|circular|checklist|"
    r"training|approvals?|approves?|eligible|eligibility|deadlines?|days do|have to|has to|supposed|obliged|"
    r"how\s+(?:do|does|to|can|should|soon|often|quickly|far)|how\s+long\s+(?!has\b|have\b|is\b|was\b)|why|explain|"
    r"charges?|fees?|costs?|price|legal|lawful|compliant|minimum|maximum|highest|lowest|documents? needed|mean|means)\b"
)
"""The words of a question about what holds in general, which the documents answer and no record does."""

QUESTION: Final = re.compile(
    r"(?:what's|whats|what|which|who's|who|whose|where|when|how\s+many|how\s+much|how's|how|is|are|was|were|does|did|has|do\s+(?:we|they|the|any)|have\s+(?:we|they|the|any)|"
    r"can\s+you\s+(?:tell|show)\s+me|do\s+you\s+know|tell\s+me)\b"
)
"""How a question begins that may be about a record."""

SAYS_NO_MORE: Final = re.compile(
    r"(?:never\s*mind|forget\s+(?:it|that)|cancel(?:\s+(?:it|that))?|stop|no|nope|nothing|thanks|thank\s+you|ok(?:ay)?|"
    r"yes|hello|hi|help|sorry|don'?t|do\s+not)[\s.!,]*(?:thanks|thank\s+you|please)?[\s.!]*"
)
"""A reply that adds nothing to an earlier request."""

_FILLER_WORDS = """
    a an and as at be been by called current currently details ending for from give he her his i in info information is
    it it's its let's me my no now number of on our out please pls right s see she so sorry thanks that that's the their
    there they this to up was we with you your
"""
FILLER: Final = frozenset(_FILLER_WORDS.split())
"""Words that carry nothing beside an identifier."""

_WORD: Final = re.compile(r"[^\W\d_]+(?:['-][^\W\d_]+)*")


def meaningful(low: str) -> list[str]:
    """The words that carry something, in order, without figures."""
    words = (word.removesuffix("'s") for word in _WORD.findall(low))
    return [word for word in words if word not in FILLER]
