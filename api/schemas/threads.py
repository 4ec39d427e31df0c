"""Conversations."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, Field

from api.schemas.approvals import OpenApproval
from api.schemas.runs import RunView
from api.schemas.superseded import SupersededSource
from runs.corrections.book import Correction
from runs.models import Run, StoredEvent, Thread


class ThreadView(BaseModel):
    """A conversation in the caller's list."""

    id: UUID
    title: str = Field(description="Its first question, shortened.")
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, thread: Thread) -> "ThreadView":
        return cls(id=thread.id, title=thread.title, created_at=thread.created_at, updated_at=thread.updated_at)


class Message(BaseModel):
    """What was said, by whom."""

    role: Literal["user", "assistant"]
    run_id: UUID
    text: str
    at: datetime


class Conversation(ThreadView):
    """A conversation with everything in it."""

    messages: list[Message]
    runs: list[RunView]

    @classmethod
    def holding(
        cls,
        thread: Thread,
        runs: Sequence[Run],
        outcomes: Mapping[UUID, StoredEvent],
        ratings: Mapping[UUID, str],
        approvals: Mapping[UUID, OpenApproval],
        superseded: Mapping[UUID, Sequence[SupersededSource]],
        corrections: Mapping[UUID, Sequence[Correction]],
    ) -> "Conversation":
        """The conversation with its runs, oldest first."""
        return cls(
            **ThreadView.of(thread).model_dump(),
            messages=[message for run in runs for message in _messages(run, outcomes.get(run.id))],
            runs=[
                RunView.of(
                    run,
                    outcomes.get(run.id),
                    ratings.get(run.id),
                    approvals.get(run.id),
                    superseded.get(run.id, ()),
                    corrections.get(run.id, ()),
                )
                for run in runs
            ],
        )


def _messages(run: Run, ended_by: StoredEvent | None) -> list[Message]:
    """The question and what was answered, or why nothing was."""
    asked = Message(role="user", run_id=run.id, text=run.question.text, at=run.created_at)
    if ended_by is None or run.finished_at is None:
        return [asked]
    said = next((ended_by.data[name] for name in ("text", "reason", "detail") if ended_by.data.get(name)), "")
    return [asked, Message(role="assistant", run_id=run.id, text=str(said), at=run.finished_at)]
