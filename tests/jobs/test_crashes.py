"""kill -9 of the worker and of the database, in the middle of a turn and at rest: every run ends, nothing twice.

Real processes: the worker as `python -m jobs work`, a model that streams slowly over HTTP, a PostgreSQL to kill.
"""

import asyncio
import base64
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncGenerator, Generator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from core.database import Database
from core.errors import Unavailable
from core.settings import ROOT
from deploy import embedded_postgres
from deploy.embedded_postgres import EmbeddedPostgres
from deploy.migrate import DatabaseUrls
from gateway.embeddings import Embedder
from graph.context import Guards
from jobs.queue import Queue, queue_app
from jobs.turns import TurnDesk
from runs.conversations import Admitted
from runs.models import Question, RunStatus
from sandbox.model.app import create_model_app
from sandbox.server import serving
from tests.graph.test_restarts import check_nothing_twice
from tests.graph.test_turns import check_complete
from tests.graph.world import BUSINESS, KEYRING, RECORDS, RETAINED, TODAY, Told, World, open_world
from tests.mortal_postgres import kill_postgres, mortal_postgres

REPLY = "\n".join(json.dumps({"text": text, "citations": [1]}) for text in (RETAINED, BUSINESS))
SLOW = 15.0
"""Tokens a second: the reply takes some four seconds, and its first claim is out long before its second."""


@dataclass(frozen=True, slots=True)
class Model:
    """The scripted model server's address and what to tell it."""

    address: str

    def says(self, *replies: str, tokens_per_second: float) -> None:
        with httpx.Client(base_url=self.address, trust_env=False) as client:
            client.delete("/control").raise_for_status()
            client.post(
                "/control", json={"script": list(replies), "tokens_per_second": tokens_per_second}
            ).raise_for_status()


@pytest.fixture(scope="module")
def model() -> Iterator[Model]:
    with serving(lambda _address: create_model_app()) as address:
        yield Model(address)


@pytest.fixture(scope="module")
def mortal() -> Iterator[EmbeddedPostgres]:
    with mortal_postgres("crashes") as server:
        yield server


@contextmanager
def worker_process(url: str, model: Model, log: Path) -> Generator[subprocess.Popen[bytes]]:
    """`python -m jobs work --queue turns`, ended with the block."""
    environment = {
        "PATH": os.environ["PATH"],
        "ENVIRONMENT": "development",
        "MASTER_KEY": base64.b64encode(bytes(range(32))).decode(),
        "DATABASE_URL": url,
        "OPENAI_API_KEY": "test",
        "OPENAI_BASE_URL": f"{model.address}/v1",
        "OMP_NUM_THREADS": "1",
    }
    with log.open("ab") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "jobs", "work", "--queue", "turns"],
            cwd=ROOT,
            env=environment,
            stdout=output,
            stderr=output,
        )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


@dataclass(frozen=True, slots=True)
class Bank:
    """The world with a queue before it."""

    world: World
    desk: TurnDesk

    async def ask(self) -> Admitted:
        question = Question(text=RECORDS, as_of=TODAY)
        async with self.world.database.transaction(self.world.principal) as tx:
            return await self.desk.admit(tx, question, thread_id=None, now=datetime.now(UTC))

    async def until(self, admitted: Admitted, kind: str) -> Told:
        """Wait for an event of another process; an outage meanwhile is waited out."""
        while True:
            try:
                told = await self.world.told(admitted)
            except Unavailable:
                told = None
            if told is not None and kind in told.kinds:
                return told
            await asyncio.sleep(0.05)


@asynccontextmanager
async def bank(urls: DatabaseUrls, embedder: Embedder, guards: Guards) -> AsyncGenerator[Bank]:
    database = await Database(urls.app, min_size=1, max_size=4, timeout_s=2).open()
    app = queue_app(urls.app)
    async with app.open_async():
        world = await open_world(database, embedder, guards)
        yield Bank(world, TurnDesk(KEYRING, Queue(app), most_waiting=100))
    await database.close()


async def test_a_worker_killed_in_mid_turn(
    database_urls: DatabaseUrls, model: Model, embedder: Embedder, guards: Guards, tmp_path: Path
) -> None:
    log = tmp_path / "worker.log"
    model.says(REPLY, REPLY, tokens_per_second=SLOW)
    async with asyncio.timeout(90), bank(database_urls, embedder, guards) as asked:
        with worker_process(database_urls.app, model, log) as process:
            run = await asked.ask()
            before = await asked.until(run, "claim")
            process.send_signal(signal.SIGKILL)
            process.wait()
        assert (before.run.status, before.claims) == (RunStatus.RUNNING, [RETAINED])
        with worker_process(database_urls.app, model, log):
            told = await asked.until(run, "run.finished")
    check_complete(told)
    check_nothing_twice(told)
    assert told.events[: len(before.events)] == before.events
    assert (told.run.status, told.run.attempts) == (RunStatus.ANSWERED, 2)
    assert told.claims == [RETAINED, BUSINESS]


async def test_a_worker_told_to_stop_ends_its_turn_first(
    database_urls: DatabaseUrls, model: Model, embedder: Embedder, guards: Guards, tmp_path: Path
) -> None:
    model.says(REPLY, tokens_per_second=SLOW)
    async with asyncio.timeout(60), bank(database_urls, embedder, guards) as asked:
        with worker_process(database_urls.app, model, tmp_path / "worker.log") as process:
            run = await asked.ask()
            await asked.until(run, "claim")
            process.terminate()
            told = await asked.until(run, "run.finished")
            assert await asyncio.to_thread(process.wait, 30) == 0
    check_complete(told)
    assert (told.run.status, told.run.attempts, told.claims) == (RunStatus.ANSWERED, 1, [RETAINED, BUSINESS])


async def test_a_database_killed_in_mid_turn_and_at_rest(
    mortal: EmbeddedPostgres, model: Model, embedder: Embedder, guards: Guards, tmp_path: Path
) -> None:
    model.says(REPLY, REPLY, REPLY, tokens_per_second=SLOW)
    urls = mortal.urls("crashes")
    async with asyncio.timeout(120), bank(urls, embedder, guards) as asked:
        with worker_process(urls.app, model, tmp_path / "worker.log"):
            run = await asked.ask()
            before = await asked.until(run, "claim")
            await asyncio.to_thread(kill_postgres, mortal)
            with pytest.raises(Unavailable, match="nothing was changed"):
                await asked.ask()
            await asyncio.to_thread(embedded_postgres.start, mortal.data)
            told = await asked.until(run, "run.finished")
            check_complete(told)
            check_nothing_twice(told)
            assert told.events[: len(before.events)] == before.events
            assert (told.run.status, told.claims) == (RunStatus.ANSWERED, [RETAINED, BUSINESS])

            await asyncio.to_thread(kill_postgres, mortal)
            with pytest.raises(Unavailable, match="nothing was changed"):
                await asked.ask()
            await asyncio.to_thread(embedded_postgres.start, mortal.data)
            model.says(REPLY, tokens_per_second=0)
            second = await ask_again(asked)
            told = await asked.until(second, "run.finished")
            check_complete(told)
            assert (told.run.status, told.claims) == (RunStatus.ANSWERED, [RETAINED, BUSINESS])


async def ask_again(asked: Bank) -> Admitted:
    """As a client does that was told to try again shortly."""
    while True:
        try:
            return await asked.ask()
        except Unavailable:
            await asyncio.sleep(0.2)
