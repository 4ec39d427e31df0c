"""What compliance reads: runs found and told, the evidence as it was, access on a day, replay, integrity, figures."""

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, Field

from api.limits import AUDIT
from api.schemas.approvals import ApprovalView, PersonView
from api.schemas.common import Body, Day
from api.schemas.superseded import SupersededSource
from retrieval.documents.models import EditionState
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


class EditionThen(BaseModel):
    """The edition that counted on the day, or the last one that could be opened on it."""

    edition_id: UUID
    version: str
    effective_from: date
    effective_to: date | None
    in_force: bool


class SpanThen(BaseModel):
    """A part of the day."""

    since: datetime
    until: datetime = Field(description="The end of the day, or now where it is not over, at the latest.")


class EditionAccess(EditionThen):
    """One edition as it stood on the day."""

    state: EditionState = Field(description="At the end of the day.")
    published_at: datetime | None = Field(description="By the end of the day; kept when it was withdrawn.")
    withdrawn_at: datetime | None
    spans: list[SpanThen] = Field(description="When on that day the person could open it.")
    reason: str


class AudienceThen(BaseModel):
    """For whom the document was meant from a moment on."""

    since: datetime
    audience: list[str]
    changed_by: PersonView


class RolesThen(BaseModel):
    """The person's roles from a moment on, as a sign-in then said."""

    since: datetime
    roles: list[str]


class AccessAnswer(BaseModel):
    """Whether a person could read a document on a day, and why."""

    user: PersonView
    document: str
    on: date
    allowed: bool = Field(description="At some moment of the day; false also where it is not known.")
    all_day: bool = Field(description="At every moment of the day, up to now where it is not over.")
    spans: list[SpanThen] = Field(description="When on that day the person could read something of it.")
    known: bool = Field(description="Everything that the answer rests on is on record.")
    reasons: list[str]
    roles_then: list[str] | None = Field(description="Null where nothing is noted of the person by then.")
    roles_today: list[str] | None
    noted: list[RolesThen] = Field(description="What the roles rest on: the last note before the day, then its own.")
    audience: list[str] | None = Field(description="The document's at the end of the day; null where it is not known.")
    audiences: list[AudienceThen] = Field(description="What it was at the day's beginning, then each change in it.")
    library: str
    edition: EditionThen | None = Field(description="The one that counted, else the last that could be opened.")
    editions: list[EditionAccess] = Field(description="All that were there by the end of the day.")


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


class DayVolume(BaseModel):
    """The runs that began on a day, by how they ended."""

    day: date
    answered: int
    abstained: int
    refused: int
    acted: int
    other: int


class ReasonCount(BaseModel):
    """How often there was no answer for this reason."""

    code: str
    reason: str = Field(description="The sentence behind the code; the code where it has none.")
    status: RunStatus
    count: int


class TopicCount(BaseModel):
    """Runs by what they were about: the library of the best passage, or what kind of request it was."""

    kind: Literal["library", "intent"]
    name: str
    count: int
    abstained: int
    refused: int


class DayDecisions(BaseModel):
    """The requests for a signature that were closed on a day."""

    day: date
    approved: int
    rejected: int
    edited: int
    expired: int
    withdrawn: int
    voided: int


class AgeCount(BaseModel):
    """Requests that were decided within this time, and not within the one before."""

    up_to_s: int | None = Field(description="Null: longer than all before.")
    count: int


class Overview(BaseModel):
    """Figures of a period, by days of the tenant's time zone."""

    since: date
    until: date
    volume: list[DayVolume]
    reasons: list[ReasonCount]
    topics: list[TopicCount]
    approvals: list[DayDecisions]
    ages_s: list[AgeCount] = Field(description="From the request to its decision by a person.")
    decisions: dict[str, int]
