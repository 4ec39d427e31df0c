"""The event log: numbered without gaps, each step once, read by its own people only, followed live."""

import asyncio
import random
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from uuid import UUID

import pytest

from core.crypto import SealBroken
from core.database import Database
from core.principal import Principal
from deploy.migrate import DatabaseUrls
from runs import log, store
from runs.conversations import NOTICE, Admitted
from runs.events import Event, Release, Stage, StageName
from runs.feed import EventFeed, WakeUp
from runs.models import RunStatus, StoredEvent
from tests.runs.conversation import Talk
from tests.superuser import superuser

ANNA = Principal("harbour", "anna", roles=frozenset({"staff"}))


@pytest.fixture
def talk(database: Database) -> Talk:
    return Talk(database, ANNA)


@pytest.fixture
async def feed(database_urls: DatabaseUrls) -> AsyncGenerator[EventFeed]:
    feed = EventFeed(database_urls.app)
    feed.start()
    yield feed
    await feed.close()


def stage(detail: str) -> Event:
    return Stage(name=StageName.SCREEN, status="started", detail=detail)


async def read(talk: Talk, run: Admitted, after: int = 0) -> list[StoredEvent]:
    async with talk.database.transaction(talk.principal) as tx:
        return await log.read(tx, run.key, run.run_id, after=after)


def details(events: list[StoredEvent]) -> list[tuple[int, str | None]]:
    return [(event.seq, event.data.get("detail")) for event in events]


async def test_an_admission_is_the_first_event(talk: Talk) -> None:
    run = await talk.ask()
    assert await read(talk, run) == [
        StoredEvent(
            seq=1,
            kind="run.started",
            data={
                "run_id": str(run.run_id),
                "at": "2026-03-03T09:00:01Z",
                "thread_id": str(run.thread_id),
                "notice": NOTICE,
                "release": Release.CLAIM.value,
            },
        )
    ]


async def test_steps_are_numbered_in_order_and_read_from_anywhere(talk: Talk) -> None:
    run = await talk.ask()
    assert await talk.append(run, "a", stage("1"), stage("2")) == [2, 3]
    assert await talk.append(run, "b", stage("3")) == [4]
    assert details(await read(talk, run)) == [(1, None), (2, "1"), (3, "2"), (4, "3")]
    assert details(await read(talk, run, after=2)) == [(3, "2"), (4, "3")]
    assert await read(talk, run, after=4) == []


async def test_the_same_step_again_shows_nothing_twice(talk: Talk) -> None:
    run = await talk.ask()
    assert await talk.append(run, "a", stage("first"), stage("second")) == [2, 3]
    assert await talk.append(run, "a", stage("other")) == []
    assert await talk.append(run, "b", stage("third")) == [4]
    assert details(await read(talk, run)) == [(1, None), (2, "first"), (3, "second"), (4, "third")]


async def test_the_same_step_by_twelve_at_once_is_kept_once(talk: Talk) -> None:
    run = await talk.ask()
    kept = await asyncio.gather(*(talk.append(run, "a", stage(str(n)), stage(str(n))) for n in range(12)))
    assert sorted(kept) == [[]] * 11 + [[2, 3]]
    assert [event.seq for event in await read(talk, run)] == [1, 2, 3]


async def test_a_step_that_another_is_just_committing_is_waited_for(talk: Talk) -> None:
    run = await talk.ask()
    async with talk.database.transaction(talk.system) as tx:
        assert await log.append(tx, run.key, run.run_id, "a", [stage("first")], talk.now()) == [2]
        second = asyncio.create_task(talk.append(run, "a", stage("second")))
        await asyncio.sleep(0.2)
        assert not second.done()
    assert await second == []
    assert details(await read(talk, run)) == [(1, None), (2, "first")]


async def test_concurrent_steps_are_dense_and_whole(talk: Talk) -> None:
    run = await talk.ask()
    sizes = {f"step-{n}": random.Random(n).randint(1, 4) for n in range(30)}
    numbers = await asyncio.gather(
        *(talk.append(run, step, *(stage(f"{step}/{i}") for i in range(size))) for step, size in sizes.items())
    )
    events = (await read(talk, run))[1:]
    assert [event.seq for event in events] == list(range(2, 2 + sum(sizes.values())))
    by_seq = {event.seq: event.data["detail"] for event in events}
    for (step, size), seqs in zip(sizes.items(), numbers, strict=True):
        assert [by_seq[seq] for seq in seqs] == [f"{step}/{i}" for i in range(size)]
        assert seqs == list(range(seqs[0], seqs[0] + size))


async def test_a_rolled_back_step_leaves_no_gap(talk: Talk) -> None:
    run = await talk.ask()

    async def append_and_fail() -> None:
        async with talk.database.transaction(talk.system) as tx:
            assert await log.append(tx, run.key, run.run_id, "a", [stage("lost")], talk.now()) == [2]
            raise KeyError

    with pytest.raises(KeyError):
        await append_and_fail()
    assert await talk.append(run, "a", stage("kept")) == [2]
    assert details(await read(talk, run)) == [(1, None), (2, "kept")]


async def test_another_person_and_another_tenant_append_and_read_nothing(talk: Talk) -> None:
    run = await talk.ask()
    for stranger in (Principal("harbour", "omar"), Principal("vale", "anna"), Principal.system("vale")):
        async with talk.database.transaction(stranger) as tx:
            assert await log.append(tx, run.key, run.run_id, "x", [stage("forged")], talk.now()) == []
    assert details(await read(talk, run)) == [(1, None)]
    async with talk.database.transaction(Principal.system("vale")) as tx:
        assert await log.read(tx, run.key, run.run_id) == []


async def test_an_event_moved_to_another_place_does_not_open(talk: Talk, database_urls: DatabaseUrls) -> None:
    run = await talk.ask()
    await talk.append(run, "a", stage("one"))
    await talk.append(run, "b", stage("two"))
    with superuser(database_urls) as admin:
        admin.execute("UPDATE app.run_events SET step = 'c' WHERE run_id = %s AND step = 'b'", (run.run_id,))
    with pytest.raises(SealBroken):
        await read(talk, run)


# ---------------------------------------------------------------- following a run


async def collect(talk: Talk, run: Admitted, subscribe: log.Subscribe, after: int = 0) -> list[tuple[int, str]]:
    return [
        (entry.seq, entry.kind)
        async for entries in log.tail(talk.database, talk.principal, subscribe, run.key, run.run_id, after=after)
        for entry in entries
    ]


@asynccontextmanager
async def deaf(_run_id: UUID) -> AsyncGenerator[WakeUp]:
    """A subscription that is never woken: only the tail's own polling is left."""
    yield WakeUp()


async def test_a_tail_follows_to_the_end_and_stops(talk: Talk, feed: EventFeed) -> None:
    run = await talk.ask()
    tails = [asyncio.create_task(collect(talk, run, feed.subscribe, after)) for after in (0, 1, 2)]
    for n in range(5):
        await talk.append(run, f"s{n}", stage(str(n)))
    await talk.finish(run)
    everything = [(1, "run.started"), *((n, "stage") for n in range(2, 7)), (7, "run.finished")]
    async with asyncio.timeout(10):
        assert await asyncio.gather(*tails) == [everything, everything[1:], everything[2:]]


async def test_a_tail_that_hears_no_wake_up_misses_nothing(talk: Talk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log, "POLL_S", 0.05)
    run = await talk.ask()
    tail = asyncio.create_task(collect(talk, run, deaf))
    await talk.append(run, "a", stage("1"))
    await asyncio.sleep(0.1)
    await talk.append(run, "b", stage("2"))
    await talk.finish(run)
    async with asyncio.timeout(10):
        assert await tail == [(1, "run.started"), (2, "stage"), (3, "stage"), (4, "run.finished")]


async def test_a_tail_with_nothing_left_to_show_ends(talk: Talk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log, "POLL_S", 0.05)
    run = await talk.ask()
    tail = asyncio.create_task(collect(talk, run, deaf, after=1_000))
    await talk.finish(run)
    async with asyncio.timeout(10):
        assert await tail == []
        assert await collect(talk, run, deaf, after=2) == []


async def test_a_tail_hears_only_its_own_run(talk: Talk, feed: EventFeed) -> None:
    mine, other = await talk.ask(), await talk.ask()
    async with feed.subscribe(mine.run_id) as woken:
        async with asyncio.timeout(10):
            await talk.append(mine, "a", stage("1"))
            await woken.wait()
        woken.clear()
        async with feed.subscribe(other.run_id) as other_woken, asyncio.timeout(10):
            await talk.append(other, "a", stage("1"))
            await other_woken.wait()
        assert not woken.is_set()
    assert feed._subscribers == {}


async def test_the_feed_comes_back_when_its_connection_is_cut(
    talk: Talk, feed: EventFeed, database_urls: DatabaseUrls, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log, "POLL_S", 3600)
    run = await talk.ask()
    tail = asyncio.create_task(collect(talk, run, feed.subscribe))
    await talk.append(run, "a", stage("1"))
    async with asyncio.timeout(20):
        while not cut_listeners(database_urls):  # noqa: ASYNC110 -- another process's state, nothing to wait on
            await asyncio.sleep(0.02)
        await talk.append(run, "b", stage("while deaf"))
        await talk.finish(run)
        assert await tail == [(1, "run.started"), (2, "stage"), (3, "stage"), (4, "run.finished")]


def cut_listeners(urls: DatabaseUrls) -> int:
    with superuser(urls) as admin:
        rows = admin.execute(
            """SELECT pg_terminate_backend(pid) FROM pg_stat_activity
               WHERE datname = current_database() AND query LIKE 'LISTEN run_events%'"""
        ).fetchall()
    return len(rows)


async def test_twenty_tails_over_one_listener_each_see_everything(talk: Talk, feed: EventFeed) -> None:
    run = await talk.ask()
    tails = [asyncio.create_task(collect(talk, run, feed.subscribe)) for _ in range(20)]
    await asyncio.gather(*(talk.append(run, f"s{n}", stage(str(n))) for n in range(15)))
    await talk.finish(run)
    expected = [(1, "run.started"), *((n, "stage") for n in range(2, 17)), (17, "run.finished")]
    async with asyncio.timeout(20):
        assert await asyncio.gather(*tails) == [expected] * 20


# ---------------------------------------------------------------- who may write to a run


async def test_only_the_latest_attempt_holds_a_run(talk: Talk) -> None:
    run = await talk.ask()
    async with talk.database.transaction(talk.system) as tx:
        assert await store.hold_run(tx, run.run_id, 0) is None
        assert await store.start_run(tx, run.run_id, talk.now()) == {
            "attempts": 1,
            "attempts_from": 0,
            "cancel_requested_at": None,
            "follows": False,
        }
        assert await store.hold_run(tx, run.run_id, 1) == {"stop": False}
        assert await store.start_run(tx, run.run_id, talk.now()) == {
            "attempts": 2,
            "attempts_from": 0,
            "cancel_requested_at": None,
            "follows": False,
        }
        assert await store.hold_run(tx, run.run_id, 1) is None
        assert not await store.finish_run(tx, run.run_id, 1, RunStatus.ANSWERED.value, {}, talk.now())
        assert await store.request_cancel(tx, run.run_id, talk.now())
        assert await store.hold_run(tx, run.run_id, 2) == {"stop": True}
        assert await store.finish_run(tx, run.run_id, 2, RunStatus.CANCELLED.value, {}, talk.now())
        assert not await store.finish_run(tx, run.run_id, 2, RunStatus.ANSWERED.value, {}, talk.now())
        assert await store.hold_run(tx, run.run_id, 2) is None
        assert await store.start_run(tx, run.run_id, talk.now()) is None
        assert not await store.request_cancel(tx, run.run_id, talk.now())
