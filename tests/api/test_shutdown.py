"""`python -m api` is told to stop while an answer is being followed: the stream ends whole, and is taken up later."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from core.settings import ROOT
from deploy.migrate import DatabaseUrls
from gateway.export_model import export
from tests.api.conftest import PERSONAS
from tests.api.provider import Provider
from tests.api.serving import free_socket
from tests.api.streams import streaming
from tests.gateway.conftest import MODEL_DIR

READY_WITHIN_S = 90
ENDS_WITHIN_S = 20


@asynccontextmanager
async def _api(
    provider: Provider, urls: DatabaseUrls, log: Path, **settings: str
) -> AsyncGenerator[tuple[asyncio.subprocess.Process, httpx.AsyncClient]]:
    """The process, ready, and anna's client."""
    with free_socket() as free:
        port = free.getsockname()[1]
    environment = os.environ | {
        "ENVIRONMENT": "development",
        "PORT": str(port),
        "DATABASE_URL": urls.app,
        "MASTER_KEY": "a" * 43 + "=",
        "PYTHONUNBUFFERED": "1",
        "OIDC_ISSUERS": f'[{{"issuer": "{provider.issuer}", "tenants": ["harbour"]}}]',
        "EMBEDDING_MODEL_DIR": str(MODEL_DIR),
        **settings,
    }
    with log.open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "api", cwd=ROOT, env=environment, stdout=output, stderr=subprocess.STDOUT
        )
    token = provider.token(datetime.now(UTC), sub="anna", **PERSONAS["anna"])
    headers = {"Authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(
        base_url=f"http://127.0.0.1:{port}", headers=headers, trust_env=False, timeout=30
    ) as client:
        try:
            await _until_ready(client, process)
            yield process, client
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()


async def _until_ready(client: httpx.AsyncClient, process: asyncio.subprocess.Process) -> None:
    async with asyncio.timeout(READY_WITHIN_S):
        while process.returncode is None:
            try:
                if (await client.get("/readyz")).status_code == 200:
                    return
            except httpx.TransportError:
                pass
            await asyncio.sleep(0.1)
    pytest.fail("the service ended before it was ready")


async def test_a_stream_ends_whole_when_the_service_stops(
    provider: Provider, database_urls: DatabaseUrls, tmp_path: Path
) -> None:
    export(MODEL_DIR)
    log = tmp_path / "api.log"
    async with _api(provider, database_urls, log, WORKER="separate") as (process, client):  # nobody works on the run
        body = {"message": "How long is an application for credit retained?"}
        async with streaming(client, "POST", "/v1/chat/stream", json=body) as (response, events):
            assert response.status_code == 200, log.read_text()
            started = await anext(events)
            process.send_signal(signal.SIGTERM)
            assert [event async for event in events] == [], "it ends, and the connection is not broken off"
        await asyncio.wait_for(process.wait(), ENDS_WITHIN_S)
    assert process.returncode in {0, -signal.SIGTERM}
    assert "Traceback" not in log.read_text()
    async with _api(provider, database_urls, log) as (process, client):
        path = f"/v1/runs/{started.data['run_id']}/events"
        async with streaming(client, "GET", path, headers={"Last-Event-ID": str(started.id)}) as (_, events):
            rest = [event async for event in events]
        process.send_signal(signal.SIGTERM)
        await asyncio.wait_for(process.wait(), ENDS_WITHIN_S)
    assert [event.id for event in rest] == list(range(started.id + 1, started.id + 1 + len(rest)))
    assert rest[-1].kind == "run.finished"
    assert "Traceback" not in log.read_text()
