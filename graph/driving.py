"""Drive the graph of one run: from its start, or on from where it waits once its approval is signed.

Whether a run may go on is read from the approval itself, never from what woke it; and it goes on by the id of the
interrupt that it waits at. LangGraph's checkpoint says only where.
"""

from typing import Any

from langchain_core.runnables import RunnableConfig
from langgraph.types import Command, Durability, Interrupt

from audit.records import RecordKind
from core.errors import Unavailable
from graph import inputs
from graph.build import Turn
from graph.context import RunContext
from graph.errors import RunCancelled
from graph.limits import TURN_LIMITS
from graph.state import ActingState, QuestionState
from guardrails.risk import Kind, Risk
from runs import store
from runs.events import RunPaused
from tools.approvals.models import Approval, ApprovalState
from tools.approvals.reading import latest_of_run

NOT_SCREENED: QuestionState = {
    "text": "",
    "masked": "",
    "standalone": "",
    "suspicious": True,
    "stranger": False,
    "kind": Kind.POLICY_QUESTION.value,
    "risk": Risk.HIGH.value,
}
"""The graph's input: the question itself is read under the thread's key, never from what starts the graph."""


class Drive:
    """One execution of a run over the compiled graph; its checkpoints are sealed under the thread's key."""

    def __init__(self, ctx: RunContext, turn: Turn) -> None:
        self._ctx = ctx
        self._saver = ctx.outside.saver()
        self._found: tuple[Interrupt, ...] = ()
        self._turn = turn.copy({"checkpointer": self._saver})
        self._config: RunnableConfig = {
            "configurable": {"thread_id": str(ctx.run.id)},
            "recursion_limit": TURN_LIMITS.recursion,
        }

    async def to_rest(self) -> None:
        """Until the run has its outcome or waits for a signature."""
        waiting = await self._take_up()
        while waiting is not None:
            signed = await self._signed_or_paused()
            if signed is None:
                return
            answer = {"approval_id": str(signed.id), "digest": signed.digest}
            waiting = await self._invoke(Command(resume={waiting.id: answer}), "sync")
        if self._ctx.attempt > 1 and not await self._is_over():
            # An execution that was taken for dead went on at the same checkpoint meanwhile, and has stopped since.
            raise Unavailable("The run is not over, although its graph is.")

    async def _is_over(self) -> bool:
        ctx = self._ctx
        async with ctx.outside.transaction() as tx:
            return await ctx.outside.ask("over", inputs.FLAG, lambda: store.is_finished(tx, ctx.run.id))

    async def _take_up(self) -> Interrupt | None:
        """Begin, or take up what an earlier execution left: at its interrupt, or after its last checkpoint. What has
        none begins anew: events, records and calls are kept by step, so nothing of it comes twice."""
        if self._ctx.attempt > 1:
            left = await self._ctx.outside.ask("left", inputs.LEFT, self._left)
            self._ctx.outside.take_up(left)
            if left.interrupted:
                # Not read again where it was just read: one taken for dead may have gone on from there meanwhile.
                return (self._found or (await self._turn.aget_state(self._config)).interrupts)[0]
            if left.step is not None:
                return await self._invoke(None, "sync")
            await self._saver.adelete_thread(str(self._ctx.run.id))
        return await self._invoke({"question": NOT_SCREENED}, "exit")

    async def _left(self) -> inputs.Left:
        """Where the last checkpoint is. One from before anything was signed may be of an execution that kept nothing
        of what led there, so what has only that begins anew."""
        state = await self._turn.aget_state(self._config)
        self._found = state.interrupts
        acting: ActingState | None = state.values.get("acting")
        was_signed = acting is not None and bool(acting["approval_id"] or acting["performed"])
        goes_on = bool(state.next) and was_signed and not state.interrupts
        step = (state.metadata or {}).get("step") if goes_on else None
        return inputs.Left(bool(state.interrupts), step)

    async def _invoke(self, start: Any, durability: Durability) -> Interrupt | None:
        """Run the graph; the interrupt that it waits at, or None at its end."""
        self._ctx.outside.sets_out(by_step=durability == "sync")
        state = await self._turn.ainvoke(  # pyright: ignore[reportUnknownMemberType] -- its Command is unparametrised
            start, self._config, context=self._ctx, durability=durability
        )
        self._ctx.outside.rested()
        interrupts: list[Interrupt] = state.get("__interrupt__", [])
        return interrupts[0] if interrupts else None

    async def _signed_or_paused(self) -> Approval | None:
        """The approval where it is signed already; else the run now waits for it, and None."""
        ctx = self._ctx
        async with ctx.outside.transaction() as tx:
            if await ctx.hold(tx):
                raise RunCancelled
            approval = await ctx.outside.ask(
                "latest", inputs.MAYBE_APPROVAL, lambda: latest_of_run(tx, ctx.services.keyring, ctx.run.id)
            )
            if approval is None:
                raise RuntimeError("a run waits for an approval that does not exist")
            if approval.state is ApprovalState.APPROVED:
                ctx.record(RecordKind.RUN_RESUMED, f"resume:{approval.id}", {"approval": str(approval.id)})
                await ctx.commit_into(tx, f"resume:{approval.id}")
                return approval
            ctx.emit(RunPaused(approval_id=approval.id))
            ctx.record(RecordKind.RUN_PAUSED, f"pause:{approval.call_id}", {"approval": str(approval.id)})
            await ctx.commit_into(tx, f"pause:{approval.call_id}")
            await ctx.outside.leave(lambda: store.pause_run(tx, ctx.run.id, ctx.attempt))
        return None
