"""Bounds of what people write beside a signature, and of what is read at once."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class ApprovalLimits:
    """Why each number: beside it."""

    reason_chars: int = 2_000
    """A reason is a sentence or two; the HTTP contract takes as many."""
    list_limit: int = 100
    """The longest page of a list, as everywhere in the HTTP contract."""
    waiting: int = 500
    """Requests that are looked through for a count; who has more waiting needs no exact number."""
    expiry_grace: timedelta = timedelta(seconds=1)
    """An expiry that came too early, by a clock ahead of ours, is tried again this long after the hour."""


APPROVAL_LIMITS = ApprovalLimits()
