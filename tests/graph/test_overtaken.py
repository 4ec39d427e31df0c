"""An execution that was taken for dead and goes on beside the one that took its run over."""

import asyncio
from typing import Any

import pytest
from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import empty_checkpoint

from core.database import Database
from gateway.embeddings import Embedder
from graph.context import Guards
from graph.driving import Drive
from graph.errors import RunSuperseded
from graph.serde import SealedSerializer
from graph.store import TenantSaver
from runs import store
from runs.models import RunStatus
from tests.graph.acting import NOTE, SAM, ActingWorld, open_acting
from tests.graph.test_restarts import ProcessKilled
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


async def test_a_receipt_shows_its_sources_also_where_the_process_died_before_it_was_kept(
    acting: ActingWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The graph had saved that the call was made; what was to be shown with the end died with the process."""
    told = await acting.ask(NOTE)
    await acting.decide(SAM, told)
    finish_run = store.finish_run
    dying = iter([True])

    async def die(*values: Any, **options: Any) -> bool:
        if next(dying, False):
            raise ProcessKilled
        return await finish_run(*values, **options)

    monkeypatch.setattr(store, "finish_run", die)
    with pytest.raises(ProcessKilled):
        await acting.go_on(told.admitted)
    told = await acting.go_on(told.admitted)
    check_complete(told)
    assert told.run.status is RunStatus.ANSWERED
    assert told.kinds[-3:] == ["sources", "answer", "run.finished"]
    assert told.kinds.count("sources") == 1
    assert told.events[-3].data["sources"] == told.outcome["sources"]
    again = await acting.world.replayed(told.admitted, acting=acting.acting())
    assert (again.identical, again.differences) == (True, ())


async def test_no_checkpoint_of_it_is_kept(acting: ActingWorld) -> None:
    told = await acting.ask(NOTE)
    run_id, world = told.admitted.run_id, acting.world
    serde = SealedSerializer(told.admitted.key, "harbour", run_id)
    config: RunnableConfig = {"configurable": {"thread_id": str(run_id), "checkpoint_ns": ""}}

    async def kept_by(attempt: int) -> str:
        saver = TenantSaver(world.database, world.system, serde, fence=(run_id, attempt))
        await saver.aput(config, empty_checkpoint(), {"source": "loop", "step": 9}, {})
        found = await saver.aget_tuple(config)
        return "" if found is None else found.checkpoint["id"]

    async with world.database.transaction(world.system) as tx:
        await store.requeue_run(tx, run_id)
        started = await store.start_run(tx, run_id, world.services.clock.now())
    assert started is not None
    last = await kept_by(started["attempts"])
    with pytest.raises(RunSuperseded):
        await kept_by(started["attempts"] - 1)
    found = await TenantSaver(world.database, world.system, serde).aget_tuple(config)
    assert found is not None
    assert found.checkpoint["id"] == last
