"""Carry out a checked decision: the signature, the state, what is told and recorded, and what follows from it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from audit import ledger
from audit.records import RecordKind, thread_stream
from core.crypto import DataKey
from core.database import Transaction
from core.principal import Principal
from runs import log
from runs.models import RunStatus
from tools.approvals import requests, store
from tools.approvals.checks import Asked
from tools.approvals.closing import Deed, carry_out
from tools.approvals.editing import edited
from tools.approvals.models import Approval, ApprovalState, Row
from tools.approvals.sealing import reason_context
from tools.catalogue.models import Tool
from tools.people.models import Signer

Resume = Callable[[Transaction, UUID, UUID], Awaitable[None]]
"""Let a run (id, thread id) go on, in the transaction that signed it."""

ScheduleExpiry = Callable[[Transaction, UUID, datetime], Awaitable[None]]
"""Have `Decisions.expire` called for an approval at a moment."""


@dataclass(frozen=True, slots=True)
class Held:
    """A request that nobody else can decide until the transaction ends, and who is about to."""

    tx: Transaction
    approval: Approval
    key: DataKey
    signer: Signer
    """With the roles that both the token and today's note give."""
    run: Row
    now: datetime

    @property
    def person(self) -> Principal:
        return self.signer.principal


async def approve(held: Held, asked: Asked, resume: Resume) -> UUID:
    """Sign; with the last signature that is needed the run may go on."""
    approval = held.approval
    await _sign(held, asked)
    done = len(approval.approvers) + 1 >= approval.signature.signers
    deed = Deed(
        RecordKind.APPROVAL_APPROVED if done else RecordKind.APPROVAL_SIGNED,
        "approve",
        held.person,
        to=ApprovalState.APPROVED if done else None,
        reason=asked.reason,
        facts={"signed_by": [*approval.approvers, held.person.person], "needed": approval.signature.signers},
    )
    await carry_out(held.tx, held.key, approval, deed, held.now)
    if done:
        await resume(held.tx, approval.run_id, approval.thread_id)
    return approval.id


async def reject(held: Held, asked: Asked) -> UUID:
    """One no is enough, also of two; the run ends with it."""
    await _sign(held, asked)
    deed = Deed(
        RecordKind.APPROVAL_REJECTED,
        "reject",
        held.person,
        to=ApprovalState.REJECTED,
        ends=RunStatus.REJECTED,
        reason=asked.reason,
    )
    await carry_out(held.tx, held.key, held.approval, deed, held.now)
    return held.approval.id


async def edit(held: Held, asked: Asked, tool: Tool, schedule_expiry: ScheduleExpiry) -> UUID:
    """Close the request and open the changed one, with the run waiting on. Raises `Unprocessable`."""
    tx, now = held.tx, held.now
    changed = edited(
        held.approval, tool, asked.args or {}, editor=held.person, key=held.key, approval_id=uuid4(), now=now
    )
    await _sign(held, asked)
    deed = Deed(
        RecordKind.APPROVAL_EDITED,
        "edit",
        held.person,
        to=ApprovalState.EDITED,
        reason=asked.reason,
        facts={"followed_by": str(changed.id)},
    )
    await carry_out(tx, held.key, held.approval, deed, now)
    await requests.keep(tx, held.key, changed)
    event, entry = requests.required_event(changed, tool), requests.requested_entry(changed)
    await log.append(tx, held.key, changed.run_id, f"required:{changed.id}", [event], now)
    await ledger.append(tx, thread_stream(changed.thread_id), [entry], actor=held.person.person, at=now)
    await schedule_expiry(tx, changed.id, changed.expires_at)
    return changed.id


async def _sign(held: Held, asked: Asked) -> None:
    """The signature, before the state: the database counts them when the state moves."""
    tx, approval, person = held.tx, held.approval, held.person.person
    context = reason_context(tx.principal.tenant, approval.id, person)
    sealed = None if asked.reason is None else held.key.seal(asked.reason.encode(), context)
    await store.insert_signature(tx, approval.id, person, asked.choice, sealed, held.now)
