"""Execute a run: load it under the tenant, drive the graph, and leave it in a terminal state whatever happens."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from uuid import UUID

from langchain_core.runnables import RunnableConfig

from audit import ledger
from audit.records import Entry, RecordKind, thread_stream
from core.crypto import SealBroken
from core.errors import Gone, NotFound, ProblemError, TurnTimedOut, Unavailable
from core.principal import Principal
from core.telemetry import logger
from graph.build import Turn
from graph.context import RunContext, Services
from graph.errors import RunCancelled, RunSuperseded
from graph.limits import TURN_LIMITS
from graph.serde import SealedSerializer
from graph.shown import Shown
from graph.state import QuestionState
from graph.stopping import unless_stopped
from graph.store import TenantSaver
from runs import conversations, log, sealing, store
from runs.events import Event, Failed, RunFinished
from runs.models import RunStatus
from tools.people import directory

_log = logger(__name__)

NOT_SCREENED: QuestionState = {"masked": "", "standalone": "", "suspicious": True, "stranger": False}
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
        try:
            ctx = await self._begin(tenant, run_id)
        except (Unavailable, NotFound):
            raise
        except Exception:  # noqa: BLE001 -- whatever keeps a run from beginning must not leave it waiting for ever
            _log.exception("turn.not_begun", run_id=str(run_id))
            await self._abandon(tenant, run_id)
            return
        if ctx is None:
            return
        if ctx.attempt > TURN_LIMITS.attempts:
            await self._end(ctx, RunStatus.FAILED, Failed(problem=_defect().as_problem()))
            return
        try:
            async with asyncio.timeout(TURN_LIMITS.wall_s):
                await unless_stopped(ctx, self._drive(ctx))
        except RunCancelled:
            await self._end(ctx, RunStatus.CANCELLED)
        except RunSuperseded:
            _log.warning("turn.superseded", run_id=str(run_id), attempt=ctx.attempt)
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
            shown = Shown.of(await log.read(tx, key, run_id)) if attempts > 1 else Shown()
            history = await conversations.history(tx, key, run.thread_id, run.created_at)
        return RunContext(services, run, principal, key, history, attempts, shown)

    async def _drive(self, ctx: RunContext) -> None:
        serde = SealedSerializer(ctx.key, ctx.principal.tenant, ctx.run.id)
        saver = TenantSaver(self.services.database, ctx.system, serde, is_new=True)
        config: RunnableConfig = {
            "configurable": {"thread_id": str(ctx.run.id)},
            "recursion_limit": TURN_LIMITS.recursion,
        }
        if ctx.attempt > 1:
            # What an outage left half-way is not resumed: its events and records were never committed.
            await saver.adelete_thread(str(ctx.run.id))
        turn = self.turn.copy({"checkpointer": saver})
        await turn.ainvoke(  # pyright: ignore[reportUnknownMemberType] -- its Command is unparametrised
            {"question": NOT_SCREENED}, config, context=ctx, durability="exit"
        )

    async def _abandon(self, tenant: str, run_id: UUID) -> None:
        """Fail a run that can't even be begun: its person is unknown, or its texts can't be opened any more."""
        services = self.services
        now = services.clock.now()
        async with services.database.transaction(Principal.system(tenant)) as tx:
            started, row = await store.start_run(tx, run_id, now), await store.run(tx, run_id)
            if started is None or row is None:
                return
            await store.finish_run(tx, run_id, started["attempts"], RunStatus.FAILED.value, {}, now)
            body = {"status": RunStatus.FAILED.value, "code": _defect().code}
            entry = Entry(RecordKind.RUN_FINISHED, f"{run_id}:finish", body, run_id)
            await ledger.append(tx, thread_stream(row["thread_id"]), [entry], actor=row["person_id"], at=now)
            with suppress(Gone, SealBroken):  # without a key nothing can be shown
                key = await sealing.thread_key(tx, services.keyring, row["thread_id"])
                events = [Failed(problem=_defect().as_problem()), RunFinished(status=RunStatus.FAILED)]
                await log.append(tx, key, run_id, "finish", events, now)

    async def _end(self, ctx: RunContext, status: RunStatus, *events: Event) -> None:
        """Finish a run that its own `record` node won't finish."""
        ctx.discard()
        for event in (*events, RunFinished(status=status)):
            ctx.emit(event)
        code = events[0].problem["code"] if events and isinstance(events[0], Failed) else ""
        ctx.record(RecordKind.RUN_FINISHED, "finish", {"status": status.value, "code": code})
        async with self.services.database.transaction(ctx.system) as tx:
            if await store.finish_run(tx, ctx.run.id, ctx.attempt, status.value, {}, ctx.now()):
                await ctx.commit_into(tx, "finish")


def _took_too_long() -> Failed:
    detail = "The answer took too long and was stopped. Ask again, perhaps more precisely."
    return Failed(problem=TurnTimedOut(detail).as_problem())


def _defect() -> ProblemError:
    return ProblemError("The answer failed on our side and was recorded. Try again; tell support if it goes on.")
