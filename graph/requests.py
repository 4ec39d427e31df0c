"""What a form is asked about: the request without the words that only say which form is wanted.

Evidence is searched and weighed as for a question on the same subject: "checklist of the first steps for a lost card"
is about the first steps for a lost card.
"""

import re

_POLITE = r"(?:please\s+|kindly\s+|(?:can|could|would|will)\s+you\s+(?:please\s+)?|i\s+(?:need|want|would\s+like)\s+)?"
_MAKE = r"(?:(?:give|make|write|create|draft|prepare|show|list|get)\s+(?:me\s+|us\s+)?)?(?:up\s+)?"
_FORM = r"(?:(?:check-?\s?list|to-?do(?:\s+list)?|list|overview|steps?)s?)"
_LEADING = re.compile(rf"^\W*{_POLITE}{_MAKE}(?:an?\s+|the\s+|all\s+)?{_FORM}\s*(?:of|for|to|on|about|when|:|,)\s+", re.IGNORECASE)
_TRAILING = re.compile(
    rf"[\s,.;:–—-]*(?:\b{_POLITE}(?:(?:give|make|write|create|prepare|show)\s+(?:me\s+|us\s+|it\s+)?)?(?:as\s+)?(?:an?\s+|the\s+)"
    rf"{_FORM}(?:\s+to\s+tick\s+off)?|\bas\s+{_FORM}|\b{_FORM}\s+please|\bstep\s+by\s+step)(?:\s*,?\s*please)?\s*[.?!]*$",
    re.IGNORECASE,
)
_FEWEST = 2
"""Words of a subject: with fewer the request is left as it is."""


def subject_of(request: str) -> str:
    """The request's subject; the request itself where nothing else would be left of it."""
    subject = _TRAILING.sub("", _LEADING.sub("", request, count=1), count=1).strip()
    return subject if len(subject.split()) >= _FEWEST else request
