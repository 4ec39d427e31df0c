"""The event types of a run's log: one discriminated union, as `api.md` documents them to clients."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from runs.forms import Structured
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


class SourceWarning(StrEnum):
    """What a person should know of a source before relying on it."""

    INSTRUCTIONS = "instructions"
    """Part of the passage reads like an order to the assistant. It was not followed, and is no part of an answer."""


class Source(_Event):
    """A numbered passage that the answer may cite, with the edition that it stands in. `warning` came later: it is
    there only where there is something to say."""

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
    warning: SourceWarning | None = Field(default=None, exclude_if=lambda value: value is None)


class ToolSource(_Event):
    """A numbered result of a tool, as evidence of what stands in the bank's system."""

    ref: int
    kind: Literal["tool_result"] = "tool_result"
    call_id: UUID
    tool: str
    summary: str


AnySource = Annotated[Source | ToolSource, Field(discriminator="kind")]


class ArgumentView(_Event):
    """An argument as people see it: rendered by the service, with where its value came from."""

    name: str
    label: str
    text: str
    origin: str
    origin_text: str


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
    sources: list[AnySource]


class ClaimReleased(Claim):
    event: Literal["claim"] = "claim"


class ToolProposed(_Event):
    """A call that the assistant wants to make, as decided by code; nothing has happened yet."""

    event: Literal["tool.proposed"] = "tool.proposed"
    call_id: UUID
    tool: str
    title: str
    effect: Literal["read", "write"]
    args: dict[str, Any]
    arguments: list[ArgumentView]


class ToolResult(_Event):
    event: Literal["tool.result"] = "tool.result"
    call_id: UUID
    tool: str
    ok: bool
    summary: str


class ApprovalRequired(_Event):
    event: Literal["approval.required"] = "approval.required"
    approval_id: UUID
    call_id: UUID
    tool: str
    title: str
    summary: str
    args: dict[str, Any]
    arguments: list[ArgumentView]
    signature: Literal["self", "other", "two"]
    reason: str
    digest: str
    expires_at: datetime


class ApprovalDecided(_Event):
    """`approve` is shown for each signature; `done` says whether no further one is wanted."""

    event: Literal["approval.decided"] = "approval.decided"
    approval_id: UUID
    decision: Literal["approve", "reject", "edit", "expire", "withdraw", "void"]
    decided_by: str
    decided_by_name: str
    done: bool
    reason: str | None = None


class RunPaused(_Event):
    event: Literal["run.paused"] = "run.paused"
    approval_id: UUID


class DayTaken(_Event):
    """What named the day in the question. `note`: how, where that is not plain; `question`: the rest of it."""

    words: str
    note: str
    question: str


class Statement(_Event):
    """What one document says where documents disagree: the sentence, and the source that it stands in."""

    ref: int
    text: str


class DocumentsDisagree(_Event):
    """Two or more documents in force that say different things of one subject; none of them was chosen."""

    claim: int
    statements: list[Statement]


class Answer(_Event):
    event: Literal["answer"] = "answer"
    text: str
    claims: list[Claim]
    sources: list[AnySource]
    structured: Structured | None = None
    evidence: float
    model: str
    prompt_version: str
    as_of: date
    usage: dict[str, Any]
    day: DayTaken | None = None
    offer: Literal["checklist"] | None = None
    """What the request asked for in words, where an answer of sentences was asked for: the same again in that mode."""
    quotes_only: Literal[True] | None = None
    """Quoted word for word because no sentence that the model wrote could be checked."""
    conflicts: list[DocumentsDisagree] | None = None


class MissingPart(_Event):
    """What the documents lack: `named` a thing that the question names, `words` of the question, the whole `subject`,
    this `point` of it, or a sentence that could be checked (`said`). `words` are the asker's own; `text` tells it."""

    kind: Literal["named", "words", "subject", "point", "said"]
    words: list[str]
    text: str


class AskedPerson(_Event):
    """Whom to ask: a policy owner of the nearest documents by name, or where none is known the role for a library.
    `documents` are titles among the nearest."""

    role: str
    person: str | None = None
    name: str | None = None
    library: str | None = None
    documents: list[str]


class Abstained(_Event):
    event: Literal["abstained"] = "abstained"
    code: str
    reason: str
    nearest: list[Source]
    next_step: str
    withdrawn: list[int] = []
    as_of: date | None = None
    day: DayTaken | None = None
    missing: MissingPart | None = None
    ask: list[AskedPerson] | None = None


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
    RunStarted
    | Stage
    | Sources
    | ClaimReleased
    | ToolProposed
    | ToolResult
    | ApprovalRequired
    | ApprovalDecided
    | RunPaused
    | Answer
    | Abstained
    | Refused
    | Failed
    | RunFinished,
    Field(discriminator="event"),
]


def event_data(event: Event, *, run_id: UUID, at: datetime) -> dict[str, Any]:
    """The JSON object of the event's `data:` line: its fields, the run and the time."""
    fields = event.model_dump(mode="json", exclude={"event"})
    if isinstance(event, Answer | Abstained):
        # Fields that came later: where they say nothing the event is what it was before them, byte for byte.
        fields_of_answers = ("day", "offer", "quotes_only", "conflicts")
        late = fields_of_answers if isinstance(event, Answer) else ("day", "as_of", "missing", "ask")
        fields = {name: value for name, value in fields.items() if value is not None or name not in late}
    if isinstance(event, Failed):
        fields = dict(event.problem)
    return {"run_id": str(run_id), "at": at.isoformat().replace("+00:00", "Z"), **fields}
