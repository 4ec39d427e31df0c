"""A bank to act in: the real catalogue and planner, core banking in memory, people who may ask and sign."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from core.database import Transaction
from core.principal import Principal
from graph.context import Acting
from guardrails.linear import packaged
from guardrails.scope import ScopeJudge
from prompts import loader
from runs import store
from runs.conversations import Admitted
from tests.graph.world import ANNA, KEYRING, Told, World
from tools.approvals.decisions import Decisions
from tools.approvals.models import Approval
from tools.approvals.reading import latest_of_run
from tools.catalogue.load import CORE_BANKING, load
from tools.catalogue.models import Catalogue
from tools.connector.ports import Connector
from tools.people.directory import Directory
from tools.planning.builtin import BuiltInPlanner
from tools.stops.switch import StopSwitch

SAM = Principal("harbour", "sam", name="Sam Okafor", branch="001", roles=frozenset({"supervisor"}))
SOFIA = Principal("harbour", "sofia", name="Sofia Lindqvist", roles=frozenset({"supervisor"}))
CARLA = Principal("harbour", "carla", name="Carla Mendes", roles=frozenset({"compliance"}))
SASHA = Principal("vale", "sasha", name="Sasha Ruiz", roles=frozenset({"supervisor"}))
LIMITS = {"sam": 20_000, "sofia": 50_000}

NOTE = "Add a note to case C-1042: address proof is missing"


@dataclass(slots=True)
class ActingWorld:
    """The world with tools; what the queue is asked for is kept instead of put on a queue."""

    world: World
    catalogue: Catalogue
    connector: Connector
    resumed: list[UUID]
    expiring: list[tuple[UUID, datetime]]

    @property
    def decisions(self) -> Decisions:
        services = self.world.services
        return Decisions(
            services.database, KEYRING, self.catalogue, services.clock, self._resume, self._schedule_expiry
        )

    @property
    def stops(self) -> StopSwitch:
        return StopSwitch(self.world.database, KEYRING, self.world.services.clock, self.catalogue)

    def acting(self, **changes: Any) -> Acting:
        made = Acting(
            catalogue=self.catalogue,
            connector=self.connector,
            built_in=BuiltInPlanner(self.catalogue),
            planner=None,
            plan_prompt=loader.get("plan"),
            schedule_expiry=self._schedule_expiry,
        )
        return replace(made, **changes)

    async def ask(self, text: str, thread_id: UUID | None = None, **changes: Any) -> Told:
        admitted = await self.world.admit(text, thread_id)
        return await self.go_on(admitted, **changes)

    async def go_on(self, admitted: Admitted, **changes: Any) -> Told:
        """Execute the run from where it is, as the job that a decision put on the queue would."""
        await self.world.runner(acting=self.acting(**changes)).run("harbour", admitted.run_id)
        return await self.world.told(admitted)

    async def waiting(self, told: Told) -> Approval:
        """The approval that a run waits for, or waited for last."""
        async with self.world.database.transaction(self.world.system) as tx:
            approval = await latest_of_run(tx, KEYRING, told.run.id)
        assert approval is not None
        return approval

    async def decide(
        self,
        who: Principal,
        told: Told,
        decision: Literal["approve", "reject", "edit"] = "approve",
        *,
        reason: str | None = None,
        args: Mapping[str, Any] | None = None,
    ) -> Approval:
        approval = await self.waiting(told)
        return await self.decisions.decide(who, approval.id, decision, approval.digest, reason=reason, args=args)

    async def _resume(self, tx: Transaction, run_id: UUID, thread_id: UUID) -> None:

        await store.requeue_run(tx, run_id)
        self.resumed.append(run_id)

    async def _schedule_expiry(self, tx: Transaction, approval_id: UUID, at: datetime) -> None:
        self.expiring.append((approval_id, at))


async def open_acting(world: World, connector: Connector) -> ActingWorld:
    """Note everybody as signed in, and let the scope guard know that actions can be asked for."""
    scope = ScopeJudge(packaged("scope"), world.services.embedder.embed, actions_available=True)
    world = replace(world, services=replace(world.services, guards=replace(world.services.guards, scope=scope)))
    directory = Directory(world.database)
    now = datetime.now(UTC)
    for person in (ANNA, SAM, SOFIA, CARLA, SASHA):
        await directory.note(
            person, now, asserted_at=now - timedelta(minutes=1), signing_limit=LIMITS.get(person.person)
        )
    return ActingWorld(world, load(CORE_BANKING), connector, [], [])
