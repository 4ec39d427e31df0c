"""The database dies and comes back: clear errors meanwhile, no restart needed afterwards."""

import asyncio
import os
import signal
import tempfile
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from deploy import embedded_postgres
from deploy.embedded_postgres import EmbeddedPostgres
from deploy.migrate import prepare
from tests.api.conftest import serving_api
from tests.api.provider import Provider
from tests.api.streams import ask

DATABASE = "outage"


@pytest.fixture
def own_server() -> Iterator[tuple[EmbeddedPostgres, Path]]:
    """A server that this test alone may kill."""
    with tempfile.TemporaryDirectory(prefix="cs-") as folder:
        data = Path(folder) / "pg"
        server = embedded_postgres.start(data)
        try:
            prepare(server.urls(DATABASE))
            yield server, data
        finally:
            server.stop()


@asynccontextmanager
async def killed(server: EmbeddedPostgres, data: Path) -> AsyncGenerator[None]:
    """The server without mercy dead inside the block, running again after it."""
    pid = int((data / "postmaster.pid").read_text().split()[0])
    os.kill(pid, signal.SIGKILL)
    while server.is_running():  # noqa: ASYNC110 -- another process, which sets no event of ours
        await asyncio.sleep(0.05)
    try:
        yield
    finally:
        await asyncio.to_thread(embedded_postgres.start, data)


async def status_of(client: httpx.AsyncClient, path: str, wanted: int) -> httpx.Response:
    """Ask until the wanted status is seen; every other answer on the way is a clear 503."""
    async with asyncio.timeout(60):
        while True:
            reply = await client.get(path)
            if reply.status_code == wanted:
                return reply
            assert (reply.status_code, reply.headers["retry-after"]) == (503, "2")
            await asyncio.sleep(0.2)


async def test_the_database_is_killed_and_comes_back(
    own_server: tuple[EmbeddedPostgres, Path], provider: Provider
) -> None:
    server, data = own_server
    async with serving_api(provider, server.urls(DATABASE).app) as api:
        anna = api.as_("anna")
        started = (await ask(anna, "before"))[0]
        async with killed(server, data):
            reply = await anna.get("/v1/threads")
            assert (reply.status_code, reply.json()["code"]) == (503, "unavailable")
            assert reply.json()["detail"] == "The database cannot be reached; nothing was changed. Try again shortly."
            asked = await anna.post("/v1/chat/stream", json={"message": "x"})
            assert (asked.status_code, asked.headers["content-type"]) == (503, "application/problem+json")
            ready = await anna.get("/readyz")
            assert (ready.status_code, ready.json()["reasons"]) == (503, ["The database does not answer."])
            assert (await anna.get("/livez")).status_code == 200
        await status_of(anna, "/readyz", 200)
        kept = await status_of(anna, "/v1/threads", 200)
        assert [thread["id"] for thread in kept.json()["items"]] == [started.data["thread_id"]]
        assert await _answer(anna) == "answered"


async def _answer(client: httpx.AsyncClient) -> str:
    """Ask until it is taken, and read to the end over as many streams as that needs."""
    async with asyncio.timeout(60):
        while True:
            reply = await client.post("/v1/threads", headers={"Idempotency-Key": "after-outage"})
            if reply.status_code == 201:
                break
            await asyncio.sleep(0.2)
    thread_id = reply.json()["id"]
    async with asyncio.timeout(60):
        while True:
            reply = await client.post(f"/v1/threads/{thread_id}/runs", json={"message": "after"})
            if reply.status_code in {202, 409}:
                break
            await asyncio.sleep(0.2)
        while True:
            runs = (await client.get(f"/v1/threads/{thread_id}")).json().get("runs", [])
            if runs and runs[0]["finished_at"]:
                status: str = runs[0]["status"]
                return status
            await asyncio.sleep(0.2)
