"""Turns that a test directs: a second executor of runs beside the real one, with the same log, states and stops."""

import asyncio
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, cast
from uuid import UUID

from core.clock import Clock
from core.crypto import DataKey, Keyring
from core.database import Database, Transaction
from core.principal import Principal
from core.settings import Settings
from graph.context import Guards
from guardrails import detecting
from guardrails.fail_closed import NOBODY, Watch
from jobs.approvals import ApprovalDesk
from jobs.assembly import Parts
from jobs.queue import Queue
from retrieval.dense import MemoryDense
from retrieval.glossary.expander import GlossaryExpander
from retrieval.search import Searcher
from runs import log, store
from runs.conversations import get_run, keep_reply
from runs.events import (
    Abstained,
    Answer,
    AnySource,
    Claim,
    ClaimReleased,
    Event,
    RunFinished,
    Source,
    Sources,
    Stage,
    StageName,
    ToolResult,
    ToolSource,
)
from runs.forms import Basis, Checklist, ChecklistItem
from runs.models import Mode, Run, RunStatus
from tests.api.acting import ScriptedActs, asks_to_act
from tests.retrieval.shelf import HashingEmbedder
from tools.approvals.decisions import Decisions
from tools.approvals.models import Approval
from tools.approvals.reading import latest_of_run
from tools.catalogue.load import CORE_BANKING, load
from tools.catalogue.models import Catalogue
from tools.connector.ports import Connector

SOURCE = Source(
    ref=1,
    chunk_id=UUID(int=1),
    edition_id=UUID(int=2),
    document="card-disputes",
    title="Card disputes",
    version="1",
    library="cards",
    section=["2 Deadlines"],
    page=4,
    effective_from=date(2026, 1, 1),
    score=0.9,
)
CLAIM = Claim(index=0, text="The bank decides within 10 business days.", citations=[1], quote=True)
USAGE: dict[str, Any] = {"model": "scripted", "input_tokens": 0, "output_tokens": 0, "calls": 0}


@dataclass(slots=True)
class ScriptedTurns:
    """Answers every question with the same claim, waiting at the gate before it; "nothing" abstains, "do" acts."""

    database: Database
    keyring: Keyring
    clock: Clock
    acts: ScriptedActs | None = None
    gate: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self, tenant: str, run_id: UUID) -> None:
        system = Principal.system(tenant)
        async with self.database.transaction(system) as tx:
            run, key = await get_run(tx, self.keyring, run_id)
            started = await store.start_run(tx, run_id, self.clock.now())
            if started is None:
                return
            run = replace(run, attempts=started["attempts"])
            acts = self.acts if asks_to_act(run.question.text) else None
            signed = None if acts is None else await latest_of_run(tx, self.keyring, run_id)
            if acts is None:
                await self._show(tx, key, run, "retrieve", _found())
            elif signed is None:
                await acts.propose(tx, key, run)
                return
        if not await self._is_let_on(tenant, run, key):
            return
        if acts is not None and signed is not None:
            await self._act(tenant, acts, run, key, signed)
            return
        async with self.database.transaction(system) as tx:
            if run.question.text == "nothing":
                await self._finish(tx, key, run, RunStatus.ABSTAINED, [_abstained()])
            else:
                await keep_reply(tx, key, run, UUID(int=run_id.int ^ 1), CLAIM.text, self.clock.now())
                await self._finish(tx, key, run, RunStatus.ANSWERED, _answered(run))

    async def _is_let_on(self, tenant: str, run: Run, key: DataKey) -> bool:
        """Wait at the gate; False where the run was stopped there."""
        system = Principal.system(tenant)
        while not self.gate.is_set():
            async with self.database.transaction(system) as tx:
                held = await store.hold_run(tx, run.id, run.attempts)
                if held is not None and held["stop"]:
                    await self._finish(tx, key, run, RunStatus.CANCELLED, [])
                    return False
            await asyncio.sleep(0.01)
        return True

    async def _act(self, tenant: str, acts: ScriptedActs, run: Run, key: DataKey, signed: Approval) -> None:
        done, said = await acts.perform(key, tenant, signed)
        async with self.database.transaction(Principal.system(tenant)) as tx:
            await keep_reply(tx, key, run, UUID(int=run.id.int ^ 1), said, self.clock.now())
            result = ToolResult(call_id=signed.call_id, tool=signed.tool, ok=done, summary=said)
            ending: list[Event] = [result, _receipt(signed, said)] if done else [result]
            await self._finish(tx, key, run, RunStatus.ANSWERED if done else RunStatus.FAILED, ending)

    async def _show(self, tx: Transaction, key: DataKey, run: Run, step: str, events: list[Event]) -> None:
        await log.append(tx, key, run.id, step, events, self.clock.now())

    async def _finish(self, tx: Transaction, key: DataKey, run: Run, status: RunStatus, events: list[Event]) -> None:
        if await store.finish_run(tx, run.id, run.attempts, status.value, USAGE, self.clock.now()):
            await self._show(tx, key, run, "finish", [*events, RunFinished(status=status)])


def _found() -> list[Event]:
    return [Stage(name=StageName.RETRIEVE, status="finished", ms=1.0), Sources(sources=[SOURCE])]


def _answered(run: Run) -> list[Event]:
    answer = _answer(CLAIM, SOURCE)
    if run.question.mode is Mode.CHECKLIST:
        answer = answer.model_copy(update={"structured": _form()})
    return [ClaimReleased(**CLAIM.model_dump()), answer]


def _form() -> Checklist:
    item = ChecklistItem(
        id="item1",
        text=CLAIM.text,
        source="passage",
        citations=[1],
        claim=0,
        quote=True,
        basis=Basis.WORD_FOR_WORD,
        confidence=1,
    )
    return Checklist(title="Card disputes", items=[item])


def _receipt(signed: Approval, said: str) -> Answer:
    claim = Claim(index=0, text=said, citations=[1], quote=False)
    return _answer(claim, ToolSource(ref=1, call_id=signed.call_id, tool=signed.tool, summary=said))


def _answer(claim: Claim, source: AnySource) -> Answer:
    return Answer(
        text=claim.text,
        claims=[claim],
        sources=[source],
        evidence=0.9,
        model="scripted",
        prompt_version="answer-1",
        as_of=date(2026, 3, 3),
        usage=USAGE,
    )


def _abstained() -> Event:
    return Abstained(code="no_evidence", reason="Nothing was found.", nearest=[], next_step="Ask compliance.")


class ScriptedGateway:
    """Models that a test needs none of, but for a small embedder."""

    def __init__(self) -> None:
        self.embedder = HashingEmbedder()

    def describe(self) -> dict[str, object]:
        return {"embedder": "hashing", "writers": ["scripted"]}

    async def aclose(self) -> None:
        return None


@dataclass(slots=True)
class ScriptedParts:
    """What the composition root builds, without models."""

    searcher: Searcher
    gateway: ScriptedGateway = field(default_factory=ScriptedGateway)
    active_guards: dict[str, str] = field(default_factory=lambda: {"scripted": "no turn is guarded in these tests"})
    catalogue: Catalogue = field(default_factory=lambda: load(CORE_BANKING))
    connector: Connector | None = None
    turns: ScriptedTurns | None = None
    guards: Guards = field(default_factory=lambda: Guards(cast("Any", None), cast("Any", None), detecting.build()))

    def decisions(self, database: Database, keyring: Keyring, clock: Clock, queue: Queue) -> Decisions:
        desk = ApprovalDesk(queue)
        return Decisions(database, keyring, self.catalogue, clock, desk.resume, desk.schedule_expiry)

    def runner(
        self, database: Database, keyring: Keyring, clock: Clock, queue: Queue, watch: Watch = NOBODY
    ) -> ScriptedTurns:
        desk, connector = ApprovalDesk(queue), self.connector
        acts = None if connector is None else ScriptedActs(database, self.catalogue, connector, desk, clock)
        self.turns = ScriptedTurns(database, keyring, clock, acts)
        self.turns.gate.set()
        return self.turns

    async def aclose(self) -> None:
        return None


class Assembly:
    """Builds scripted parts and remembers them for the test."""

    def __init__(self, connector: Connector | None = None) -> None:
        self.connector = connector
        self.parts: ScriptedParts | None = None

    def __call__(self, _settings: Settings, database: Database) -> Parts:
        searcher = Searcher(database, HashingEmbedder(), MemoryDense(), expander=GlossaryExpander(database))
        self.parts = ScriptedParts(searcher, connector=self.connector)
        return cast("Parts", self.parts)

    @property
    def gate(self) -> asyncio.Event:
        """Set: turns go on. Clear: they wait before answering."""
        if self.parts is None or self.parts.turns is None:
            raise LookupError("the service has no turns")
        return self.parts.turns.gate
