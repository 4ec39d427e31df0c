"""Checkpoints under forced row-level security: a run's own, readable by nobody else, sealed."""

import asyncio
from typing import Any, TypedDict
from uuid import UUID, uuid4

import pytest
from langchain_core.runnables import RunnableConfig
from langgraph.graph import END, START, StateGraph
from langgraph.types import Command, interrupt

from core.crypto import DataKey, Keyring, SealBroken
from core.database import Database
from core.principal import Principal
from deploy.migrate import DatabaseUrls
from graph.serde import SealedSerializer
from graph.store import TenantSaver
from tests.superuser import superuser, tables_showing

MARKER = "marimba-5150"
KEYRING = Keyring(bytes(range(32)))
KEY, _ = KEYRING.new_data_key("harbour", "thread")
HARBOUR, VALE = Principal.system("harbour"), Principal.system("vale")


class State(TypedDict):
    asked: dict[str, Any]
    decided: dict[str, Any]
    done: list[str]


def propose(state: State) -> dict[str, Any]:
    return {"asked": {"text": MARKER}}


def wait(state: State) -> dict[str, Any]:
    return {"decided": {"answer": interrupt({"question": state["asked"]["text"]})}}


def act(state: State) -> dict[str, Any]:
    return {"done": [f"{state['decided']['answer']} {state['asked']['text']}"]}


def graph(saver: TenantSaver) -> Any:
    builder = StateGraph(State)
    builder.add_node("propose", propose)
    builder.add_node("wait", wait)
    builder.add_node("act", act)
    builder.add_edge(START, "propose")
    builder.add_edge("propose", "wait")
    builder.add_edge("wait", "act")
    builder.add_edge("act", END)
    return builder.compile(checkpointer=saver)


def saver(database: Database, run_id: UUID, principal: Principal = HARBOUR, key: DataKey = KEY) -> TenantSaver:
    return TenantSaver(database, principal, SealedSerializer(key, principal.tenant, run_id))


def config(run_id: UUID) -> RunnableConfig:
    return {"configurable": {"thread_id": str(run_id)}}


async def start(database: Database, run_id: UUID, principal: Principal = HARBOUR) -> Any:
    return await graph(saver(database, run_id, principal)).ainvoke({}, config(run_id), durability="sync")


async def test_a_run_pauses_and_goes_on_in_another_process(database: Database) -> None:
    run_id = uuid4()
    paused = await start(database, run_id)
    (question,) = paused["__interrupt__"]
    assert question.value == {"question": MARKER}
    resumed = await graph(saver(database, run_id)).ainvoke(
        Command(resume={question.id: "yes"}), config(run_id), durability="sync"
    )
    assert resumed == {"asked": {"text": MARKER}, "decided": {"answer": "yes"}, "done": [f"yes {MARKER}"]}
    history = [snapshot async for snapshot in graph(saver(database, run_id)).aget_state_history(config(run_id))]
    assert [snapshot.next for snapshot in history] == [(), ("act",), ("wait",), ("propose",), ("__start__",)]


async def test_another_tenant_neither_reads_nor_overwrites_it(database: Database) -> None:
    run_id = uuid4()
    await start(database, run_id)
    stranger = saver(database, run_id, VALE)
    assert await stranger.aget_tuple(config(run_id)) is None
    assert [item async for item in stranger.alist(config(run_id))] == []
    await stranger.adelete_thread(str(run_id))
    await start(database, run_id, VALE)
    own = await saver(database, run_id).aget_tuple(config(run_id))
    assert own is not None
    assert own.checkpoint["channel_values"]["asked"] == {"text": MARKER}


async def test_another_threads_key_opens_nothing(database: Database) -> None:
    run_id = uuid4()
    await start(database, run_id)
    other, _ = KEYRING.new_data_key("harbour", "another")
    with pytest.raises(SealBroken):
        await saver(database, run_id, key=other).aget_tuple(config(run_id))


async def test_a_checkpoint_moved_to_another_run_does_not_open(database: Database, database_urls: DatabaseUrls) -> None:
    run_id, other = uuid4(), uuid4()
    await start(database, run_id)
    with superuser(database_urls) as admin:
        for table in ("checkpoints", "checkpoint_blobs", "checkpoint_writes"):
            admin.execute(
                f"UPDATE langgraph.{table} SET thread_id = %s WHERE thread_id = %s",
                (str(other), str(run_id)),
            )
    with pytest.raises(SealBroken):
        await saver(database, other).aget_tuple(config(other))


async def test_no_text_stands_in_the_tables(database: Database, database_urls: DatabaseUrls) -> None:
    await start(database, uuid4())
    assert tables_showing(database_urls, MARKER) == []


async def test_a_run_is_deleted_alone(database: Database) -> None:
    one, other = uuid4(), uuid4()
    await start(database, one)
    await start(database, other)
    await saver(database, one).adelete_thread(str(one))
    assert await saver(database, one).aget_tuple(config(one)) is None
    assert await saver(database, other).aget_tuple(config(other)) is not None


async def test_many_runs_at_once_do_not_mix(database: Database) -> None:
    runs = [(uuid4(), principal) for principal in (HARBOUR, VALE) for _ in range(6)]
    results = await asyncio.gather(*(start(database, run_id, principal) for run_id, principal in runs))
    assert [len(result["__interrupt__"]) for result in results] == [1] * len(runs)


async def test_tables_come_with_the_migration_only(database: Database) -> None:
    with pytest.raises(NotImplementedError, match="deploy migrate"):
        await saver(database, uuid4()).setup()
