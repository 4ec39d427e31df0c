"""What a form is asked about: the request without the words that only say which form is wanted.

Evidence is searched and weighed as for a question on the same subject: "checklist of the first steps for a lost card"
is about the first steps for a lost card.
"""

import re

from graph.context import RunContext
from graph.own_words import said_in
from guardrails.form_evidence import assess_form
from guardrails.risk import Risk
from guardrails.sufficiency import Sufficiency, assess
from runs.models import Mode

_POLITE = r"(?:please\s+|kindly\s+|(?:can|could|would|will)\s+you\s+(?:please\s+)?|i\s+(?:need|want|would\s+like)\s+)?"
_MAKE = r"(?:(?:give|make|write|create|draft|prepare|show|list|get)\s+(?:me\s+|us\s+)?)?(?:up\s+)?"
_FORM = r"(?:(?:check-?\s?list|to-?do(?:\s+list)?|list|overview|steps?)s?)"
_LEADING = re.compile(
    rf"^\W*{_POLITE}{_MAKE}(?:an?\s+|the\s+|all\s+)?{_FORM}\s*(?:of|for|to|on|about|when|:|,)\s+"
    rf"|^\W*{_POLITE}list\s+(?=(?:what|which|who|the|all)\b)",
    re.IGNORECASE,
)
_TRAILING = re.compile(
    rf"[\s,.;:–—-]*(?:\b{_POLITE}(?:(?:give|make|write|create|prepare|show)\s+(?:me\s+|us\s+|it\s+)?)?(?:as\s+)?"
    rf"(?:an?\s+|the\s+){_FORM}(?:\s+to\s+tick\s+off)?|\bas\s+{_FORM}|\b{_FORM}\s+please|\bcheck-?\s?list|\bstep\s+by\s+step)(?:\s*,?\s*please)?\s*[.?!]*$",
    re.IGNORECASE,
)
_FEWEST = 2
"""Words of a subject: with fewer the request is left as it is."""


def subject_of(request: str) -> str:
    """The request's subject; the request itself where nothing else would be left of it."""
    subject = _TRAILING.sub("", _LEADING.sub("", request, count=1), count=1).strip()
    return subject if len(subject.split()) >= _FEWEST else request


def asked_about(ctx: RunContext, standalone: str) -> str:
    """What is searched for and weighed."""
    mode = ctx.run.question.mode
    if mode is Mode.CHECKLIST:
        return subject_of(standalone)
    return " ".join(said_in(standalone)) or standalone if mode is Mode.CASE_NOTE else standalone


def enough(ctx: RunContext, asked: str, risk: Risk) -> Sufficiency:
    """The weighing that fits what was asked for."""
    weigh = assess_form if ctx.run.question.mode is Mode.CHECKLIST else assess
    return weigh(asked, ctx.passages, ctx.expansions, ctx.common, risk)
