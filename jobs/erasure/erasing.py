"""Erase a conversation: destroy its key, so that nothing sealed under it can be read, and leave the record whole.

What is sealed stays where it is: events and messages are only added to, and the ledger's commitments go on holding
without the key that would open them.
"""

from datetime import datetime
from uuid import UUID

from audit import ledger
from audit.records import Entry, RecordKind, thread_stream
from core.database import Transaction
from core.errors import Conflict, NotFound
from core.principal import Principal
from jobs.erasure import store
from jobs.erasure.models import Erased, ErasureReason
from runs.models import RunStatus
from tools.approvals import store as approvals
from tools.approvals.closing import carry_out, withdrawal
from tools.approvals.models import ApprovalState
from tools.approvals.reading import closed

NO_SUCH = "There is no such conversation in this tenant."
UNDER_WAY = "Something that was signed in this conversation is being carried out. Erase it when that has ended."


async def erase(tx: Transaction, thread_id: UUID, *, actor: str, reason: ErasureReason, now: datetime) -> Erased:
    """Erase a conversation of the tenant, hidden or not; what of it is under way is ended first. `tx` is the system's.

    Erasing again changes nothing. Raises `NotFound`, and `Conflict` while something signed is being carried out.
    """
    key = await store.hold_key(tx, thread_id)
    if key is None:
        raise NotFound(NO_SUCH)
    if key["destroyed"]:
        return Erased(thread_id, before=True)
    runs = await store.hold_runs(tx, thread_id)
    open_runs = [run["id"] for run in runs if not run["finished"]]
    for run_id in open_runs:
        await _end(tx, thread_id, run_id, actor, now)
    erased = Erased(
        thread_id,
        runs=len(runs),
        cancelled=len(open_runs),
        subjects=await store.delete_subjects(tx, thread_id),
        replies=await store.blank_replies(tx, thread_id),
    )
    await store.delete_checkpoints(tx, thread_id)
    await store.destroy_key(tx, thread_id, now)
    body = {"reason": reason.value, "runs": erased.runs, "cancelled": erased.cancelled}
    entry = Entry(RecordKind.THREAD_ERASED, f"{thread_id}:erase", body)
    await ledger.append(tx, thread_stream(thread_id), [entry], actor=actor, at=now)
    return erased


async def _end(tx: Transaction, thread_id: UUID, run_id: UUID, actor: str, now: datetime) -> None:
    """Cancel a run that is held by `tx`: who works on it writes nothing more. Its request for a signature goes too."""
    row = await approvals.latest_of_run(tx, run_id, lock=True)
    state = None if row is None else ApprovalState(row["state"])
    if state in (ApprovalState.APPROVED, ApprovalState.EXECUTED):
        raise Conflict(UNDER_WAY)
    if row is not None and state is ApprovalState.PENDING:
        person = Principal(tx.principal.tenant, actor)
        await carry_out(tx, None, closed(row), withdrawal(person), now)
        return
    await approvals.finish_run(tx, run_id, RunStatus.CANCELLED.value, now)
    entry = Entry(
        RecordKind.RUN_FINISHED, f"{run_id}:finish", {"status": RunStatus.CANCELLED.value, "code": ""}, run_id
    )
    await ledger.append(tx, thread_stream(thread_id), [entry], actor=actor, at=now)
