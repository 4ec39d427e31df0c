"""Execute a run: load it under the tenant, drive the graph, and leave it in a terminal state whatever happens."""

from contextlib import suppress
from dataclasses import dataclass
from uuid import UUID

from audit import ledger
from audit.records import Entry, RecordKind, thread_stream
from core.crypto import DataKey, SealBroken
from core.database import Transaction
from core.errors import Gone, NotFound, ProblemError, TurnTimedOut, Unavailable
from core.principal import Principal
from core.telemetry import logger
from graph import guarded
from graph.beginning import beginning, versions
from graph.build import Turn
from graph.context import RunContext, Services
from graph.driving import Drive
from graph.errors import EvidenceChanged, RunCancelled, RunSuperseded
from graph.inputs import Beginning
from graph.limits import TURN_LIMITS
from graph.outside import FINISH, World
from graph.performing import ENDED, abandon_open, close_unread, is_signed
from graph.shown import Shown
from graph.stopping import until_stopped
from guardrails.fail_closed import GuardUnavailable
from guardrails.personal_data import Mask, PersonalDataKind
from guardrails.reasons import ReasonCode
from guardrails.verdict import refuse
from runs import conversations, log, sealing, store
from runs.events import Abstained, Event, Failed, Refused, RunFinished
from runs.masks.keeping import kept
from runs.models import RunStatus
from tools.people import directory

_log = logger(__name__)


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
        if ctx is not None:
            await self.execute(ctx)

    async def execute(self, ctx: RunContext) -> None:
        """Execute the run of a context to its end, or until it waits for a person."""
        run_id = ctx.run.id
        try:
            if ctx.tries > TURN_LIMITS.attempts and not await is_signed(ctx):
                raise _defect()
            if ctx.is_stopped:
                raise RunCancelled
            await ctx.outside.watched(Drive(ctx, self.turn).to_rest(), lambda: until_stopped(ctx))
        except RunCancelled:
            await self._end(ctx, RunStatus.CANCELLED)
        except EvidenceChanged:
            await self._end(ctx, RunStatus.ABSTAINED, _evidence_changed(ctx))
        except GuardUnavailable as failed:
            await _may_end(ctx)
            await self._end_without(ctx, failed)
        except RunSuperseded:
            _log.warning("turn.superseded", run_id=str(run_id), attempt=ctx.attempt)
        except TimeoutError:
            await _may_end(ctx)
            await self._end(ctx, RunStatus.BUDGET_EXCEEDED, _took_too_long())
        except Unavailable:
            raise
        except ProblemError as error:
            await self._end(ctx, RunStatus.FAILED, Failed(problem=error.as_problem()))
        except Exception:  # noqa: BLE001 -- the outermost boundary of a turn: a defect ends the run, visibly
            _log.exception("turn.failed", run_id=str(run_id))
            await _may_end(ctx)
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
            tries = attempts - started["attempts_from"]
            shown = Shown.of(await log.read(tx, key, run_id)) if attempts > 1 else Shown()
            history = await conversations.history(tx, key, run.thread_id, run.created_at) if started["follows"] else ()
            masks = await _masks(tx, key, run.thread_id) if started["follows"] or attempts > 1 else ()
        outside = World(services.database, Principal.system(tenant), run, key, attempts)
        is_stopped = attempts == 1 and started["cancel_requested_at"] is not None
        start = Beginning(run, principal, history, attempts, tries, shown, versions(services), is_stopped, masks)
        return beginning(services, key, outside, start)

    async def _abandon(self, tenant: str, run_id: UUID) -> None:
        """Fail a run that can't even be begun: its person is unknown, or its texts can't be opened any more."""
        services = self.services
        now = services.clock.now()
        async with services.database.transaction(Principal.system(tenant)) as tx:
            started, row = await store.start_run(tx, run_id, now), await store.run(tx, run_id)
            if started is None or row is None:
                return
            await store.finish_run(tx, run_id, started["attempts"], RunStatus.FAILED.value, {}, now)
            await close_unread(tx, run_id, now)
            body = {"status": RunStatus.FAILED.value, "code": _defect().code}
            entry = Entry(RecordKind.RUN_FINISHED, f"{run_id}:finish", body, run_id)
            await ledger.append(tx, thread_stream(row["thread_id"]), [entry], actor=row["person_id"], at=now)
            with suppress(Gone, SealBroken):  # without a key nothing can be shown
                key = await sealing.thread_key(tx, services.keyring, row["thread_id"])
                events = [Failed(problem=_defect().as_problem()), RunFinished(status=RunStatus.FAILED)]
                await log.append(tx, key, run_id, FINISH, events, now)

    async def _end_without(self, ctx: RunContext, failed: GuardUnavailable) -> None:
        """Finish a run in which a guard has not decided."""
        event = guarded.ending(ctx)
        status = RunStatus.REFUSED if isinstance(event, Refused) else RunStatus.ABSTAINED
        await self._end(ctx, status, event, failed=failed)

    async def _end(
        self, ctx: RunContext, status: RunStatus, *events: Event, failed: GuardUnavailable | None = None
    ) -> None:
        """Finish a run that its own `record` node won't finish."""
        ctx.discard()
        code = _code(events[0]) if events else ""
        async with ctx.outside.transaction() as tx:
            if await ctx.finish(tx, status, {}, ctx.now()):
                await abandon_open(tx, ctx, ENDED)
                for event in (*events, RunFinished(status=status)):
                    ctx.emit(event)
                if failed is not None:
                    guarded.note(ctx, failed)
                ctx.record(RecordKind.RUN_FINISHED, FINISH, {"status": status.value, "code": code})
                await ctx.commit_into(tx, FINISH)


async def _masks(tx: Transaction, key: DataKey, thread_id: UUID) -> tuple[Mask, ...]:
    """The personal data that the conversation has hidden so far."""
    values = await kept(tx, key, thread_id)
    return tuple([Mask(each.placeholder, PersonalDataKind(each.kind), each.value) for each in values])


async def _may_end(ctx: RunContext) -> None:
    """Raise `Unavailable`, for the queue to try again, while nobody knows what came of a signed write, and while what
    was signed may still be carried out: a defect in one execution need not be one in the next."""
    if ctx.effect_open:
        raise Unavailable("What came of the signed action is not known yet.")
    with suppress(SealBroken, Gone):  # altered or erased: nothing will be carried out
        if ctx.tries <= TURN_LIMITS.attempts and await is_signed(ctx):
            raise Unavailable("What was signed is still to be carried out.")


def _code(event: Event) -> str:
    if isinstance(event, Failed):
        return event.problem["code"]
    return event.code if isinstance(event, Abstained | Refused) else ""


def _evidence_changed(ctx: RunContext) -> Abstained:
    """Nothing of the evidence is shown, its nearest passages included; what was shown of the answer is withdrawn."""
    verdict = refuse(ReasonCode.EVIDENCE_CHANGED)
    shown = [claim.index for claim in ctx.shown.claims]
    return Abstained(
        code=verdict.code.value,
        reason=verdict.reason,
        nearest=[],
        next_step=verdict.next_step,
        withdrawn=[*shown, *ctx.released],
    )


def _took_too_long() -> Failed:
    detail = "The answer took too long and was stopped. Ask again, perhaps more precisely."
    return Failed(problem=TurnTimedOut(detail).as_problem())


def _defect() -> ProblemError:
    return ProblemError("The answer failed on our side and was recorded. Try again; tell support if it goes on.")
