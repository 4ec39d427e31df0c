"""Execute one signed call, at most once and never lost, whatever process dies at whatever moment.

Begin, effect and finish are three steps. What begins is kept with its idempotency key before anything is sent; the
bank's system answers the same key with the same reply; so an execution that begins again sends nothing new.
"""

import asyncio
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import stamina

from audit.records import RecordKind
from core.database import Transaction
from graph import inputs
from graph.context import RunContext
from graph.errors import EffectUnknown, RunCancelled, SignatureVoid
from graph.limits import ACTING_LIMITS
from runs.events import ApprovalDecided, ToolResult
from tools.approvals import store as approvals
from tools.approvals.models import Approval, ApprovalState
from tools.approvals.reading import closed, latest_of_run
from tools.approvals.requests import subject
from tools.calls.calls import CallResult
from tools.connector.ports import Acting, Outcome, ToolRefused, ToolUnavailable
from tools.effects import execution
from tools.effects import store as effects
from tools.effects.models import Begun, BegunState, EffectState, VoidReason
from tools.rendering import render

DONE = "Done: {what}."
ENDED = "The request ended before it was carried out, so nothing was done."
STOPPED_BY_MAKER = "It was stopped before it was carried out, so nothing was done."


@dataclass(slots=True)
class Performance:
    """The execution of the approval that was signed under this digest."""

    ctx: RunContext
    approval_id: UUID
    digest: str

    async def execute(self) -> None:
        """Carry it out and keep what came of it. Raises `Unavailable` to be executed again later, `ToolRefused` when
        the bank's system declined, `SignatureVoid` or `RunCancelled` when nothing may be done any more, and
        `EffectUnknown` once nobody could find out for too long."""
        begun = await self._begin()
        outcome = begun.outcome
        if begun.state is not BegunState.FINISHED:
            self.ctx.effect_open = True
            try:
                outcome = await (self._learn(begun) if begun.reason else self._send(begun))
            except ToolUnavailable:
                if not self._is_too_late(begun.approval):
                    raise
                outcome = None
            await self._finish(begun.approval, outcome)
            self.ctx.effect_open = False
        if outcome is None:
            raise EffectUnknown(execution.GIVEN_UP)
        if not outcome.ok:
            raise ToolRefused(outcome.detail)

    async def _begin(self) -> Begun:
        """Take the approval up under its lock; what may not be executed any more is voided in the same transaction."""
        ctx = self.ctx
        async with ctx.outside.transaction() as tx:
            asked_to_stop = await ctx.hold(tx)
            now = ctx.now()
            begun = await ctx.outside.ask(
                "begun",
                inputs.BEGUN,
                lambda: execution.begin(tx, ctx.key, ctx.acting.catalogue, self.approval_id, now=now),
            )
            is_new = begun.state is BegunState.NEW
            why = begun.why if begun.state is BegunState.VOID else None
            if is_new and asked_to_stop:
                why = STOPPED_BY_MAKER
            elif is_new and begun.approval.digest != self.digest:
                why = VoidReason.ALTERED.sentence
            if why is not None:
                await self._void(tx, begun.approval, why)
            elif is_new:
                ctx.record(RecordKind.EFFECT_STARTED, self._step("started"), dict(subject(begun.approval)))
                await ctx.commit_into(tx, self._step("started"))
        if why is not None:
            raise RunCancelled if asked_to_stop else SignatureVoid(why)
        return begun

    async def _send(self, begun: Begun) -> Outcome:
        """What the bank's system says to the signed call. Raises `ToolUnavailable` while it says nothing."""
        ctx, approval = self.ctx, begun.approval
        tool = ctx.acting.catalogue.tools[approval.tool]

        async def send() -> Any:
            await self._still_ours()
            return await ctx.acting.connector.call(
                tool, approval.call.args, self._acting(approval), idempotency_key=begun.key
            )

        tries = stamina.AsyncRetryingCaller(
            attempts=ACTING_LIMITS.write_tries,
            wait_initial=ACTING_LIMITS.write_wait_s,
            wait_jitter=ACTING_LIMITS.write_jitter_s,
            timeout=None,
        )
        try:
            result: Any = await tries(ToolUnavailable, send)
        except ToolRefused as refused:
            return Outcome(ok=False, result=None, detail=refused.detail)
        return Outcome(ok=True, result=result, detail="")

    async def _still_ours(self) -> None:
        """Before each sending: whoever took this execution for dead counts from then on when nothing can come of
        what it sent, so it sends nothing more. Raises `RunSuperseded`."""
        async with self.ctx.outside.transaction() as tx:
            await self.ctx.hold(tx)

    async def _learn(self, begun: Begun) -> Outcome:
        """It was begun and something speaks against it since: what the bank's system did, and else it is void. An
        earlier execution may have sent it just before it died, so nothing is void before that has settled."""
        ctx = self.ctx
        for wait in (0.0, ACTING_LIMITS.settled_after_s):
            await asyncio.sleep(wait)
            outcome = await ctx.acting.connector.outcome(begun.key, self._acting(begun.approval))
            if outcome is not None:
                return outcome
        why = begun.why or VoidReason.NOT_APPROVED.sentence
        async with ctx.outside.transaction() as tx:
            await ctx.hold(tx)
            await self._void(tx, begun.approval, why)
        ctx.effect_open = False
        raise SignatureVoid(why)

    async def _finish(self, approval: Approval, outcome: Outcome | None) -> None:
        """Keep what came of it, with its event and its record; None: nobody could find out."""
        ctx = self.ctx
        now = ctx.now()
        async with ctx.outside.transaction() as tx:
            await ctx.hold(tx)
            if outcome is None:
                await ctx.outside.leave(lambda: execution.give_up(tx, ctx.key, approval, now=now))
                kind, summary = RecordKind.EFFECT_UNKNOWN, execution.GIVEN_UP
            else:
                kind = RecordKind.EFFECT_DONE if outcome.ok else RecordKind.EFFECT_REFUSED
                summary = self._receipt(approval, outcome) if outcome.ok else outcome.detail
                receipt, done = summary, outcome
                await ctx.outside.leave(lambda: execution.finish(tx, ctx.key, approval, done, summary=receipt, now=now))
            is_done = outcome is not None and outcome.ok
            ctx.emit(ToolResult(call_id=approval.call_id, tool=approval.tool, ok=is_done, summary=summary))
            told = CallResult(is_done, None if outcome is None else outcome.result, summary)
            body = {**subject(approval), "result": told.commitment(ctx.key)}
            ctx.record(kind, self._step("finished"), body)
            await ctx.commit_into(tx, self._step("finished"))

    def _receipt(self, approval: Approval, outcome: Outcome) -> str:
        """In the catalogue's words; its tool may be gone since the write was begun, and it was done all the same."""
        tool = self.ctx.acting.catalogue.get(approval.tool)
        if tool is None:
            return DONE.format(what=approval.summary)
        return render(tool.receipt, approval.call.args, outcome.result)

    async def _void(self, tx: Transaction, approval: Approval, why: str) -> None:
        """Nothing was done and nothing will be: the signature is void, and everybody can see why."""
        await void(tx, self.ctx, approval, why)
        await self.ctx.commit_into(tx, self._step("void"))

    def _is_too_late(self, approval: Approval) -> bool:
        return self.ctx.now() - signed_at(approval) > ACTING_LIMITS.write_for

    def _acting(self, approval: Approval) -> Acting:
        return Acting(self.ctx.principal.tenant, approval.maker, approval.approvers)

    def _step(self, name: str) -> str:
        return f"effect:{self.approval_id}:{name}"


async def void(tx: Transaction, ctx: RunContext, approval: Approval, why: str) -> None:
    """End an approval of which nothing was done, as the caller knows, with the event and the record of it in `ctx`."""
    now = ctx.now()
    if await ctx.outside.ask("void", inputs.FLAG, lambda: execution.void(tx, ctx.key, approval, why, now, asked=True)):
        _tell_void(ctx, approval, why)


async def abandon_open(tx: Transaction, ctx: RunContext, why: str) -> None:
    """Close what a run leaves behind that ends by itself, so that nobody signs what will not happen; also one that was
    altered in the database, so that it opens no more."""
    now = ctx.now()
    ended = await ctx.outside.ask("abandoned", inputs.MAYBE_ENDED, lambda: _abandoned(tx, ctx, why, now))
    if ended is not None and ended.state is EffectState.REFUSED:
        _tell_void(ctx, ended.approval, why)
    elif ended is not None:
        approval = ended.approval
        ctx.record(RecordKind.EFFECT_UNKNOWN, f"effect:{approval.id}:finished", dict(subject(approval)))


async def _abandoned(tx: Transaction, ctx: RunContext, why: str, now: datetime) -> inputs.Ended | None:
    row = await approvals.latest_of_run(tx, ctx.run.id, lock=True)
    if row is None:
        return None
    state = await execution.abandon(tx, ctx.key, closed(row), why, now)
    return None if state is None else inputs.Ended(closed(row), state)


async def close_unread(tx: Transaction, run_id: UUID, now: datetime) -> None:
    """Close the approval of a run whose texts can't be opened any more: void, or given up where it was begun."""
    row = await approvals.latest_of_run(tx, run_id, lock=True)
    if row is None or row["state"] not in (ApprovalState.PENDING, ApprovalState.APPROVED):
        return
    was_begun = await effects.finish(tx, row["id"], EffectState.UNKNOWN.value, None, now)
    ended = ApprovalState.FAILED if was_begun else ApprovalState.VOIDED
    await approvals.move(tx, row["id"], row["state"], ended.value, now)


def _tell_void(ctx: RunContext, approval: Approval, why: str) -> None:
    ctx.emit(
        ApprovalDecided(
            approval_id=approval.id,
            decision="void",
            decided_by=ctx.system.person,
            decided_by_name=ctx.system.name,
            done=True,
            reason=why,
        )
    )
    body = {**subject(approval), "why": ctx.key.commit(why)}
    ctx.record(RecordKind.APPROVAL_VOIDED, f"approval:{approval.id}:void", body)


async def is_signed(ctx: RunContext) -> bool:
    """Whether the run has a signed call that is still to be carried out, or to be found out about, in time."""
    async with ctx.outside.transaction() as tx:
        approval = await ctx.outside.ask(
            "latest", inputs.MAYBE_APPROVAL, lambda: latest_of_run(tx, ctx.services.keyring, ctx.run.id)
        )
    if approval is None or approval.state is not ApprovalState.APPROVED:
        return False
    return ctx.now() - signed_at(approval) <= ACTING_LIMITS.write_for


def signed_at(approval: Approval) -> datetime:
    """When the last signature was given."""
    return max(mark.at for mark in approval.signatures)
