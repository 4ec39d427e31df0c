"""Find runs of anybody in the tenant."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from api.audit_views.bodies import last_body
from api.auditing.reads import Reads
from api.auditing.texts import Opened, open_question
from api.auditing.veil import Veil
from api.cursors import Cursors
from api.schemas.approvals import PersonView
from api.schemas.audit import ApprovalBrief, AuditRun, DocumentUse
from api.schemas.common import Page
from audit.records import Record, RecordKind
from audit.search import store
from audit.search.models import Wanted
from core.crypto import Keyring, SealBroken
from core.database import Transaction
from core.principal import Principal
from core.telemetry import logger
from runs.masks.keeping import KeptValue, kept_of
from runs.models import RunStatus
from tools.approvals.models import ApprovalState

log = logger(__name__)

Row = dict[str, Any]

_IN_BRIEF = (RecordKind.RUN_ADMITTED, RecordKind.RUN_RETRIEVED, RecordKind.CLAIM_RELEASED, RecordKind.RUN_FINISHED)


@dataclass(slots=True)
class About:
    """What is on record about the runs of a page beside their own rows."""

    records: dict[UUID, list[Record]] = field(default_factory=dict[UUID, list[Record]])
    editions: dict[str, Row] = field(default_factory=dict[str, Row])
    tools: dict[UUID, list[str]] = field(default_factory=dict[UUID, list[str]])
    approvals: dict[UUID, Row] = field(default_factory=dict[UUID, Row])
    """The last request of each run."""
    names: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True)
class RunSearch:
    """Lists of runs, the latest first."""

    reads: Reads
    keyring: Keyring
    cursors: Cursors
    veil: Veil

    async def page(self, principal: Principal, wanted: Wanted, *, limit: int, cursor: str | None) -> Page[AuditRun]:
        """Personal data in the questions stays hidden. Raises `BadRequest` for a wrong cursor, `Unavailable` when the
        search takes too long."""
        place = self.cursors.read(principal, cursor)
        before = None if place is None else (datetime.fromisoformat(place[0]), UUID(place[1]))
        async with self.reads.look(principal) as look:
            found = await store.runs(look.tx, wanted, before=before, limit=limit + 1)
            items = await briefs(look.tx, self.keyring, found[:limit])
            hidden = await hidden_by_thread(look.tx, self.keyring, found[:limit])
            await look.note("runs", **wanted.as_recorded(), found=len(items), further=cursor is not None)
        items = [await self.veil.over(item, hidden.get(item.thread_id, ())) for item in items]
        last = found[limit - 1] if len(found) > limit else None
        following = None if last is None else [last["created_at"].isoformat(), str(last["id"])]
        return Page(items=items, next_cursor=None if following is None else self.cursors.make(principal, following))


async def hidden_by_thread(
    tx: Transaction, keyring: Keyring, rows: Sequence[Mapping[str, Any]]
) -> Mapping[UUID, tuple[KeptValue, ...]]:
    """What the conversations of these rows have hidden from models, as far as their keys are there."""
    opened = {row["thread_id"]: open_question(keyring, tx.principal.tenant, row).key for row in rows}
    try:
        return await kept_of(tx, {thread_id: key for thread_id, key in opened.items() if key is not None})
    except SealBroken:  # somebody altered one: then all is searched for anew
        log.exception("audit.masks_altered")
        return {}


async def briefs(tx: Transaction, keyring: Keyring, rows: Sequence[Row]) -> list[AuditRun]:
    """The runs of these rows as they stand in a list."""
    about = await _about(tx, rows)
    return [brief(row, open_question(keyring, tx.principal.tenant, row), about) for row in rows]


async def _about(tx: Transaction, rows: Sequence[Row]) -> About:
    about, ids = About(), [row["id"] for row in rows]
    for record in await store.records_of_runs(tx, ids, _IN_BRIEF):
        if record.run_id is not None:
            about.records.setdefault(record.run_id, []).append(record)
    wanted = {UUID(edition) for records in about.records.values() for edition in _editions(records)}
    about.editions = {str(row["id"]): row for row in await store.editions(tx, sorted(wanted))}
    for call in await store.tools_of_runs(tx, ids):
        tools = about.tools.setdefault(call["run_id"], [])
        if call["tool"] not in tools:
            tools.append(call["tool"])
    about.approvals = {row["run_id"]: row for row in await store.approvals_of_runs(tx, ids)}
    people = {row["person_id"] for row in rows}
    people |= {signer for approval in about.approvals.values() for signer in approval["signers"]}
    about.names = await store.names(tx, sorted(people))
    return about


def brief(row: Row, opened: Opened, about: About) -> AuditRun:
    """One run in a list."""
    run_id: UUID = row["id"]
    records = about.records.get(run_id, [])
    uses = _uses(records, about.editions)
    cited = [use.title for use in uses if use.cited]
    admitted = last_body(records, RecordKind.RUN_ADMITTED)
    return AuditRun(
        run_id=run_id,
        thread_id=row["thread_id"],
        person=_person(row["person_id"], about.names),
        branch=admitted.get("branch", row["branch"]),
        status=RunStatus(row["status"]),
        acted=row["acted"],
        code=last_body(records, RecordKind.RUN_FINISHED).get("code") or None,
        question=opened.question,
        texts=opened.texts,
        created_at=row["created_at"],
        finished_at=row["finished_at"],
        tools=about.tools.get(run_id, []),
        documents=list(dict.fromkeys(cited or [use.title for use in uses])),
        editions=uses,
        approval=_approval(about.approvals.get(run_id), about.names),
    )


def _uses(records: Sequence[Record], editions: Mapping[str, Row]) -> list[DocumentUse]:
    """The editions among the evidence, in the order of their best passage; cited are those whose passage is."""
    cited = {
        chunk for record in records if record.kind == RecordKind.CLAIM_RELEASED for chunk in record.body["citations"]
    }
    by_edition: dict[str, bool] = {}
    for passage in last_body(records, RecordKind.RUN_RETRIEVED).get("passages", []):
        edition = str(passage["edition"])
        by_edition[edition] = by_edition.get(edition, False) or passage["chunk"] in cited
    return [
        DocumentUse(
            document=editions[edition]["document"],
            title=editions[edition]["title"],
            version=editions[edition]["version"],
            library=editions[edition]["library"],
            edition_id=editions[edition]["id"],
            cited=is_cited,
        )
        for edition, is_cited in by_edition.items()
        if edition in editions
    ]


def _editions(records: Sequence[Record]) -> set[str]:
    return {str(passage["edition"]) for passage in last_body(records, RecordKind.RUN_RETRIEVED).get("passages", [])}


def _approval(row: Row | None, names: Mapping[str, str]) -> ApprovalBrief | None:
    if row is None:
        return None
    signers = [_person(person, names) for person in row["signers"]]
    return ApprovalBrief(id=row["id"], tool=row["tool"], state=ApprovalState(row["state"]), signers=signers)


def _person(person: str, names: Mapping[str, str]) -> PersonView:
    return PersonView(person=person, name=names.get(person, person))
