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
from jobs.assembly import Parts
from retrieval.dense import MemoryDense
from retrieval.search import Searcher
from runs import log, store
from runs.conversations import get_run, keep_reply
from runs.events import (
    Abstained,
    Answer,
    Claim,
    ClaimReleased,
    Event,
    RunFinished,
    Source,
    Sources,
    Stage,
    StageName,
)
from runs.models import Run, RunStatus
from tests.retrieval.shelf import HashingEmbedder

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
    """Answers every question with the same claim, waiting at the gate before it; "nothing" abstains."""

    database: Database
    keyring: Keyring
    clock: Clock
    gate: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self, tenant: str, run_id: UUID) -> None:
        system = Principal.system(tenant)
        async with self.database.transaction(system) as tx:
            run, key = await get_run(tx, self.keyring, run_id)
            started = await store.start_run(tx, run_id, self.clock.now())
            if started is None:
                return
            run = replace(run, attempts=started["attempts"])
            await self._show(tx, key, run, "retrieve", _found())
        while not self.gate.is_set():
            async with self.database.transaction(system) as tx:
                held = await store.hold_run(tx, run_id, run.attempts)
                if held is not None and held["stop"]:
                    await self._finish(tx, key, run, RunStatus.CANCELLED, [])
                    return
            await asyncio.sleep(0.01)
        async with self.database.transaction(system) as tx:
            if run.question.text == "nothing":
                await self._finish(tx, key, run, RunStatus.ABSTAINED, [_abstained()])
            else:
                await keep_reply(tx, key, run, UUID(int=run_id.int ^ 1), CLAIM.text, self.clock.now())
                await self._finish(tx, key, run, RunStatus.ANSWERED, _answered())

    async def _show(self, tx: Transaction, key: DataKey, run: Run, step: str, events: list[Event]) -> None:
        await log.append(tx, key, run.id, step, events, self.clock.now())

    async def _finish(self, tx: Transaction, key: DataKey, run: Run, status: RunStatus, events: list[Event]) -> None:
        if await store.finish_run(tx, run.id, run.attempts, status.value, USAGE, self.clock.now()):
            await self._show(tx, key, run, "finish", [*events, RunFinished(status=status)])


def _found() -> list[Event]:
    return [Stage(name=StageName.RETRIEVE, status="finished", ms=1.0), Sources(sources=[SOURCE])]


def _answered() -> list[Event]:
    answer = Answer(
        text=CLAIM.text,
        claims=[CLAIM],
        sources=[SOURCE],
        evidence=0.9,
        model="scripted",
        prompt_version="answer-1",
        as_of=date(2026, 3, 3),
        usage=USAGE,
    )
    return [ClaimReleased(**CLAIM.model_dump()), answer]


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
    turns: ScriptedTurns | None = None

    def runner(self, database: Database, keyring: Keyring, clock: Clock) -> ScriptedTurns:
        self.turns = ScriptedTurns(database, keyring, clock)
        self.turns.gate.set()
        return self.turns


class Assembly:
    """Builds scripted parts and remembers them for the test."""

    def __init__(self) -> None:
        self.parts: ScriptedParts | None = None

    def __call__(self, _settings: Settings, database: Database) -> Parts:
        self.parts = ScriptedParts(Searcher(database, HashingEmbedder(), MemoryDense()))
        return cast("Parts", self.parts)

    @property
    def gate(self) -> asyncio.Event:
        """Set: turns go on. Clear: they wait before answering."""
        if self.parts is None or self.parts.turns is None:
            raise LookupError("the service has no turns")
        return self.parts.turns.gate
