"""Calls of one run: planned, decided by code, kept, then read at once or proposed for a signature.

Every call is kept before anything follows from it, so an execution that begins again after a crash finds the calls
here and neither plans nor shows one twice.
"""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from audit.records import RecordKind
from core.canonical import NotCanonical, canonical_json, digest
from core.database import Transaction
from gateway.planning.ports import PlannedCall
from graph import inputs, receipts
from graph.context import RunContext
from graph.errors import BankSystemDown
from graph.guarded import note
from graph.limits import ACTING_LIMITS
from graph.planning import next_plan
from graph.state import OutcomeState
from guardrails.case_data import known_from
from guardrails.fail_closed import GuardUnavailable
from guardrails.filling import Misplaced
from guardrails.reasons import EXPLANATIONS, ReasonCode
from runs.events import ArgumentView, ToolProposed, ToolResult
from runs.subjects import keep_subjects
from tools import policy
from tools.approvals.requests import open_approval, requested_entry, required_event
from tools.approvals.store import open_of
from tools.calls.calls import CallResult, KeptCall, calls_of_run, keep_call, keep_result
from tools.calls.subjects import subjects
from tools.catalogue.models import Tool
from tools.connector.ports import Acting, ToolRefused, ToolUnavailable
from tools.models import Call, Effect, Proposal
from tools.rendering import render
from tools.stops.switch import stopped_by


@dataclass(frozen=True, slots=True)
class Step:
    """Where the loop stands: the call that waits for a signature, or how the turn ends."""

    waiting: UUID | None = None
    outcome: OutcomeState = field(default_factory=lambda: OutcomeState(kind="refused", event={}))


class _Held(Exception):
    """What was about to be read or proposed may not be at present: a stop, or too many requests that wait."""

    def __init__(self, code: ReasonCode) -> None:
        super().__init__(code.value)
        self.code = code


@dataclass(slots=True)
class CallLoop:
    """The loop over the calls of one run. `request` is what is to be done, in the person's own words."""

    ctx: RunContext
    request: str
    only_reads: bool = False
    kept: list[KeptCall] = field(default_factory=list[KeptCall])

    async def advance(self) -> Step:
        """Plan and read until a write waits for its signature or nothing is left to do."""
        ctx = self.ctx
        async with ctx.outside.transaction() as tx:
            calls = await ctx.outside.ask("calls", inputs.CALLS, lambda: calls_of_run(tx, ctx.key, ctx.run.id))
        self.kept = list(calls)
        try:
            return await self._to_rest()
        except NotCanonical:  # a model's numbers can be ones that no two readers write the same way
            return Step(outcome=self._ended(ReasonCode.NO_TOOL_FITS))
        except Misplaced:
            return Step(outcome=self._ended(ReasonCode.PLACEHOLDER_MISPLACED))
        except _Held as held:
            return Step(outcome=self._ended(held.code))
        except GuardUnavailable as failed:  # what was done before is told; nothing more is
            note(ctx, failed)
            return Step(outcome=self._ended(ReasonCode.GUARD_UNAVAILABLE))

    async def _to_rest(self) -> Step:
        while True:
            last = self.kept[-1] if self.kept else None
            if last is not None and not last.proposal.decision:
                return Step(outcome=self._denied(last))
            if last is not None and last.result is None:
                if last.effect is Effect.WRITE:
                    return Step(waiting=last.proposal.call_id)
                await self._read(last.proposal)
                continue
            if last is not None and last.result is not None and not last.result.ok:
                return Step(outcome=self._ended())
            if len(self.kept) >= ACTING_LIMITS.calls:
                return Step(outcome=self._ended(ReasonCode.TOO_MANY_CALLS))
            plan, planned_by = await next_plan(self.ctx, self.request, self.kept, by_rules=self.only_reads)
            if not plan.calls:
                return Step(outcome=self._ended(missing=plan.missing))
            planned = plan.calls[0]
            if self._is_repeated(planned):
                return Step(outcome=self._ended(ReasonCode.CALL_REPEATED))
            await self._keep(planned, planned_by)

    def _is_repeated(self, planned: PlannedCall) -> bool:
        wanted = digest([planned.tool, dict(planned.args)])
        return any(digest([k.proposal.call.tool, dict(k.proposal.call.args)]) == wanted for k in self.kept)

    async def _keep(self, planned: PlannedCall, planned_by: str) -> None:
        """Decide a call and keep it; a write is proposed for its signature in the same transaction."""
        ctx, catalogue = self.ctx, self.ctx.acting.catalogue
        call = Call(planned.tool, planned.args)
        words = [*(exchange.question for exchange in ctx.history), ctx.run.question.text]
        past = [kept.as_past() for kept in self.kept if kept.result is not None and kept.result.ok]
        decision = policy.decide(catalogue, call, principal=ctx.principal, words=words, past=past)
        proposal = Proposal(ctx.new_id(), ctx.run.id, len(self.kept) + 1, call, decision)
        tool = catalogue.get(call.tool)
        effect = Effect.READ if tool is None else tool.effect
        if self.only_reads and effect is Effect.WRITE:
            raise _Held(ReasonCode.TOOLS_SUSPENDED)
        self._record(proposal, planned_by)
        if tool is not None and decision:
            self._show(proposal, tool)

        async def write_down(tx: Transaction) -> None:
            now = ctx.now()
            await ctx.outside.leave(lambda: keep_call(tx, ctx.key, proposal, effect, now))
            if tool is not None and decision and effect is Effect.WRITE:
                await self._propose(tx, proposal, tool)

        await ctx.flush(f"call:{proposal.ordinal}", write_down)
        self.kept.append(KeptCall(proposal, effect, None))

    async def _propose(self, tx: Transaction, proposal: Proposal, tool: Tool) -> None:
        """Ask for the signature: the approval, its event and record, and the job that lets it expire."""
        ctx = self.ctx
        now = ctx.now()
        held = await ctx.outside.ask("held", inputs.MAYBE_REASON, lambda: _held_by(ctx, tx, tool, now))
        if held is not None:
            ctx.discard()
            raise _Held(held)
        approval_id = ctx.new_id()
        approval = await ctx.outside.ask(
            "approval",
            inputs.APPROVAL,
            lambda: open_approval(
                tx,
                ctx.key,
                ctx.acting.catalogue,
                proposal,
                approval_id=approval_id,
                thread_id=ctx.run.thread_id,
                maker=ctx.principal.person,
                request=self.request,
                now=now,
            ),
        )
        ctx.emit(required_event(approval, tool))
        ctx.enter(requested_entry(approval))
        await ctx.outside.leave(lambda: ctx.acting.schedule_expiry(tx, approval.id, approval.expires_at))
        await ctx.outside.leave(lambda: self._keep_subjects(tx, proposal, tool))

    async def _keep_subjects(self, tx: Transaction, proposal: Proposal, tool: Tool) -> None:
        """Let compliance find the run by the case or customer that it is about."""
        about = subjects(tool, proposal.call.args)
        await keep_subjects(tx, self.ctx.services.keyring, self.ctx.run.id, about)

    async def _read(self, proposal: Proposal) -> None:
        """Execute a read and keep what came back."""
        ctx = self.ctx
        tool = ctx.acting.catalogue.tools[proposal.call.tool]
        result = await self._looked_up(tool, proposal.call)
        ctx.placeholders.learn(known_from(result.result))
        ctx.emit(ToolResult(call_id=proposal.call_id, tool=tool.name, ok=result.ok, summary=result.summary))
        ctx.record(
            RecordKind.TOOL_READ,
            f"call:{proposal.ordinal}:result",
            {"call": str(proposal.call_id), "ok": result.ok, "result": result.commitment(ctx.key)},
        )

        async def keep(tx: Transaction) -> None:
            now = ctx.now()
            await ctx.outside.leave(lambda: keep_result(tx, ctx.key, proposal.call_id, result, now))
            await ctx.outside.leave(lambda: self._keep_subjects(tx, proposal, tool))

        await ctx.flush(f"call:{proposal.ordinal}:result", keep)
        self.kept[-1] = KeptCall(proposal, Effect.READ, result)

    async def _looked_up(self, tool: Tool, call: Call) -> CallResult:
        """What the bank's system says, unless a stop holds readings up too."""
        ctx = self.ctx
        async with ctx.outside.transaction() as tx:
            if await ctx.outside.ask("stopped", inputs.FLAG, lambda: _is_stopped(tx, tool)):
                raise _Held(ReasonCode.TOOLS_STOPPED)
        try:
            found = await ctx.acting.connector.call(tool, call.args, Acting(ctx.principal.tenant, ctx.principal.person))
        except ToolRefused as refused:
            return CallResult(False, None, refused.detail)
        except ToolUnavailable as error:
            raise BankSystemDown(f"{ctx.acting.catalogue.system} does not answer. Try again in a minute.") from error
        return CallResult(True, found, render(tool.receipt, call.args, found))

    def _record(self, proposal: Proposal, planned_by: str) -> None:
        ctx, decision = self.ctx, proposal.decision
        ctx.record(
            RecordKind.TOOL_PROPOSED,
            f"call:{proposal.ordinal}",
            {
                "call": str(proposal.call_id),
                "tool": ctx.key.commit(proposal.call.tool) if decision.code == "unknown_tool" else proposal.call.tool,
                "args": ctx.key.commit(canonical_json(dict(proposal.call.args)).decode()),
                "origins": {argument.name: argument.origin.value for argument in decision.arguments},
                "ruling": decision.ruling.value,
                "signature": None if decision.signature is None else decision.signature.value,
                "code": decision.code,
                "catalogue": ctx.acting.catalogue.version,
                "planned_by": planned_by,
            },
        )

    def _show(self, proposal: Proposal, tool: Tool) -> None:
        self.ctx.emit(
            ToolProposed(
                call_id=proposal.call_id,
                tool=tool.name,
                title=tool.title,
                effect=tool.effect.value,
                args=dict(proposal.call.args),
                arguments=[
                    ArgumentView(
                        name=a.name, label=a.label, text=a.text, origin=a.origin.value, origin_text=a.origin_text
                    )
                    for a in proposal.decision.arguments
                ],
            )
        )

    def _denied(self, call: KeptCall) -> OutcomeState:
        decision = call.proposal.decision
        if receipts.executed(self.kept):
            return receipts.answered(self.ctx, self.kept, f"Nothing else was done. {decision.reason}")
        return receipts.refused_call(decision.code, decision.reason, receipts.CHANGE_IT)

    def _ended(self, code: ReasonCode | None = None, missing: str | None = None) -> OutcomeState:
        """The outcome when no further call comes."""
        done = receipts.executed(self.kept)
        if any(result.ok for _, result in done):
            more = EXPLANATIONS[code].reason if code is not None and code is not ReasonCode.CALL_REPEATED else missing
            return receipts.answered(self.ctx, self.kept, *([more] if more else []))
        if done:
            return receipts.nothing_found(done[-1][1].summary, ReasonCode.TOOL_REFUSED)
        if missing is not None:
            return receipts.nothing_found(missing, ReasonCode.ARGUMENT_MISSING)
        chosen = code or ReasonCode.NO_TOOL_FITS
        return receipts.refused_call(chosen.value, EXPLANATIONS[chosen].reason, EXPLANATIONS[chosen].next_step)


async def _is_stopped(tx: Transaction, tool: Tool) -> bool:
    return await stopped_by(tx, tool) is not None


async def _held_by(ctx: RunContext, tx: Transaction, tool: Tool, now: datetime) -> ReasonCode | None:
    """Why no signature may be asked for at present."""
    if await stopped_by(tx, tool) is not None:
        return ReasonCode.TOOLS_STOPPED
    if await open_of(tx, ctx.principal.person, now) >= ACTING_LIMITS.open_requests:
        return ReasonCode.TOO_MANY_OPEN
    return None
