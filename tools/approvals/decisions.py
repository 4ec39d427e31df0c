"""Decide a request: whoever is first, with today's rights, about exactly the call that was looked at."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from core.clock import Clock
from core.crypto import DataKey, Keyring
from core.database import Database, Transaction
from core.errors import Conflict, Gone, NotFound, ProblemError
from core.principal import Principal
from runs.models import Run
from runs.sealing import open_thread_key
from runs.subjects import keep_subjects
from tools.approvals import reading, signing, store
from tools.approvals.checks import Asked, check
from tools.approvals.closing import carry_out, expiry, withdrawal
from tools.approvals.limits import APPROVAL_LIMITS
from tools.approvals.models import Approval, ApprovalState, Choice, Row
from tools.approvals.reasons import BEING_DONE, DECIDED, EXPIRED, NO_SUCH, STOPPED
from tools.approvals.rights import by_both, may_see
from tools.approvals.signing import Held, Resume, ScheduleExpiry
from tools.calls.subjects import subjects
from tools.catalogue.models import Catalogue


@dataclass(frozen=True, slots=True)
class Decisions:
    """The one door through which a request leaves `pending`."""

    database: Database
    keyring: Keyring
    catalogue: Catalogue
    clock: Clock
    resume: Resume
    schedule_expiry: ScheduleExpiry

    async def decide(
        self,
        principal: Principal,
        approval_id: UUID,
        decision: Choice,
        digest: str,
        *,
        reason: str | None = None,
        args: Mapping[str, Any] | None = None,
    ) -> Approval:
        """The request as it is then; after an edit the new one. All in one transaction, or nothing.

        Raises, in this order: `NotFound` for who neither asked for it nor could ever sign it, `Conflict` once it is
        decided, `Gone` once it is expired, `PreconditionFailed` when the digest is another call's, `Forbidden` for
        one's own request and without right or limit, `Conflict` for who has signed it already, `Unprocessable` for a
        rejection without a reason and an invalid edit.
        """
        asked = Asked(decision, digest, (reason or "").strip() or None, args)
        async with self.database.transaction(Principal.system(principal.tenant)) as tx:
            held = await self._hold_for(tx, principal, approval_id)
            outcome = await self._too_late(held) or await self._decide(held, asked)
        if isinstance(outcome, ProblemError):
            raise outcome  # only now: that it expired was to be committed
        return outcome

    async def expire(self, tenant: str, approval_id: UUID) -> None:
        """Close a request that nobody decided in time, and end its run. Does nothing to any other; called too early,
        by a clock ahead of ours, it asks to be called again."""
        async with self.database.transaction(Principal.system(tenant)) as tx:
            rows = await _lock(tx, approval_id)
            if rows is None or rows[0]["state"] != ApprovalState.PENDING:
                return
            row, run = rows
            approval, now = reading.closed(row), self.clock.now()
            if now < approval.expires_at:
                await self.schedule_expiry(tx, approval_id, approval.expires_at + APPROVAL_LIMITS.expiry_grace)
            elif run["finished"]:
                await carry_out(tx, None, approval, replace(expiry(tenant), ends=None), now)
            else:
                await carry_out(tx, self._key(tx, row), approval, expiry(tenant), now)

    async def withdraw(self, tx: Transaction, run: Run, key: DataKey, actor: str, now: datetime) -> bool:
        """The maker stops her run: True when its request was still undecided and is withdrawn, and the run finished as
        cancelled; False when it waits for none. `tx` is the system's. Raises `Conflict` once it is approved."""
        held = await store.hold_run(tx, run.id)
        row = await store.latest_of_run(tx, run.id, lock=True)
        if held is None or row is None or held["finished"]:
            return False
        if row["state"] == ApprovalState.APPROVED:
            raise Conflict(BEING_DONE)
        if row["state"] != ApprovalState.PENDING:
            return False
        if actor != held["person_id"]:
            raise NotFound(NO_SUCH)
        maker = await reading.signer_today(tx, Principal(tx.principal.tenant, actor))
        await carry_out(tx, key, reading.closed(row), withdrawal(maker.principal), now)
        return True

    async def _hold_for(self, tx: Transaction, principal: Principal, approval_id: UUID) -> Held:
        """The request locked and opened, for who may see it. Others neither wait for it nor keep anybody waiting."""
        known = await store.approval(tx, approval_id)
        if known is None or not may_see(reading.closed(known), (await reading.signer_today(tx, principal)).principal):
            raise NotFound(NO_SUCH)
        decided = _decided(known)
        if decided is not None:
            raise decided  # no state comes twice, so there is nothing to wait for
        rows = await _lock(tx, approval_id)
        noted = await reading.signer_today(tx, principal)  # again: the wait for the lock may have been long
        if rows is None or not may_see(reading.closed(rows[0]), noted.principal):
            raise NotFound(NO_SUCH)
        row, run = rows
        decided = _decided(row)
        if decided is not None:
            raise decided
        (approval,) = await reading.opened(tx, self.keyring, [row])
        key = open_thread_key(self.keyring, principal.tenant, approval.thread_id, row["wrapped"])
        return Held(tx, approval, key, by_both(principal, noted), run, self.clock.now())

    async def _too_late(self, held: Held) -> ProblemError | None:
        """Why it can't be signed any more. What that changes is to be committed, so it is returned, not raised."""
        approval, tenant = held.approval, held.tx.principal.tenant
        if held.run["finished"]:
            await carry_out(held.tx, None, approval, withdrawal(held.tx.principal, ends=False), held.now)
            return Conflict(STOPPED)
        if held.run["stop"]:
            maker = await reading.signer_today(held.tx, Principal(tenant, held.run["person_id"]))
            await carry_out(held.tx, held.key, approval, withdrawal(maker.principal), held.now)
            return Conflict(STOPPED)
        if held.now >= approval.expires_at:
            await carry_out(held.tx, held.key, approval, expiry(tenant), held.now)
            return Gone(EXPIRED)
        return None

    async def _decide(self, held: Held, asked: Asked) -> Approval:
        check(held.approval, asked, held.signer, self.catalogue, held.key)
        if asked.choice == "approve":
            after = await signing.approve(held, asked, self.resume)
        elif asked.choice == "reject":
            after = await signing.reject(held, asked)
        else:
            tool = self.catalogue.tools[held.approval.tool]
            after = await signing.edit(held, asked, tool, self.schedule_expiry)
            about = subjects(tool, asked.args or {})
            await keep_subjects(held.tx, self.keyring, held.approval.run_id, about)
        decided = await reading.load(held.tx, self.keyring, after)
        assert decided is not None, "it was written in this transaction"
        return decided

    def _key(self, tx: Transaction, row: Row) -> DataKey | None:
        """None once the conversation was erased: then nothing can be told, but the request still expires."""
        if row["wrapped"] is None:
            return None
        return open_thread_key(self.keyring, tx.principal.tenant, row["thread_id"], row["wrapped"])


def _decided(row: Row) -> ProblemError | None:
    state = ApprovalState(row["state"])
    if state is ApprovalState.PENDING:
        return None
    return Gone(EXPIRED) if state is ApprovalState.EXPIRED else Conflict(DECIDED[state])


async def _lock(tx: Transaction, approval_id: UUID) -> tuple[Row, Row] | None:
    """The approval and its run as they are now, both locked: the run first, as every writer of runs does."""
    known = await store.approval(tx, approval_id)
    run = None if known is None else await store.hold_run(tx, known["run_id"])
    row = None if run is None else await store.approval(tx, approval_id, lock=True)
    return None if row is None or run is None else (row, run)
