"""Erasing a conversation: why it may be done, and what was done."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from uuid import UUID


class ErasureReason(StrEnum):
    """Why a conversation is erased: all that the ledger keeps of the reason, so a code and no text."""

    RETENTION = "retention"
    """Its time is over."""
    REQUEST = "request"
    """A person whom it is about, or who wrote it, has the right to it."""
    ORDER = "order"
    """A court or an authority wants it."""
    MISTAKE = "mistake"
    """It holds what should never have been typed in."""


@dataclass(frozen=True, slots=True)
class Erased:
    """What an erasure found and did."""

    thread_id: UUID
    runs: int = 0
    cancelled: int = 0
    """Runs that were queued, under way or waiting for a signature, and were ended."""
    subjects: int = 0
    replies: int = 0
    before: bool = False
    """It had been erased before, and nothing was changed now."""


@dataclass(frozen=True, slots=True)
class Retained:
    """What a retention run found and did. `due` is what was found; `erased` stays empty in a dry run."""

    due: tuple[UUID, ...]
    erased: tuple[Erased, ...] = ()
    busy: tuple[UUID, ...] = ()
    """Of those due: what somebody went on with, or what is being carried out; the next run finds it again."""


@dataclass(frozen=True, slots=True)
class CleaningLimits:
    """Bounds of the rewriting of tables after an erasure."""

    wait: timedelta = timedelta(seconds=10)
    """Everybody who admits a question waits behind the one who waits for a table: no longer than people do."""


CLEANING_LIMITS = CleaningLimits()
