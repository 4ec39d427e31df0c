"""What is done to a request, told and recorded: its state, the end of the run, events and ledger records at once."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from audit import ledger
from audit.records import Entry, RecordKind, thread_stream
from core.crypto import DataKey
from core.database import Transaction
from core.errors import Conflict
from core.principal import Principal
from runs import log
from runs.events import ApprovalDecided, RunFinished
from runs.models import RunStatus
from tools.approvals import store
from tools.approvals.models import Approval, ApprovalState
from tools.approvals.reasons import JUST_DECIDED
from tools.approvals.requests import subject


@dataclass(frozen=True, slots=True)
class Deed:
    """What somebody did to a pending request."""

    kind: RecordKind
    shown: Literal["approve", "reject", "edit", "expire", "withdraw"]
    person: Principal
    to: ApprovalState | None = None
    """None: it stays pending, for another signature is awaited."""
    ends: RunStatus | None = None
    """How the run ends with it; None: it goes on or waits on."""
    reason: str | None = None
    """The person's own words; the ledger gets a commitment to them."""
    facts: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """What else is recorded."""


async def carry_out(tx: Transaction, key: DataKey | None, approval: Approval, deed: Deed, now: datetime) -> None:
    """Change, tell and record, or raise and so change nothing. Run and approval are locked by the caller.

    Without a key (an erased conversation, a run that has ended) nothing is told. Raises `Conflict` when somebody else
    was first.
    """
    if deed.to is not None and not await store.move(tx, approval.id, ApprovalState.PENDING, deed.to, now):
        raise Conflict(JUST_DECIDED)
    if deed.ends is not None and not await store.finish_run(tx, approval.run_id, deed.ends, now):
        raise Conflict(JUST_DECIDED)
    if key is not None:
        step = f"decided:{approval.id}:{deed.person.person}"
        await log.append(tx, key, approval.run_id, step, [_event(approval, deed)], now)
        if deed.ends is not None:
            await log.append(tx, key, approval.run_id, "finish", [RunFinished(status=deed.ends)], now)
    entries = _entries(key, approval, deed)
    stream = thread_stream(approval.thread_id)
    if len(await ledger.append(tx, stream, entries, actor=deed.person.person, at=now)) < len(entries):
        raise Conflict(JUST_DECIDED)  # the ledger holds such a step already: no second act for one record


def expiry(tenant: str) -> Deed:
    """Nobody decided in time."""
    return Deed(
        RecordKind.APPROVAL_EXPIRED,
        "expire",
        Principal.system(tenant),
        to=ApprovalState.EXPIRED,
        ends=RunStatus.EXPIRED,
    )


def withdrawal(person: Principal, *, ends: bool = True) -> Deed:
    """The maker stopped the run, or it ended while it was asked (`ends` false)."""
    return Deed(
        RecordKind.APPROVAL_WITHDRAWN,
        "withdraw",
        person,
        to=ApprovalState.WITHDRAWN,
        ends=RunStatus.CANCELLED if ends else None,
    )


def _event(approval: Approval, deed: Deed) -> ApprovalDecided:
    return ApprovalDecided(
        approval_id=approval.id,
        decision=deed.shown,
        decided_by=deed.person.person,
        decided_by_name=deed.person.name or deed.person.person,
        done=deed.to is not None,
        reason=deed.reason,
    )


def _entries(key: DataKey | None, approval: Approval, deed: Deed) -> list[Entry]:
    run_id = approval.run_id
    body = {
        **subject(approval),
        **deed.facts,
        "roles": sorted(deed.person.roles),
        "reason": None if deed.reason is None or key is None else key.commit(deed.reason),
    }
    step = f"{run_id}:{deed.kind.value}:{approval.id}:{deed.person.person}"
    entries = [Entry(deed.kind, step, body, run_id)]
    if deed.ends is not None:
        ended = {"status": deed.ends.value, "code": ""}
        entries.append(Entry(RecordKind.RUN_FINISHED, f"{run_id}:finish", ended, run_id))
    return entries
