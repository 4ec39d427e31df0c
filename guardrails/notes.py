"""A request to write something down on a case, and the words that are to be written.

What stands in a note is somebody's text, not an order to the assistant, whatever words it has; it is screened as such.
"""

import re
from typing import Final

_NOTE: Final = re.compile(
    r"^\W*(?:please |kindly |could you |can you |i need |i want to |i'd like to )*"
    r"(?:(?:add|put|write|make|leave|attach|enter|record|note|log|document|append)\b|"
    r"(?:a |new |another |the )*notes?\b|"
    r"on (?:case )?(?=c-\d))[^:.\"]{0,60}?\bc-\d{3,6}\b\W*"
    r"(?:,? ?note(?: that|:)? ?)?(?:that |saying |to say |which says |with the text |reading )*",
    re.IGNORECASE,
)
_QUOTED_NOTE: Final = re.compile(
    r"^\W*(?:please |kindly |could you |can you )*(?:add|put|write|record|attach|append|enter)\b (?:the |this |a )?"
    r"(?:following )?(?:note|remark|text|comment|entry)?:? ?[\"'](?P<noted>.{5,})[\"'] (?:to|on|in|under|for) "
    r"(?:the )?(?:notes? of )?(?:case |file )?c-\d{3,6}\W*$",
    re.IGNORECASE | re.DOTALL,
)
_NOTE_WORD: Final = re.compile(
    r"\b(?:notes?|noted|record|write down|log|document|remark|comment|entry|file|add)\b", re.IGNORECASE
)


def to_be_noted(text: str) -> str | None:
    """The words that a request wants written on a case; None where the text is no such request."""
    quoted = _QUOTED_NOTE.match(text)
    if quoted is not None:
        return quoted["noted"]
    frame = _NOTE.match(text)
    if frame is None or _NOTE_WORD.search(frame.group()) is None:
        return None
    return text[frame.end() :].strip() or None
