"""Begin and finish a signed write: at most one effect per approval, whichever worker dies at whatever moment.

The row of the effect is committed before the bank's system is called, and its key never changes; so a worker that
takes over either finds no row, and nothing was done, or calls again under the same key, which the bank's system
carries out once. Every transaction here is the system's, and holds the run's row before it comes here, as every other
writer of a run and its approval does.
"""

from dataclasses import asdict, replace
from datetime import datetime
from uuid import UUID

import orjson

from core.canonical import digest
from core.crypto import DataKey
from core.database import Transaction
from core.errors import NotFound
from tools.approvals import store as approvals
from tools.approvals.models import Approval, ApprovalState, SignatureMark
from tools.approvals.reading import closed
from tools.approvals.sealing import approval_context, open_content
from tools.calls.calls import CallResult, keep_result
from tools.catalogue.models import Catalogue
from tools.connector.ports import Outcome
from tools.effects import store
from tools.effects.checks import reason_against
from tools.effects.models import Begun, BegunState, EffectState

GIVEN_UP = "Nobody can tell whether this was done. Look in the bank's system before you ask for it again."


def effect_key(tenant: str, approval_id: UUID) -> str:
    """The idempotency key of an approval's effect: 64 hexadecimal digits, the same for ever."""
    return digest({"of": "effect", "tenant": tenant, "approval": str(approval_id)})


async def begin(tx: Transaction, key: DataKey, catalogue: Catalogue, approval_id: UUID, *, now: datetime) -> Begun:
    """Say whether the write may be executed now, and if so mark it as begun. Call the bank's system after the commit.

    `key` is the thread's. Of two workers one waits here for the other's commit. Raises `NotFound`, and `SealBroken`
    where the request was altered in the database: nothing is executed, and nothing of it can be shown.
    """
    tenant = tx.principal.tenant
    approval = await _locked(tx, key, approval_id)
    place = effect_key(tenant, approval_id)
    row = await store.effect(tx, approval_id)
    if row is not None and row["state"] != EffectState.STARTED:
        return Begun(
            BegunState.FINISHED, approval, place, outcome=_outcome(tenant, key, approval_id, row["sealed_result"])
        )
    reason = await reason_against(tx, key, catalogue, approval)
    if row is not None:
        return Begun(BegunState.AGAIN, approval, place, reason=reason)
    if reason is not None:
        return Begun(BegunState.VOID, approval, place, reason=reason)
    await store.insert(tx, approval_id, place, now)
    return Begun(BegunState.NEW, approval, place)


async def finish(
    tx: Transaction, key: DataKey, approval: Approval, outcome: Outcome, *, now: datetime, summary: str | None = None
) -> bool:
    """Keep what the bank's system did, or refused to do. `summary` is the receipt; else the outcome's own detail.

    False when an outcome was kept before, which then stands. Raises `ValueError` for what was never begun.
    """
    state = EffectState.DONE if outcome.ok else EffectState.REFUSED
    sealed = _sealed(tx.principal.tenant, key, approval.id, outcome)
    result = CallResult(outcome.ok, outcome.result, outcome.detail if summary is None else summary)
    return await _end(tx, key, approval, state, sealed, result, now)


async def give_up(tx: Transaction, key: DataKey, approval: Approval, *, now: datetime) -> bool:
    """Keep that nobody can tell whether it was done. False when an outcome was kept before, which then stands."""
    return await _end(tx, key, approval, EffectState.UNKNOWN, None, CallResult(False, None, GIVEN_UP), now)


async def void(
    tx: Transaction, key: DataKey, approval: Approval, why: str, now: datetime, *, asked: bool = False
) -> bool:
    """End a request of which nothing was done. False where it has ended before, and where it was begun: then it may
    have been done, and only after the bank's system was asked and knew of nothing (`asked`), or in the transaction
    that began it, may it be called void. Record and show a void only where this is True.

    Where `begin` said `void`, call this in the same transaction.
    """
    if approval.state not in (ApprovalState.PENDING, ApprovalState.APPROVED):
        return False
    if not asked and await store.effect(tx, approval.id) is not None:
        return False
    if not await approvals.move(tx, approval.id, approval.state.value, ApprovalState.VOIDED.value, now):
        return False
    sealed = _sealed(tx.principal.tenant, key, approval.id, Outcome(ok=False, result=None, detail=why))
    await store.finish(tx, approval.id, EffectState.REFUSED.value, sealed, now)
    await keep_result(tx, key, approval.call_id, CallResult(False, None, why), now)
    return True


async def abandon(tx: Transaction, key: DataKey, approval: Approval, why: str, now: datetime) -> EffectState | None:
    """End the request of a run that ends without it: `refused` where nothing was done, so that it is void; `unknown`
    where it was begun and is given up; None where it has ended before."""
    if await void(tx, key, approval, why, now):
        return EffectState.REFUSED
    effect = await store.effect(tx, approval.id)
    if effect is None or effect["state"] != EffectState.STARTED:
        return None
    return EffectState.UNKNOWN if await give_up(tx, key, approval, now=now) else None


async def _end(
    tx: Transaction,
    key: DataKey,
    approval: Approval,
    state: EffectState,
    sealed: bytes | None,
    result: CallResult,
    now: datetime,
) -> bool:
    if not await store.finish(tx, approval.id, state.value, sealed, now):
        if await store.effect(tx, approval.id) is None:
            raise ValueError(f"the effect of approval {approval.id} was never begun")
        return False
    end = ApprovalState.EXECUTED if state is EffectState.DONE else ApprovalState.FAILED
    if not await approvals.move(tx, approval.id, ApprovalState.APPROVED.value, end.value, now):
        raise ValueError(f"approval {approval.id} has ended although its effect had not")
    await keep_result(tx, key, approval.call_id, result, now)
    return True


async def _locked(tx: Transaction, key: DataKey, approval_id: UUID) -> Approval:
    row = await approvals.approval(tx, approval_id, lock=True)
    if row is None or not tx.principal.is_system:  # a maker sees her request's row, but not who signed it
        raise NotFound("There is no such request.")
    approval = closed(row)
    content = open_content(key, bytes(row["sealed"]), approval_context(tx.principal.tenant, approval))
    marks = [
        SignatureMark(mark["person_id"], mark["decision"], None, mark["at"])
        for mark in await approvals.signatures(tx, [approval_id])
    ]
    return replace(approval, **content, signatures=tuple(marks))


def _sealed(tenant: str, key: DataKey, approval_id: UUID, outcome: Outcome) -> bytes:
    return key.seal(orjson.dumps(asdict(outcome)), _context(tenant, approval_id))


def _outcome(tenant: str, key: DataKey, approval_id: UUID, sealed: bytes | None) -> Outcome | None:
    if sealed is None:
        return None
    return Outcome(**orjson.loads(key.open(bytes(sealed), _context(tenant, approval_id))))


def _context(tenant: str, approval_id: UUID) -> str:
    return f"effect|{tenant}|{approval_id}"
