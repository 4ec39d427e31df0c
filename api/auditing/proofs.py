"""What proves something of a run or of the ledger: replay, packs, integrity, full verification."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal
from uuid import UUID

from api.auditing.reads import Look, Reads, as_noted
from api.auditing.runs import Row, hidden_by_thread
from api.auditing.stories import NO_SUCH, Stories
from api.pages import Pages
from api.rates import RateLimit
from api.schemas.audit import DifferenceView, FaultView, IntegrityView, ReplayView, VerificationView
from audit.chain import Fault
from audit.integrity import Integrity
from audit.search import store
from audit.verify import Verification
from core.clock import Clock
from core.errors import Conflict, NotFound, Unavailable
from core.principal import Permission, Principal
from graph.replay import Replay
from runs.models import RunStatus

Policy = Literal["recorded", "current"]

NOT_SET_UP = "This service is not set up for {what}. Tell your administrator."
NOT_SET_UP_RETRY_S = 60
"""An administrator has to act first."""

UNFINISHED = "The run is not over yet. It can be replayed and exported once it is."


@dataclass(frozen=True, slots=True)
class Provers:
    """The ways to prove something; None: not set up in this process."""

    replay: Callable[[Policy, str, UUID], Awaitable[Replay]] | None = None
    """Policy, tenant, run."""
    export: Callable[[str, UUID, Mapping[str, bytes]], Awaitable[bytes]] | None = None
    """Tenant, run, and files to put beside -> the pack, a zip."""
    integrity: Callable[[str], Awaitable[Integrity]] | None = None
    verify: Callable[[str], Awaitable[Verification]] | None = None


@dataclass(frozen=True, slots=True)
class Proofs:
    """Proves on demand. Who asked, and for what, is on record before anything is worked out."""

    reads: Reads
    stories: Stories
    provers: Provers
    rate: RateLimit
    clock: Clock
    pages: Pages
    _one_at_a_time: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def replay(self, principal: Principal, run_id: UUID, policy: Policy) -> ReplayView:
        """Raises `NotFound`, `Conflict` for a run under way, `Gone` for an erased conversation."""
        replay = self.provers.replay
        self.rate.take(principal)
        async with self.reads.look(principal) as look:
            row = await _over(look, run_id)
            hidden = await hidden_by_thread(look.tx, self.stories.keyring, [row])
            await look.note("replay", run=str(run_id), policy=policy)
        if replay is None:
            raise _not_set_up("replays")
        result = await replay(policy, principal.tenant, run_id)
        view = ReplayView(
            policy=policy,
            identical=result.identical,
            events=result.events,
            records=result.records,
            attempts=result.attempts,
            differences=[
                DifferenceView(where=each.where, recorded=each.recorded, replayed=each.replayed)
                for each in result.differences
            ],
            versions=dict(result.versions),
        )
        return await self.stories.veil.over(view, hidden.get(row["thread_id"], ()))

    async def export(self, principal: Principal, run_id: UUID, *, personal: bool = False) -> bytes:
        """The evidence pack of a run, with the run to read beside it, as `Stories.tell` gives it. Raises `NotFound`,
        `Conflict` for a run under way and for one whose records are not sealed yet."""
        export = self.provers.export
        self.rate.take(principal)
        async with self.reads.look(principal, personal=personal) as look:
            await _over(look, run_id)
            told = await self.stories.within(look, run_id, personal=personal)
            await look.note("export", run=str(run_id), **as_noted(personal=personal))
        if export is None:
            raise _not_set_up("evidence packs")
        page = self.pages.document(
            "pack.html",
            **dict(told),
            tenant=principal.tenant,
            made_at=self.clock.now(),
            made_by=principal.name or principal.person,
            moment=_moment,
        )
        extras = {"run.html": page.encode(), "run.json": told.model_dump_json(by_alias=True, indent=1).encode()}
        return await export(principal.tenant, run_id, extras)

    async def integrity(self, principal: Principal) -> IntegrityView:
        """The state of the tenant's ledger. It tells of nobody and is asked every few seconds: it is not recorded."""
        async with self.reads.unrecorded(principal, Permission.AUDIT_READ):
            pass
        if self.provers.integrity is None:
            raise _not_set_up("sealing")
        state = await self.provers.integrity(principal.tenant)
        return IntegrityView(
            ok=state.ok,
            records=state.records,
            sealed_size=state.sealed_size,
            sealed_at=state.sealed_at,
            cosigned_size=state.cosigned_size,
            cosigned_at=state.cosigned_at,
            witness=state.witness,
            window_s=state.window_s,
            waiting=state.waiting,
            witness_trouble=state.witness_trouble or None,
            walked_at=state.walked_at,
            faults=[_fault(each) for each in state.faults],
        )

    async def verify(self, principal: Principal) -> VerificationView:
        """Walk the whole ledger of the tenant; one walk at a time in this process."""
        self.rate.take(principal)
        async with self.reads.look(principal) as look:
            await look.note("verify")
        if self.provers.verify is None:
            raise _not_set_up("verification")
        async with self._one_at_a_time:
            began = self.clock.now()
            found = await self.provers.verify(principal.tenant)
            took = self.clock.now() - began
        return VerificationView(
            ok=not found.faults,
            streams=found.streams,
            records=found.records,
            sealed_size=found.sealed,
            cosigned_size=found.cosigned,
            took_s=round(took.total_seconds(), 3),
            faults=[_fault(each) for each in found.faults],
        )


async def _over(look: Look, run_id: UUID) -> Row:
    """The run. Raises `NotFound` for a run of no one in this tenant, `Conflict` for one under way."""
    row = await store.run(look.tx, run_id)
    if row is None:
        raise NotFound(NO_SUCH)
    if not RunStatus(row["status"]).is_terminal:
        raise Conflict(UNFINISHED)
    return row


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]


def _fault(fault: Fault) -> FaultView:
    return FaultView(stream=fault.stream, seq=fault.seq, reason=fault.reason)


def _not_set_up(what: str) -> Unavailable:
    return Unavailable(NOT_SET_UP.format(what=what), retry_after_s=NOT_SET_UP_RETRY_S)
