"""The event types of a run's log: one discriminated union, as `api.md` documents them to clients."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from runs.models import RunStatus


class Release(StrEnum):
    """`claim`: each claim as soon as it is checked; `whole`: nothing before everything is checked."""

    CLAIM = "claim"
    WHOLE = "whole"


class StageName(StrEnum):
    SCREEN = "screen"
    UNDERSTAND = "understand"
    RETRIEVE = "retrieve"
    WEIGH = "weigh"
    ACT = "act"
    ANSWER = "answer"
    CHECK = "check"


class _Event(BaseModel):
    model_config = ConfigDict(frozen=True)


class Source(_Event):
    """A numbered passage that the answer may cite, with the edition that it stands in."""

    ref: int
    kind: Literal["passage"] = "passage"
    chunk_id: UUID
    edition_id: UUID
    document: str
    title: str
    version: str
    library: str
    section: list[str]
    page: int | None = None
    effective_from: date
    effective_to: date | None = None
    score: float


class Claim(_Event):
    """One released sentence. `quote`: the text stands word for word in the cited passage."""

    index: int
    text: str
    citations: list[int]
    quote: bool


class RunStarted(_Event):
    event: Literal["run.started"] = "run.started"
    thread_id: UUID
    notice: str
    release: Release


class Stage(_Event):
    event: Literal["stage"] = "stage"
    name: StageName
    status: Literal["started", "finished"]
    ms: float | None = None
    detail: str | None = None


class Sources(_Event):
    event: Literal["sources"] = "sources"
    sources: list[Source]


class ClaimReleased(Claim):
    event: Literal["claim"] = "claim"


class Answer(_Event):
    event: Literal["answer"] = "answer"
    text: str
    claims: list[Claim]
    sources: list[Source]
    structured: dict[str, Any] | None = None
    evidence: float
    model: str
    prompt_version: str
    as_of: date
    usage: dict[str, Any]


class Abstained(_Event):
    event: Literal["abstained"] = "abstained"
    code: str
    reason: str
    nearest: list[Source]
    next_step: str
    withdrawn: list[int] = []


class Refused(_Event):
    event: Literal["refused"] = "refused"
    code: str
    reason: str
    next_step: str


class Failed(_Event):
    """`error`: the problem document of what went wrong."""

    event: Literal["error"] = "error"
    problem: dict[str, Any]


class RunFinished(_Event):
    event: Literal["run.finished"] = "run.finished"
    status: RunStatus


Event = Annotated[
    RunStarted | Stage | Sources | ClaimReleased | Answer | Abstained | Refused | Failed | RunFinished,
    Field(discriminator="event"),
]


def event_data(event: Event, *, run_id: UUID, at: datetime) -> dict[str, Any]:
    """The JSON object of the event's `data:` line: its fields, the run and the time."""
    fields = event.model_dump(mode="json", exclude={"event"})
    if isinstance(event, Failed):
        fields = dict(event.problem)
    return {"run_id": str(run_id), "at": at.isoformat().replace("+00:00", "Z"), **fields}
