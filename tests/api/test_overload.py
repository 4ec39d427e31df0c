"""Bounds that protect the service: a full queue and fast askers are refused and counted; a dead part is told."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

import httpx
import pytest

from deploy.migrate import DatabaseUrls
from tests.api.conftest import Api, serving_api
from tests.api.provider import Provider


@pytest.fixture
async def narrow(provider: Provider, database_urls: DatabaseUrls) -> AsyncGenerator[Api]:
    """A service that lets three questions of a tenant wait, and four of a person come at once."""
    changes: dict[str, Any] = {"questions_waiting": 3, "questions_burst": 4, "questions_per_second": 0.01}
    async with serving_api(provider, database_urls.app, **changes) as api:
        yield api


async def _ask(client: httpx.AsyncClient, **headers: str) -> httpx.Response:
    thread = (await client.post("/v1/threads")).json()["id"]
    return await client.post(f"/v1/threads/{thread}/runs", json={"message": "x"}, headers=headers)


async def _counted(client: httpx.AsyncClient, limit: str) -> float:
    lines = (await client.get("/metrics")).text.splitlines()
    name = f'countersign_http_limited_total{{limit="{limit}"}} '
    return next(float(line.removeprefix(name)) for line in lines if line.startswith(name))


async def test_a_full_queue_takes_no_more_until_it_has_room(narrow: Api) -> None:
    anna, omar, boris = narrow.as_("anna"), narrow.as_("omar"), narrow.as_("boris")
    narrow.gate.clear()
    taken = [await _ask(anna), await _ask(anna), await _ask(omar)]
    assert [reply.status_code for reply in taken] == [202, 202, 202]
    refused = await _ask(omar, **{"Idempotency-Key": "again"})
    assert (refused.status_code, refused.json()["code"], refused.headers["retry-after"]) == (503, "queue_full", "5")
    assert await _counted(omar, "queue") == 1
    assert (await _ask(boris)).status_code == 202, "another tenant's queue is its own"
    narrow.gate.set()
    async with asyncio.timeout(20):
        while (again := await _ask(omar, **{"Idempotency-Key": "again"})).status_code == 503:  # noqa: ASYNC110
            await asyncio.sleep(0.1)
    assert again.status_code == 202, "a refused question left nothing behind"


async def test_how_fast_one_person_may_ask_is_a_setting(narrow: Api) -> None:
    carla = narrow.as_("carla")
    replies = [await carla.post("/v1/chat/stream", json={"message": "x", "mode": "?"}) for _ in range(6)]
    assert {reply.status_code for reply in replies} == {422}, "what is not valid costs nothing"
    pia = narrow.as_("pia")
    statuses = [(await _ask(pia)).status_code for _ in range(6)]
    assert statuses == [202, 202, 202, 202, 429, 429]
    assert await _counted(pia, "questions") == 2


@pytest.mark.parametrize(
    ("task", "reason"),
    [
        ("event-feed", "Live answers are not being followed."),
        ("worker-turns-approvals", "The worker of turns has stopped."),
    ],
)
async def test_a_dead_part_is_told(provider: Provider, database_urls: DatabaseUrls, task: str, reason: str) -> None:
    before = asyncio.all_tasks()
    async with serving_api(provider, database_urls.app) as api:
        client = api.client()
        assert (await client.get("/readyz")).status_code == 200
        (part,) = [each for each in asyncio.all_tasks() - before if each.get_name() == task]
        part.cancel()
        await asyncio.wait([part], timeout=30)
        ready = await client.get("/readyz")
        assert (ready.status_code, ready.json()["reasons"], ready.headers["retry-after"]) == (503, [reason], "2")
