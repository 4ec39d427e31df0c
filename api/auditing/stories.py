"""One run told whole: its story, the evidence as it was, what was signed, its way through the state machine."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from api.approval_views import involved, shown
from api.audit_views.bodies import NOTHING, last_body
from api.audit_views.changes import Changed, changes_by_approval
from api.audit_views.path import path
from api.audit_views.story import story
from api.audit_views.words import World
from api.auditing.evidence import evidence, made_with
from api.auditing.reads import Look, Reads, as_noted
from api.auditing.runs import Row, briefs, hidden_by_thread
from api.auditing.texts import LOST, Opened, open_question
from api.auditing.veil import Veil
from api.days import Days
from api.results import results
from api.schemas.audit import AnswerView, AuditApproval, AuditRunDetail, AuditRunWithAnswer, Change, ToldClaim
from api.schemas.superseded import SupersededSource
from api.superseded import cited, marked
from audit.records import Record, RecordKind, thread_stream
from audit.search import store
from core.clock import Clock
from core.crypto import Keyring, SealBroken
from core.database import Transaction
from core.errors import NotFound
from core.principal import Principal
from core.telemetry import logger
from retrieval.glossary.desk import described
from runs import log as run_log
from runs.corrections import book
from runs.log import READ_LIMIT
from runs.models import Mode, StoredEvent
from tools.approvals import reading
from tools.approvals import store as approvals_store
from tools.approvals.models import Approval, SignatureMark
from tools.catalogue.models import Catalogue

log = logger(__name__)

NO_SUCH = "There is no such run."
_OUTCOMES = frozenset({"answer", "abstained", "refused", "error"})


@dataclass(slots=True)
class Whole:
    """Everything that is kept of a run, opened as far as it opens."""

    row: Row
    opened: Opened
    records: list[Record]
    events: list[StoredEvent] = field(default_factory=list[StoredEvent])
    approvals: list[Approval] = field(default_factory=list[Approval])
    results: Mapping[UUID, str] = field(default_factory=dict[UUID, str])
    corrections: Mapping[str, str] = field(default_factory=dict[str, str])
    people: Mapping[str, tuple[str, str | None]] = field(default_factory=dict[str, tuple[str, str | None]])

    @property
    def outcome(self) -> Mapping[str, Any]:
        """The data of the event that ended it; empty where there is none."""
        return next((event.data for event in reversed(self.events) if event.kind in _OUTCOMES), NOTHING)


@dataclass(frozen=True, slots=True)
class Stories:
    """Tells runs of anybody in the tenant."""

    reads: Reads
    keyring: Keyring
    clock: Clock
    catalogue: Catalogue
    days: Days
    veil: Veil

    async def tell(self, principal: Principal, run_id: UUID, *, personal: bool = False) -> AuditRunDetail:
        """With placeholders in the place of personal data, unless `personal`, for whom that is allowed. Raises
        `NotFound` for a run of no one in this tenant."""
        async with self.reads.look(principal, personal=personal) as look:
            told = await self.within(look, run_id, personal=personal)
            await look.note("run", run=str(run_id), texts=told.run.texts, **as_noted(personal=personal))
        return told

    async def within(self, look: Look, run_id: UUID, *, personal: bool = False) -> AuditRunDetail:
        """As `tell`, in a look that the caller puts on record."""
        row = await store.run(look.tx, run_id)
        if row is None:
            raise NotFound(NO_SUCH)
        told = await self._told(look, await self._gather(look.tx, row))
        if personal:
            return told
        hidden = await hidden_by_thread(look.tx, self.keyring, [row])
        return await self.veil.over(told, hidden.get(row["thread_id"], ()))

    async def _gather(self, tx: Transaction, row: Row) -> Whole:
        run_id: UUID = row["id"]
        opened = open_question(self.keyring, tx.principal.tenant, row)
        whole = Whole(row, opened, await store.story_records(tx, run_id, thread_stream(row["thread_id"])))
        await self._open_events(tx, whole)
        await self._open_approvals(tx, whole)
        await self._open_corrections(tx, whole)
        people = {record.actor for record in whole.records} | {row["person_id"]}
        people |= {person for approval in whole.approvals for person in involved(approval)}
        whole.people = await reading.names(tx, sorted(people))
        return whole

    async def _open_events(self, tx: Transaction, whole: Whole) -> None:
        """The whole log, or none of it: what does not open was altered."""
        key = whole.opened.key
        if key is None:
            return
        events: list[StoredEvent] = []
        try:
            while part := await run_log.read(tx, key, whole.row["id"], after=events[-1].seq if events else 0):
                events += part
                if len(part) < READ_LIMIT:
                    break
        except SealBroken:
            log.exception("audit.events_altered", run_id=str(whole.row["id"]))
            whole.opened = replace(whole.opened, texts="altered")
            return
        whole.events = events

    async def _open_corrections(self, tx: Transaction, whole: Whole) -> None:
        key = whole.opened.key
        if key is None:
            return
        try:
            made = await book.of_run(tx, key, whole.row["id"])
        except SealBroken:
            log.exception("audit.corrections_altered", run_id=str(whole.row["id"]))
            whole.opened = replace(whole.opened, texts="altered")
        else:
            whole.corrections = {str(each.id): each.text for each in made}

    async def _open_approvals(self, tx: Transaction, whole: Whole) -> None:
        ids = [row["id"] for row in await store.approvals_of_runs(tx, [whole.row["id"]])]
        rows = [row for each in ids if (row := await approvals_store.approval(tx, each)) is not None]
        for row in rows:
            whole.approvals.append(await self._approval(tx, row, whole))
        if whole.opened.key is not None:
            try:
                whole.results = await results(tx, self.keyring, whole.approvals)
            except SealBroken:
                whole.opened = replace(whole.opened, texts="altered")

    async def _approval(self, tx: Transaction, row: Row, whole: Whole) -> Approval:
        if whole.opened.key is not None:
            try:
                return (await reading.opened(tx, self.keyring, [row]))[0]
            except SealBroken:
                log.exception("audit.approval_altered", approval_id=str(row["id"]))
                whole.opened = replace(whole.opened, texts="altered")
        marks = await approvals_store.signatures(tx, [row["id"]])
        signatures = tuple([SignatureMark(mark["person_id"], mark["decision"], None, mark["at"]) for mark in marks])
        return replace(reading.closed(row), signatures=signatures)

    async def _told(self, look: Look, whole: Whole) -> AuditRunDetail:
        tx = look.tx
        (brief,) = await briefs(tx, self.keyring, [whole.row])
        names = {person: name for person, (name, _) in whole.people.items()}
        world = World(
            names, self.catalogue, LOST[whole.opened.texts], await _terms(tx, whole.records), whole.corrections
        )
        changed = changes_by_approval(whole.approvals)
        told: dict[str, Any] = {**brief.model_dump(), "texts": whole.opened.texts}
        outcome = whole.outcome
        return AuditRunDetail(
            run=AuditRunWithAnswer(
                **told,
                mode=Mode(whole.row["mode"]),
                as_of=outcome.get("as_of") or whole.row["as_of"],
                answer=_answer(outcome),
                reason=outcome.get("reason") or outcome.get("detail"),
            ),
            versions=await made_with(tx, whole.opened.key, whole.row["id"], whole.records, whole.row["usage"] or {}),
            usage=whole.row["usage"] or {},
            steps=story(whole.records, whole.events, changed, world),
            evidence=await evidence(tx, whole.opened.key, whole.row["id"], whole.records, outcome, world),
            approvals=[self._view(look, approval, whole, changed) for approval in whole.approvals],
            path=path(whole.records),
            superseded=await self._superseded(tx, whole),
        )

    async def _superseded(self, tx: Transaction, whole: Whole) -> list[SupersededSource]:
        """What became of the cited editions since, for who may see every run: whoever asked may see less."""
        row, tenant = whole.row, tx.principal.tenant
        run_id: UUID = row["id"]
        asked_on = self.days.day(tenant, row["created_at"])
        found = cited(whole.outcome, asked_on, self.days.today(tenant)) if "claims" in whole.outcome else []
        marks = await marked(tx, tx.principal, {run_id: found}, self.days.zone_name(tenant)) if found else {}
        return marks.get(run_id, [])

    def _view(
        self, look: Look, approval: Approval, whole: Whole, changed: Mapping[UUID, Sequence[Changed]]
    ) -> AuditApproval:
        result, now = whole.results.get(approval.id), self.clock.now()
        view = shown(approval, look.reader, self.catalogue, whole.people, now=now, result=result)
        first = min((mark.at for mark in approval.signatures), default=None)
        return AuditApproval(
            **view.model_dump(),
            changes=[
                Change(label=label, before=before, after=after) for label, before, after in changed.get(approval.id, ())
            ],
            decided_after_s=None if first is None else (first - approval.created_at).total_seconds(),
        )


def _answer(outcome: Mapping[str, Any]) -> AnswerView | None:
    if "claims" not in outcome:
        return None
    claims = [
        ToldClaim(text=claim["text"], citations=claim["citations"], quote=claim["quote"]) for claim in outcome["claims"]
    ]
    return AnswerView(text=outcome["text"], claims=claims, structured=outcome.get("structured"))


async def _terms(tx: Transaction, records: Sequence[Record]) -> Mapping[str, str]:
    """The entries of the glossary that the run's search was widened by, as they were then."""
    return await described(
        tx, [str(entry) for entry in last_body(records, RecordKind.RUN_RETRIEVED).get("glossary", [])]
    )
