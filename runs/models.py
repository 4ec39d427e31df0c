"""Threads, runs and messages as rows, opened from their seals."""

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID


class RunStatus(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    PAUSED = "paused"
    ANSWERED = "answered"
    ABSTAINED = "abstained"
    REFUSED = "refused"
    REJECTED = "rejected"
    EXPIRED = "expired"
    FAILED = "failed"
    CANCELLED = "cancelled"
    BUDGET_EXCEEDED = "budget_exceeded"

    @property
    def is_terminal(self) -> bool:
        return self not in (RunStatus.QUEUED, RunStatus.RUNNING, RunStatus.PAUSED)


class Mode(StrEnum):
    """What shape of answer was asked for: sentences, or a form of `runs.forms`."""

    ANSWER = "answer"
    CHECKLIST = "checklist"
    CASE_NOTE = "case_note"


@dataclass(frozen=True, slots=True)
class Question:
    """What a person asked, as admitted: the day whose policy counts and the libraries to look in (None: all)."""

    text: str
    as_of: date
    mode: Mode = Mode.ANSWER
    libraries: tuple[str, ...] | None = None
    asked_on: date | None = None
    """The day in the tenant's time zone when it was admitted; None where nobody noted it."""
    as_of_given: bool = True
    """Whether the request named the day. Where it did not, `as_of` is today, and words of the question may name one."""


@dataclass(frozen=True, slots=True)
class Thread:
    id: UUID
    person: str
    title: str
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Run:
    id: UUID
    thread_id: UUID
    person: str
    status: RunStatus
    question: Question
    attempts: int
    created_at: datetime
    finished_at: datetime | None
    usage: dict[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True, slots=True)
class Exchange:
    """One earlier turn of a thread: what was asked and what was answered (empty where nothing was)."""

    question: str
    answer: str


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """One entry of a run's log: `data` is what the SSE stream shows."""

    seq: int
    kind: str
    data: dict[str, Any]
