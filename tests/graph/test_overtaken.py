"""An execution that was taken for dead and goes on beside the one that took its run over."""

import asyncio
from typing import Any

import pytest

from core.database import Database
from gateway.embeddings import Embedder
from graph.context import Guards
from graph.driving import Drive
from runs import store
from runs.models import RunStatus
from tests.graph.acting import NOTE, SAM, ActingWorld, open_acting
from tests.graph.test_turns import check_complete
from tests.graph.world import open_world
from tools.connector.memory import MemoryConnector


@pytest.fixture
def bank() -> MemoryConnector:
    return MemoryConnector()


@pytest.fixture
async def acting(database: Database, embedder: Embedder, guards: Guards, bank: MemoryConnector) -> ActingWorld:
    return await open_acting(await open_world(database, embedder, guards), bank)


async def test_it_does_not_end_the_graph_under_the_one_that_took_over(
    acting: ActingWorld, bank: MemoryConnector, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is overtaken just before the end. The other has read where the run stands, and goes on from there only when
    it has ended: then there must be something to go on from."""
    told = await acting.ask(NOTE)
    await acting.decide(SAM, told)
    at_the_end, overtaken = asyncio.Event(), asyncio.Event()
    finish_run, invoke = store.finish_run, Drive._invoke

    async def finish_late(tx: Any, run_id: Any, attempt: int, *values: Any, **options: Any) -> bool:
        if not at_the_end.is_set():
            at_the_end.set()
            await overtaken.wait()
        return await finish_run(tx, run_id, attempt, *values, **options)

    async def invoke_after_it(drive: Drive, start: Any, durability: Any) -> Any:
        if start is None:
            overtaken.set()
            await first
        return await invoke(drive, start, durability)

    monkeypatch.setattr(store, "finish_run", finish_late)
    monkeypatch.setattr(Drive, "_invoke", invoke_after_it)
    async with asyncio.timeout(60):
        first = asyncio.create_task(acting.go_on(told.admitted))
        await at_the_end.wait()
        told = await acting.go_on(told.admitted)
    check_complete(told)
    assert (told.run.status, told.run.attempts) == (RunStatus.ANSWERED, 3)
    assert len([effect for effect in bank.effects if effect.tool == "case_add_note"]) == 1
