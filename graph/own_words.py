"""What a person wrote for a note on a case: their facts, what they call open, and the case; not the request itself."""

import re
from collections.abc import Sequence

from graph.limits import FORM_LIMITS
from retrieval.sentences import sentences

_CASE = re.compile(r"\b(?:case\s+(?:no\.?\s*|number\s+|#)?)?[A-Z]{1,3}-\d{3,10}\b", re.IGNORECASE)
_LEAD_IN = re.compile(
    r"^\W*(?:please\s+|(?:can|could|would|will) you\s+(?:please\s+)?)?"
    r"(?:(?:write|draft|make|create|prepare|add|put|need|want)\s+(?:me\s+|us\s+)?)?(?:a\s+|the\s+|an\s+)?(?:\w+\s+)?"
    r"(?:case\s+)?note\b(?:\s+(?:on|for|about|to|in|regarding))?(?:\s+the)?(?:\s+(?:case|file))?"
    r"(?:\s+(?:no\.?\s*)?[A-Z]{1,3}-\d{3,10})?\s*(?:[:,–—-]|\bthat\b|\bsaying(?:\s+that)?\b)?\s*",
    re.IGNORECASE,
)
_OPEN = re.compile(
    r"\b(?:missing|outstanding|not yet|still (?:open|to|needs?|missing|waiting)|pending|awaits?|waiting for|unclear|"
    r"unknown|to follow|to be (?:sent|supplied|clarified|checked)|has not|have not|did not|does not have|lacks?)\b",
    re.IGNORECASE,
)


def own_words(written: str) -> tuple[list[str], list[str]]:
    """The sentences of what the person wrote, those apart that say what is still open; without the request itself and
    without questions."""
    said = said_in(written)
    return [p for p in said if not _OPEN.search(p)], [p for p in said if _OPEN.search(p)]


def said_in(written: str) -> list[str]:
    """The sentences, shortened and at most so many."""
    lead = _LEAD_IN.match(written)
    told = written[lead.end() :] if lead is not None else written
    pieces = [told[start:end].strip() for start, end in sentences(told)]
    said = [cut(piece, FORM_LIMITS.own_words) for piece in pieces if any(c.isalnum() for c in piece)]
    return [piece for piece in said if not piece.endswith("?")][: FORM_LIMITS.facts]


def subject_of_case(written: str, said: Sequence[str]) -> str:
    """The case that the person named, else how they began."""
    named = _CASE.search(written)
    if named is not None:
        return named.group()
    return cut(said[0] if said else " ".join(written.split()), FORM_LIMITS.subject)


def cut(text: str, most: int) -> str:
    """At most so many characters, with an ellipsis in the place of the rest."""
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"
