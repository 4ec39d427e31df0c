"""Execute a run: load it under the tenant, drive the graph, and leave it in a terminal state whatever happens."""

import asyncio
from dataclasses import dataclass
from uuid import UUID

from langchain_core.runnables import RunnableConfig

from audit.records import RecordKind
from core.errors import ProblemError, TurnTimedOut, Unavailable
from core.principal import Principal
from core.telemetry import logger
from graph.build import Turn
from graph.context import RunContext, Services
from graph.errors import RunCancelled
from graph.limits import TURN_LIMITS
from graph.serde import SealedSerializer
from graph.state import QuestionState
from graph.store import TenantSaver
from runs import conversations, log, store
from runs.events import Claim, Event, Failed, RunFinished
from runs.models import RunStatus, StoredEvent
from tools.people import directory

_log = logger(__name__)

NOT_SCREENED: QuestionState = {"masked": "", "standalone": "", "suspicious": True}
"""The graph's input: the question itself is read under the thread's key, never from what starts the graph."""


@dataclass(frozen=True, slots=True)
class TurnRunner:
    """Runs turns with one compiled graph; the checkpoints of each are sealed under its thread's key."""

    services: Services
    turn: Turn

    async def run(self, tenant: str, run_id: UUID) -> None:
        """Execute an admitted run to its end; does nothing when it is finished already.

        Raises `Unavailable` while the database can't be reached, for the queue to try again. Every other end,
        also a defect of ours, is recorded and shown.
        """
        ctx = await self._begin(tenant, run_id)
        if ctx is None:
            return
        if ctx.attempt > TURN_LIMITS.attempts:
            await self._end(ctx, RunStatus.FAILED, Failed(problem=_defect().as_problem()))
            return
        try:
            async with asyncio.timeout(TURN_LIMITS.wall_s):
                await self._drive(ctx)
        except RunCancelled:
            await self._end(ctx, RunStatus.CANCELLED)
        except TimeoutError:
            await self._end(ctx, RunStatus.BUDGET_EXCEEDED, _took_too_long())
        except Unavailable:
            raise
        except ProblemError as error:
            await self._end(ctx, RunStatus.FAILED, Failed(problem=error.as_problem()))
        except Exception:  # noqa: BLE001 -- the outermost boundary of a turn: a defect ends the run, visibly
            _log.exception("turn.failed", run_id=str(run_id))
            await self._end(ctx, RunStatus.FAILED, Failed(problem=_defect().as_problem()))

    async def _begin(self, tenant: str, run_id: UUID) -> RunContext | None:
        """Load what the run needs and count the attempt, in one transaction."""
        services = self.services
        async with services.database.transaction(Principal.system(tenant)) as tx:
            run, key = await conversations.get_run(tx, services.keyring, run_id)
            started = await store.start_run(tx, run_id, services.clock.now())
            if started is None:
                return None
            principal = await directory.load(tx, run.person)
            attempts = started["attempts"]
            shown = _shown(await log.read(tx, key, run_id)) if attempts > 1 else ()
            history = await conversations.history(tx, key, run.thread_id, run.created_at)
        return RunContext(services, run, principal, key, history, attempts, shown)

    async def _drive(self, ctx: RunContext) -> None:
        saver = TenantSaver(
            self.services.database, ctx.system, SealedSerializer(ctx.key, ctx.principal.tenant, ctx.run.id)
        )
        config: RunnableConfig = {
            "configurable": {"thread_id": str(ctx.run.id)},
            "recursion_limit": TURN_LIMITS.recursion,
        }
        turn = self.turn.copy({"checkpointer": saver})
        await turn.ainvoke(  # pyright: ignore[reportUnknownMemberType] -- its Command is unparametrised
            {"question": NOT_SCREENED}, config, context=ctx, durability="exit"
        )

    async def _end(self, ctx: RunContext, status: RunStatus, *events: Event) -> None:
        """Finish a run that its own `record` node won't finish."""
        ctx.discard()
        for event in (*events, RunFinished(status=status)):
            ctx.emit(event)
        code = events[0].problem["code"] if events and isinstance(events[0], Failed) else ""
        ctx.record(RecordKind.RUN_FINISHED, "finish", {"status": status.value, "code": code})
        async with self.services.database.transaction(ctx.system) as tx:
            if await store.finish_run(tx, ctx.run.id, status.value, {}, ctx.now()):
                await ctx.commit_into(tx, "finish")


def _shown(events: list[StoredEvent]) -> tuple[Claim, ...]:
    """The claims that an interrupted execution released."""
    return tuple(Claim.model_validate(event.data) for event in events if event.kind == "claim")


def _took_too_long() -> Failed:
    detail = "The answer took too long and was stopped. Ask again, perhaps more precisely."
    return Failed(problem=TurnTimedOut(detail).as_problem())


def _defect() -> ProblemError:
    return ProblemError("The answer failed on our side and was recorded. Try again; tell support if it goes on.")
