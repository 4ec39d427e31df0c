"""What compliance reads: runs found and told, the evidence as it was, replay, integrity."""

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, Field

from api.limits import AUDIT
from api.schemas.approvals import ApprovalView, PersonView
from api.schemas.common import Body, Day
from api.schemas.superseded import SupersededSource
from runs.forms import Structured
from runs.models import Mode, RunStatus
from tools.approvals.models import ApprovalState


def _in_reach(day: date) -> date:
    if not AUDIT.first_year <= day.year <= AUDIT.last_year:
        raise ValueError(f"choose a day of the years {AUDIT.first_year} to {AUDIT.last_year}")
    return day


AuditDay = Annotated[Day, AfterValidator(_in_reach)]

Texts = Literal["readable", "erased", "altered"]
"""`erased`: the conversation's key was destroyed, its records remain. `altered`: what is stored does not open, so
somebody changed it in the database."""


class DocumentUse(BaseModel):
    """An edition among the evidence of a run."""

    document: str
    title: str
    version: str
    library: str
    edition_id: UUID
    cited: bool = Field(description="A released sentence cites it; else it was only looked at.")


class ApprovalBrief(BaseModel):
    """The last request for a signature of a run."""

    id: UUID
    tool: str
    state: ApprovalState
    signers: list[PersonView] = Field(description="Who decided, whatever they decided.")


class AuditRun(BaseModel):
    """One run in a list."""

    run_id: UUID
    thread_id: UUID
    person: PersonView
    branch: str | None = Field(description="Of the person when the question was admitted.")
    status: RunStatus
    acted: bool = Field(description="Something was done in the bank's systems.")
    code: str | None = Field(description="Why there was no answer, as a reason code.")
    question: str | None = Field(description="Null where the texts can't be read.")
    texts: Texts
    created_at: datetime
    finished_at: datetime | None
    tools: list[str]
    documents: list[str] = Field(description="Titles of what was cited; of what was found where nothing was cited.")
    editions: list[DocumentUse] = Field(description="All editions among the evidence.")
    approval: ApprovalBrief | None


class ToldClaim(BaseModel):
    """One sentence of the answer."""

    text: str
    citations: list[int]
    quote: bool


class AnswerView(BaseModel):
    """What was answered."""

    text: str
    claims: list[ToldClaim]
    structured: Annotated[Structured | None, Field(exclude_if=lambda form: form is None)] = None
    """The form, where one was asked for."""


class AuditRunWithAnswer(AuditRun):
    """One run with what was answered."""

    mode: Mode
    as_of: date
    answer: AnswerView | None
    reason: str | None = Field(description="Why there was no answer, as the person was told.")


class Versions(BaseModel):
    """What the run was made with, as its records say."""

    model: str | None
    planner: str | None = Field(description="Who planned the calls: a model, or the built-in rules.")
    prompts: list[str] = Field(description="Name and version: `answer 3`.")
    catalogue: str | None
    thresholds: str | None
    embedding: str | None


class RecordRef(BaseModel):
    """The ledger's record behind a step. `intact`: its content still gives its hash."""

    stream: str
    seq: int
    hash: str
    intact: bool


class Step(BaseModel):
    """One step of the story, oldest first."""

    at: datetime
    kind: str = Field(description="The kind of the record, or of the event where no record tells it.")
    title: str = Field(description="What happened, in one line; its first word names it.")
    text: str | None = Field(description="More of it, in plain words.")
    detail: str | None = Field(description="What was used for it: models, prompts, digests.")
    actor: PersonView | None = Field(description="Null where the service itself did it.")
    record: RecordRef | None = Field(description="Null where only an event tells it.")
    data: dict[str, Any] = Field(description="The record's own fields.")


class PassageEvidence(BaseModel):
    """A passage as it was given to the run."""

    kind: Literal["passage"] = "passage"
    ref: int
    chunk_id: UUID
    edition_id: UUID
    document: str | None
    title: str | None
    version: str | None
    library: str | None
    section: list[str]
    page: int | None
    effective_from: date | None
    effective_to: date | None
    score: float
    sha256: str = Field(description="Of the text, as recorded when it was found.")
    text: str | None = Field(description="The stored text where it still has that SHA-256, else null.")
    as_it_was: bool
    cited: bool


class ToolEvidence(BaseModel):
    """What the bank's system returned to a call of the run."""

    kind: Literal["tool_result"] = "tool_result"
    ref: int
    call_id: UUID
    tool: str
    title: str
    ok: bool
    cited: bool
    summary: str = Field(description="As people were told.")
    text: str = Field(description="What came back, as JSON.")
    result: Any = Field(description="The same, not as text.")


class Change(BaseModel):
    """One argument that an edit changed; null where it was not there."""

    label: str
    before: str | None
    after: str | None


class AuditApproval(ApprovalView):
    """A request for a signature with what an edit changed from the request before it."""

    changes: list[Change] = Field(description="Against the request that it follows; empty where it follows none.")
    decided_after_s: float | None = Field(description="From the request to its first decision, in seconds.")


class AuditRunDetail(BaseModel):
    """A run told as a story, with everything that it rests on."""

    run: AuditRunWithAnswer
    versions: Versions
    usage: dict[str, Any]
    steps: list[Step]
    evidence: list[PassageEvidence | ToolEvidence]
    approvals: list[AuditApproval]
    path: list[str] = Field(description="The nodes of the state machine that it went through, in order.")
    superseded: list[SupersededSource] = Field(
        description="Editions that the answer cites and that no longer count, as things stand now."
    )


class ReplayBody(Body):
    """`recorded`: from its recorded inputs. `current`: what would differ under what is in force today."""

    policy: Literal["recorded", "current"] = "recorded"


class DifferenceView(BaseModel):
    """One place where the replay went another way."""

    where: str
    recorded: Any
    replayed: Any


class ReplayView(BaseModel):
    """What a replay gave."""

    policy: Literal["recorded", "current"]
    identical: bool
    events: int
    records: int
    attempts: int
    differences: list[DifferenceView]
    versions: dict[str, str]


class VerifyBody(Body):
    """Nothing is to be said."""


class FaultView(BaseModel):
    """The first place in a stream, or in the log, that does not hold."""

    stream: str
    seq: int | None
    reason: str


class IntegrityView(BaseModel):
    """The state of the tenant's ledger, as cheaply as it can be told."""

    ok: bool
    records: int
    sealed_size: int
    sealed_at: datetime | None
    cosigned_size: int
    cosigned_at: datetime | None
    witness: str | None
    window_s: float | None = Field(
        description="How long a record may stand before it is cosigned; null where nobody cosigns."
    )
    waiting: int = Field(description="Records that are not sealed yet.")
    witness_trouble: str | None = Field(description="Why the witness did not answer, where it did not.")
    walked_at: datetime | None = Field(description="When all records were last gone through; null: not yet.")
    faults: list[FaultView]


class VerificationView(BaseModel):
    """What a walk over the whole ledger found."""

    ok: bool
    streams: int
    records: int
    sealed_size: int
    cosigned_size: int = Field(description="How many of the sealed, from the first, a witness vouches for.")
    took_s: float
    faults: list[FaultView]
