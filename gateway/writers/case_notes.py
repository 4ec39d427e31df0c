"""Where in a note on a case a quoted sentence belongs: whether it says what is to be done, or what holds."""

import re

from gateway.writers.ports import Part

_ACTOR = (
    r"(?:employee|teller|branch|manager|supervisor|analyst|officer|desk|office|department|team|handler|bank|"
    r"customer|cardholder|holder|compliance|you|we)s?"
)
_DUTY = re.compile(
    rf"\b(?:must|shall|has to|have to|needs? to|is to be|are to be)\b|"
    rf"\b{_ACTOR} (?:\w+ ){{0,2}}(?!is\b|has\b|was\b|does\b|as\b)[a-z]{{3,}}s\b|"
    r"\b(?:is|are) (?:then |also |first |not )?(?:recorded|noted|completed|signed|sent|filed|closed|reviewed|made|"
    r"blocked|entered|informed|asked|reported|passed on|handed|returned|called|checked|approved|released|refused|kept|"
    r"copied|confirmed|escalated|referred|identified|counted|ordered)\b|"
    r"^\W*(?:ask|block|call|check|close|complete|confirm|copy|enter|file|freeze|hold|inform|keep|make|note|obtain|pass|"
    r"record|refer|report|return|review|send|show|sign|stop|tell|write)\b",
    re.IGNORECASE,
)


def part_of_note(text: str) -> Part:
    """A step where the sentence gives somebody something to do, else a rule."""
    return Part.STEP if _DUTY.search(text) else Part.RULE
