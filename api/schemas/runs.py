"""Runs: one turn of a conversation each."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field, TypeAdapter

from api.limits import INPUTS
from api.schemas.approvals import OpenApproval
from api.schemas.common import Body, Text
from api.schemas.corrections import CorrectionView
from api.schemas.superseded import SupersededSource
from runs.corrections.book import Correction
from runs.events import AnySource
from runs.models import Mode, Run, RunStatus, StoredEvent

_SOURCE: TypeAdapter[AnySource] = TypeAdapter(AnySource)


class Outcome(BaseModel):
    """The event that ended a run."""

    event: Literal["answer", "abstained", "refused", "error"]
    data: dict[str, Any] = Field(description="The event's data, as in the run's stream.")


class Feedback(BaseModel):
    """How the caller rated an answer."""

    rating: Literal["up", "down"]


class RunView(BaseModel):
    """A run with what came of it."""

    id: UUID
    thread_id: UUID
    status: RunStatus
    question: str
    mode: Mode
    as_of: date
    libraries: list[str] | None
    created_at: datetime
    finished_at: datetime | None
    answer: str | None = Field(description="The text of the answer, where there is one.")
    citations: list[AnySource] = Field(description="The sources that the answer cites.")
    outcome: Outcome | None
    usage: dict[str, Any]
    feedback: Feedback | None
    approval: OpenApproval | None = Field(description="What it waits for: a signature, or that what is signed is done.")
    superseded: list[SupersededSource] = Field(description="Editions that the answer cites and that no longer count.")
    events: str = Field(description="Where its events are, as a path.")
    corrections: Annotated[
        list[CorrectionView],
        Field(
            exclude_if=lambda corrections: not corrections,
            description="What the caller wrote in the place of the form's fields, oldest first: their words, unchecked."
            " Absent where there is none.",
        ),
    ] = []

    @classmethod
    def of(
        cls,
        run: Run,
        ended_by: StoredEvent | None,
        rating: str | None = None,
        approval: OpenApproval | None = None,
        superseded: Sequence[SupersededSource] = (),
        corrections: Sequence[Correction] = (),
    ) -> "RunView":
        """The view of a run, the event that ended it, if it has ended, the caller's rating, and what it waits for."""
        data = ended_by.data if ended_by is not None and ended_by.kind == "answer" else {}
        cited = {ref for claim in data.get("claims", []) for ref in claim["citations"]}
        return cls(
            id=run.id,
            thread_id=run.thread_id,
            status=run.status,
            question=run.question.text,
            mode=run.question.mode,
            as_of=data.get("as_of", run.question.as_of),
            libraries=None if run.question.libraries is None else list(run.question.libraries),
            created_at=run.created_at,
            finished_at=run.finished_at,
            answer=data.get("text"),
            citations=[_SOURCE.validate_python(source) for source in data.get("sources", []) if source["ref"] in cited],
            outcome=None
            if ended_by is None
            else Outcome.model_validate({"event": ended_by.kind, "data": ended_by.data}),
            usage=run.usage,
            feedback=None if rating is None else Feedback.model_validate({"rating": rating}),
            approval=approval,
            superseded=list(superseded),
            events=events_path(run.id),
            corrections=[CorrectionView.of(each) for each in corrections],
        )


def events_path(run_id: UUID) -> str:
    return f"/v1/runs/{run_id}/events"


class Rating(Body):
    """What the person thinks of an answer."""

    rating: Literal["up", "down"]
    comment: Annotated[Text | None, Field(max_length=INPUTS.comment_chars)] = None
