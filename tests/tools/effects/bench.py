"""Signed requests on a bench: a real conversation, its call, its approval, and people whom the directory knows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from psycopg.rows import DictRow

from core.clock import FixedClock
from core.crypto import DataKey
from core.database import Database, Transaction, connection
from core.principal import Principal
from tests.runs.conversation import KEYRING, Talk
from tests.tools.catalogue_sample import CATALOGUE
from tools.approvals import reading, requests, store
from tools.approvals.models import Approval
from tools.calls.calls import KeptCall, calls_of_run, keep_call
from tools.catalogue.models import Catalogue
from tools.connector.ports import Outcome
from tools.effects import execution
from tools.effects.models import Begun, EffectState
from tools.models import Call, Decision, Effect, Proposal, Ruling, Signature
from tools.people.directory import Directory
from tools.stops.switch import StopSwitch

NOW = datetime(2026, 3, 3, 9, tzinfo=UTC)
DONE = Outcome(ok=True, result={"id": "N-1"}, detail="")
REFUSED = Outcome(ok=False, result=None, detail="The case is closed.")
NOTE_ARGS = {"case_id": "C-1042", "text": "Address proof is missing."}

ANNA = Principal("harbour", "anna", "Anna Keller", roles=frozenset({"staff"}))
SAM = Principal("harbour", "sam", "Sam Okafor", roles=frozenset({"supervisor"}))
SOFIA = Principal("harbour", "sofia", "Sofia Lindqvist", roles=frozenset({"supervisor"}))
CARLA = Principal("harbour", "carla", "Carla Mendes", roles=frozenset({"compliance"}))
BORIS = Principal("vale", "boris", "Boris Wendt", roles=frozenset({"staff"}))
SYSTEM = Principal.system("harbour")


@dataclass(frozen=True, slots=True)
class Request:
    """An approval with the key of its conversation."""

    id: UUID
    run_id: UUID
    key: DataKey
    approval: Approval


@dataclass(slots=True)
class Bench:
    database: Database
    clock: FixedClock

    @property
    def switch(self) -> StopSwitch:
        return StopSwitch(self.database, KEYRING, self.clock, CATALOGUE)

    async def note(self, *people: Principal, limit: int | None = None) -> None:
        """A newer token says this of each."""
        self.clock.at += timedelta(seconds=1)
        for principal in people:
            now = self.clock.at
            await Directory(self.database).note(principal, now, asserted_at=now, signing_limit=limit)

    async def ask(
        self,
        tool: str = "case_add_note",
        args: Mapping[str, Any] = NOTE_ARGS,
        *,
        signature: Signature = Signature.OTHER,
        makers: Sequence[str] = ("anna",),
        by: Principal = ANNA,
    ) -> Request:
        """A pending request, in a conversation of its own."""
        run = await Talk(self.database, by).ask("Please add a note.")
        decision = Decision(Ruling.APPROVE, signature, "signed", "Another person signs this.")
        proposal = Proposal(uuid4(), run.run_id, 1, Call(tool, args), decision)
        async with self.database.transaction(Principal.system(by.tenant)) as tx:
            await keep_call(tx, run.key, proposal, Effect.WRITE, NOW)
            approval = await requests.open_approval(
                tx,
                run.key,
                CATALOGUE,
                proposal,
                approval_id=uuid4(),
                thread_id=run.thread_id,
                maker=by.person,
                makers=makers,
                request="Please add a note.",
                now=NOW,
            )
        return Request(approval.id, run.run_id, run.key, approval)

    async def sign(self, request: Request, *people: str, tenant: str = "harbour") -> Request:
        """The people approve, as the database lets anybody who asks it directly."""
        async with self.database.transaction(Principal.system(tenant)) as tx:
            for person in people:
                await store.insert_signature(tx, request.id, person, "approve", None, NOW)
            assert await store.move(tx, request.id, "pending", "approved", NOW)
        return request

    async def signed(self, **asked: Any) -> Request:
        """A note that anna asked for and sam signed."""
        return await self.sign(await self.ask(**asked), "sam")

    async def begin(self, request: Request, catalogue: Catalogue = CATALOGUE) -> Begun:
        async with self.database.transaction(SYSTEM) as tx:
            return await execution.begin(tx, request.key, catalogue, request.id, now=self.clock.at)

    async def finish(self, request: Request, outcome: Outcome = DONE, summary: str | None = None) -> bool:
        async with self.database.transaction(SYSTEM) as tx:
            return await execution.finish(
                tx, request.key, request.approval, outcome, now=self.clock.at, summary=summary
            )

    async def give_up(self, request: Request) -> bool:
        async with self.database.transaction(SYSTEM) as tx:
            return await execution.give_up(tx, request.key, request.approval, now=self.clock.at)

    async def void(self, approval: Approval, key: DataKey, *, asked: bool = False) -> bool:
        async with self.database.transaction(SYSTEM) as tx:
            return await execution.void(tx, key, approval, "Nothing was done.", self.clock.at, asked=asked)

    async def abandon(self, request: Request) -> EffectState | None:
        async with self.database.transaction(SYSTEM) as tx:
            (approval,) = await reading.opened(tx, KEYRING, [await self._row(tx, request)])
            return await execution.abandon(tx, request.key, approval, "It ended.", self.clock.at)

    async def effects(self, *requests: Request) -> list[DictRow]:
        """The rows of the requests' effects, without what is sealed."""
        async with self.database.transaction(SYSTEM) as tx:
            cursor = await connection(tx).execute(
                """SELECT effect_key, state, started_at, finished_at FROM app.effects
                   WHERE approval_id = ANY (%s) ORDER BY started_at, effect_key""",
                ([request.id for request in requests],),
            )
            return await cursor.fetchall()

    async def state(self, request: Request) -> tuple[str, str | None]:
        """Of the approval, and of its effect where there is one."""
        rows = await self.effects(request)
        async with self.database.transaction(SYSTEM) as tx:
            row = await self._row(tx, request)
        return row["state"], rows[0]["state"] if rows else None

    async def _row(self, tx: Transaction, request: Request) -> DictRow:
        row = await store.approval(tx, request.id)
        assert row is not None
        return row

    async def call(self, request: Request) -> KeptCall:
        async with self.database.transaction(SYSTEM) as tx:
            (kept,) = await calls_of_run(tx, request.key, request.run_id)
        return kept


def with_tool(name: str, **changes: Any) -> Catalogue:
    """The catalogue under its own version, one tool changed: what a version that failed to change would leave."""
    return replace(CATALOGUE, tools={**CATALOGUE.tools, name: replace(CATALOGUE.tools[name], **changes)})
