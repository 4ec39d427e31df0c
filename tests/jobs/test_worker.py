"""The worker loses no wake-up, does not spin, frees the jobs of the dead, and hands on what it can't finish."""

import asyncio
import random
from collections.abc import AsyncGenerator
from datetime import UTC, datetime
from typing import Any, NoReturn

import pytest
from procrastinate import App

from core.database import Database
from core.errors import Unavailable
from core.principal import Principal
from deploy.migrate import DatabaseUrls
from jobs import service, store, worker
from jobs.queue import TURNS, TryAgain, queue_app
from jobs.service import working
from jobs.stalled import free_stalled_jobs
from jobs.worker import Heartbeat, PromptWorker
from tests.superuser import superuser

HARBOUR = Principal.system("harbour")
QUICK = Heartbeat(every_s=0.05)
FAR = datetime(2100, 1, 1, tzinfo=UTC)


class CountingWorker(PromptWorker):
    """Counts how often it looked for work, and looks only when woken."""

    def __init__(self, app: App, concurrency: int) -> None:
        super().__init__(app, queues=[TURNS], concurrency=concurrency, install_signal_handlers=False)
        self.fetch_job_polling_interval = 3600.0
        self.looks = 0

    async def _fetch_and_process_jobs(self) -> None:
        self.looks += 1
        await super()._fetch_and_process_jobs()


@pytest.fixture
async def app(database_urls: DatabaseUrls) -> AsyncGenerator[App]:
    with superuser(database_urls) as admin:
        admin.execute("SET lock_timeout = '5s'")  # a test before that left its worker running
        admin.execute("TRUNCATE queue.procrastinate_jobs, queue.procrastinate_workers CASCADE")
    app = queue_app(database_urls.app)
    async with app.open_async():
        yield app


async def defer(database: Database, app: App, task: str, **args: Any) -> None:
    async with database.transaction(HARBOUR) as tx:
        await store.defer(app, tx, task, queue=TURNS, lock=None, args=args)


def jobs(urls: DatabaseUrls) -> list[tuple[Any, ...]]:
    with superuser(urls) as admin:
        return admin.execute("SELECT status::text, attempts FROM queue.procrastinate_jobs ORDER BY id").fetchall()


@pytest.mark.parametrize("concurrency", [1, 8])
async def test_no_wake_up_is_lost(app: App, database: Database, concurrency: int) -> None:
    """Jobs that arrive while another is being fetched: with a poll of an hour, a lost one would never be done."""
    done: set[int] = set()
    landed = asyncio.Condition()

    @app.task(name="note")
    async def note(number: int) -> None:
        async with landed:
            done.add(number)
            landed.notify_all()

    counting = CountingWorker(app, concurrency)
    running = asyncio.create_task(counting.run())
    chance = random.Random(7)
    pairs = 150
    try:
        async with asyncio.timeout(60):
            for pair in range(pairs):
                for number in (2 * pair, 2 * pair + 1):
                    await defer(database, app, "note", number=number)
                    await asyncio.sleep(chance.uniform(0, 0.006))
                async with landed:
                    await landed.wait_for(lambda: {2 * pair, 2 * pair + 1} <= done)  # noqa: B023
    finally:
        counting.stop()
        await running
    assert done == set(range(2 * pairs))


async def test_an_idle_worker_does_not_look_again_and_again(app: App, database: Database) -> None:
    done = asyncio.Event()

    @app.task(name="once")
    async def once() -> None:
        done.set()

    counting = CountingWorker(app, 2)
    running = asyncio.create_task(counting.run())
    await defer(database, app, "once")
    async with asyncio.timeout(20):
        await done.wait()
    await asyncio.sleep(0.2)
    looks = counting.looks
    await asyncio.sleep(0.5)
    assert counting.looks == looks
    counting.stop()
    await running


async def test_a_job_whose_end_the_database_forgot_is_put_back(
    app: App, database: Database, database_urls: DatabaseUrls
) -> None:
    """A server that failed has it down as done by a worker that lives and has long ended it: it would hold its lock,
    and with it the conversation, for ever."""
    done: list[int] = []

    @app.task(name="note")
    async def note(number: int) -> None:
        done.append(number)

    busy = PromptWorker(app, queues=[TURNS], concurrency=2, heartbeat=QUICK, install_signal_handlers=False)
    busy.fetch_job_polling_interval = 0.05
    running = asyncio.create_task(busy.run())
    async with asyncio.timeout(20):
        while busy.worker_id is None:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        await app.configure_task("note", queue=TURNS, lock="thread:1", schedule_at=FAR).defer_async(number=1)
        await app.connector.execute_query_async(
            "UPDATE procrastinate_jobs SET status = 'doing', worker_id = %(worker)s, scheduled_at = NULL",
            worker=busy.worker_id,
        )
        await app.configure_task("note", queue=TURNS, lock="thread:1").defer_async(number=2)
        while len(done) < 2:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    busy.stop()
    await running
    assert done == [1, 2]
    assert jobs(database_urls) == []


async def test_a_job_in_a_rolled_back_transaction_does_not_exist(
    app: App, database: Database, database_urls: DatabaseUrls
) -> None:
    async def defer_and_fail() -> None:
        async with database.transaction(HARBOUR) as tx:
            await store.defer(app, tx, "x", queue=TURNS, lock=None, args={})
            raise KeyError

    with pytest.raises(KeyError):
        await defer_and_fail()
    assert jobs(database_urls) == []
    await defer(database, app, "x")
    assert jobs(database_urls) == [("todo", 0)]


async def test_a_database_that_goes_away_under_a_deferral_is_told_as_such(
    app: App, database: Database, database_urls: DatabaseUrls
) -> None:
    async def defer_without_a_database() -> None:
        async with database.transaction(HARBOUR) as tx:
            with superuser(database_urls) as admin:
                admin.execute(
                    """SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                       WHERE datname = current_database() AND state = 'idle in transaction'"""
                )
            await store.defer(app, tx, "x", queue=TURNS, lock=None, args={})

    with pytest.raises(Unavailable, match="nothing was changed"):
        await defer_without_a_database()
    assert jobs(database_urls) == []


async def test_a_dead_workers_job_is_freed_and_a_living_ones_is_not(
    app: App, database: Database, database_urls: DatabaseUrls
) -> None:
    dead, living = [await app.job_manager.register_worker() for _ in range(2)]
    for worker_id in (dead, living):
        await defer(database, app, "x")
        assert await app.job_manager.fetch_job(queues=[TURNS], worker_id=worker_id) is not None
    assert await free_stalled_jobs(app) == 0
    with superuser(database_urls) as admin:
        admin.execute(
            "UPDATE queue.procrastinate_workers SET last_heartbeat = now() - make_interval(secs => %s) WHERE id = %s",
            (worker.HEARTBEAT.dead_after_s + 1, dead),
        )
    assert sum(await asyncio.gather(*(free_stalled_jobs(app) for _ in range(4)))) == 1
    assert jobs(database_urls) == [("todo", 1), ("doing", 0)]
    assert await free_stalled_jobs(app) == 0


async def test_a_freed_job_is_taken_up_at_once(app: App, database: Database) -> None:
    """With a poll of an hour, one that nobody was woken for would wait."""
    done = asyncio.Queue[str]()

    @app.task(name="put")
    async def put(name: str) -> None:
        done.put_nowait(name)

    await defer(database, app, "put", name="left")
    dead = await app.job_manager.register_worker()
    assert await app.job_manager.fetch_job(queues=[TURNS], worker_id=dead) is not None
    counting = CountingWorker(app, 1)
    running = asyncio.create_task(counting.run())
    try:
        async with asyncio.timeout(30):
            while done.empty():  # until it listens
                await defer(database, app, "put", name="new")
                await asyncio.sleep(0.2)
            await app.job_manager.unregister_worker(dead)
            assert await free_stalled_jobs(app) == 1
            while await done.get() != "left":
                pass
    finally:
        counting.stop()
        await running


@pytest.mark.parametrize(
    "error", [None, Unavailable("gone"), KeyError("defect")], ids=["done", "an outage", "a defect"]
)
async def test_a_worker_that_lost_its_job_leaves_it_to_the_next(
    app: App, database: Database, database_urls: DatabaseUrls, error: Exception | None
) -> None:
    """It was silent for too long, and taken for dead. If it finished the job that another works on now, and that one
    died, nobody would go on."""
    begun, finish = asyncio.Event(), asyncio.Event()

    @app.task(name="slow", retry=TryAgain())
    async def slow() -> None:
        begun.set()
        await finish.wait()
        if error is not None:
            raise error

    await defer(database, app, "slow")
    once = PromptWorker(app, queues=[TURNS], concurrency=1, wait=False, install_signal_handlers=False)
    running = asyncio.create_task(once.run())
    async with asyncio.timeout(30):
        await begun.wait()
        (job,) = await app.job_manager.list_jobs_async()
        await app.job_manager.retry_job(job)
        another = await app.job_manager.register_worker()
        assert await app.job_manager.fetch_job(queues=[TURNS], worker_id=another) is not None
        finish.set()
        await running
    assert jobs(database_urls) == [("doing", 1)]


@pytest.mark.parametrize(
    ("error", "status"),
    [(Unavailable("gone"), "todo"), (asyncio.CancelledError(), "todo"), (KeyError("defect"), "failed")],
)
async def test_an_outage_is_tried_again_and_a_defect_is_not(
    app: App, database: Database, database_urls: DatabaseUrls, error: BaseException, status: str
) -> None:
    @app.task(name="fail", retry=TryAgain())
    async def fail() -> None:
        raise error

    await defer(database, app, "fail")
    once = PromptWorker(app, queues=[TURNS], concurrency=1, wait=False, install_signal_handlers=False)
    await once.run()
    assert jobs(database_urls) == [(status, 1)]


async def test_what_a_stopping_worker_cannot_finish_goes_to_the_next(
    app: App, database: Database, database_urls: DatabaseUrls, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "GRACE_S", 0.2)
    begun, attempts = asyncio.Event(), 0

    @app.task(name="slow", retry=TryAgain())
    async def slow() -> None:
        nonlocal attempts
        attempts += 1
        begun.set()
        if attempts == 1:
            await asyncio.Event().wait()

    await defer(database, app, "slow")
    async with asyncio.timeout(30), working(app, queues=[TURNS], concurrency=1):
        await begun.wait()
    assert jobs(database_urls) == [("todo", 1)]
    begun.clear()
    async with asyncio.timeout(30), working(app, queues=[TURNS], concurrency=1):
        await begun.wait()
    assert jobs(database_urls) == []


async def test_a_stopping_worker_keeps_its_heart_beating(
    app: App, database: Database, database_urls: DatabaseUrls
) -> None:
    """Else the others would take its last jobs for a dead worker's and do them too."""
    begun, finish = asyncio.Event(), asyncio.Event()

    @app.task(name="last")
    async def last() -> None:
        begun.set()
        await finish.wait()

    await defer(database, app, "last")
    beating = PromptWorker(app, queues=[TURNS], concurrency=1, heartbeat=QUICK, install_signal_handlers=False)
    running = asyncio.create_task(beating.run())
    try:
        async with asyncio.timeout(worker.GRACE_S / 2):
            await begun.wait()
            beating.stop()
            await asyncio.sleep(0.3)  # its stopping has begun: what beats now is the last heartbeat
            with superuser(database_urls) as admin:
                admin.execute("UPDATE queue.procrastinate_workers SET last_heartbeat = now() - interval '1 hour'")
                while not admin.execute(  # noqa: ASYNC110
                    "SELECT 1 FROM queue.procrastinate_workers WHERE last_heartbeat > now() - interval '1 minute'"
                ).fetchone():
                    await asyncio.sleep(0.02)
    finally:
        finish.set()
        await running


async def test_a_worker_that_fails_is_replaced(
    app: App, database: Database, database_urls: DatabaseUrls, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "RESTART_S", 0.05)
    done = asyncio.Queue[int]()

    @app.task(name="put")
    async def put(number: int) -> None:
        done.put_nowait(number)

    async with asyncio.timeout(30), working(app, queues=[TURNS], concurrency=1, heartbeat=QUICK):
        await defer(database, app, "put", number=1)
        assert await done.get() == 1
        with superuser(database_urls) as admin:
            admin.execute(
                """SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                   WHERE datname = current_database() AND pid <> pg_backend_pid()"""
            )
        for _ in range(20):
            try:
                await defer(database, app, "put", number=2)
                break
            except Unavailable:
                continue
        assert await done.get() == 2


async def test_a_worker_whose_listener_fails_is_replaced_without_haste(
    app: App, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Procrastinate then ends it as if it had been stopped: no error says so."""
    monkeypatch.setattr(service, "RESTART_S", 0.1)
    begun = 0
    done = asyncio.Event()

    class Failing(PromptWorker):
        async def _update_heartbeat(self) -> NoReturn:
            nonlocal begun
            begun += 1
            if begun <= 2:
                raise KeyError("no heartbeat")
            await super()._update_heartbeat()

    @app.task(name="late")
    async def late() -> None:
        done.set()

    monkeypatch.setattr(service, "PromptWorker", Failing)
    async with asyncio.timeout(30), working(app, queues=[TURNS], concurrency=1):
        await asyncio.sleep(0.5)
        await defer(database, app, "late")
        await done.wait()
    assert 3 <= begun <= 8
