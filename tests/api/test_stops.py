"""The stop switch over HTTP: one person stops, two restart, and what is signed stands still meanwhile."""

import asyncio
from collections.abc import AsyncGenerator
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.api.acting import do
from tests.api.conftest import Api
from tests.api.requests import decide, done, ended, request

WHY = "The notes went to the wrong cases."


@pytest.fixture
async def carla(api: Api) -> AsyncGenerator[httpx.AsyncClient]:
    """Compliance; whatever a test stopped goes on after it."""
    carla = api.as_("carla")
    yield carla
    for stop in (await carla.get("/v1/stops")).json()["items"]:
        if stop["state"] == "active":
            for client in (carla, api.as_("alex"), api.as_("sam")):
                await client.post(f"/v1/stops/{stop['id']}/restart")


async def stop(client: httpx.AsyncClient, scope: str = "writes", **more: Any) -> httpx.Response:
    headers = more.pop("headers", {})
    return await client.post("/v1/stops", json={"scope": scope, "reason": WHY, **more}, headers=headers)


async def test_one_stops_and_two_restart(api: Api, carla: httpx.AsyncClient) -> None:
    reply = await stop(carla)
    assert reply.status_code == 201
    made = reply.json()
    assert made == {
        "id": made["id"],
        "scope": "writes",
        "state": "active",
        "stopped_by": {"person": "carla", "name": "Carla Mendes"},
        "reason": WHY,
        "stopped_at": made["stopped_at"],
        "restarts": [],
        "lifted_at": None,
    }
    assert (await carla.get("/v1/stops")).json() == {"items": [made], "next_cursor": None}
    path = f"/v1/stops/{made['id']}/restart"
    first = await carla.post(path)
    assert (first.status_code, first.json()["state"]) == (200, "active")
    again = await carla.post(path)
    assert (again.status_code, again.json()["code"]) == (409, "conflict")
    second = (await api.as_("alex").post(path)).json()
    assert (second["state"], [mark["person"] for mark in second["restarts"]]) == ("lifted", ["carla", "alex"])
    assert second["lifted_at"]
    assert (await api.as_("sam").post(path)).status_code == 409


async def test_stopping_what_is_stopped_answers_with_that_stop(api: Api, carla: httpx.AsyncClient) -> None:
    first, second = await stop(carla, "all"), await stop(api.as_("sam"), "all", reason="Another reason.")
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json() == second.json()


async def test_the_same_key_gives_the_same_reply(api: Api, carla: httpx.AsyncClient) -> None:
    headers = {"Idempotency-Key": str(uuid4())}
    replies = await asyncio.gather(*(stop(carla, "tool:card_block", headers=headers) for _ in range(4)))
    assert all(reply.json() == replies[0].json() for reply in replies)
    other = await stop(carla, "all", headers=headers)
    assert (other.status_code, other.json()["code"]) == (409, "idempotency_mismatch")


async def test_who_may_not_stop_may_not_look_either(api: Api, carla: httpx.AsyncClient) -> None:
    made = (await stop(carla)).json()
    for who in ("anna", "omar", "pia", "nobody"):
        client = api.as_(who)
        for reply in [
            await client.get("/v1/stops"),
            await stop(client, "all"),
            await client.post(f"/v1/stops/{made['id']}/restart"),
            await client.post(f"/v1/stops/{uuid4()}/restart"),
        ]:
            assert (reply.status_code, reply.json()["code"]) == (403, "forbidden"), who
    assert len((await carla.get("/v1/stops")).json()["items"][0]["restarts"]) == 0


async def test_another_tenants_stop_is_not_there(api: Api, carla: httpx.AsyncClient) -> None:
    made = (await stop(carla)).json()
    sasha = api.as_("sasha")
    assert made["id"] not in (await sasha.get("/v1/stops")).text
    theirs, nowhere = [await sasha.post(f"/v1/stops/{stop_id}/restart") for stop_id in (made["id"], uuid4())]
    assert (theirs.status_code, theirs.json()["code"]) == (404, "not_found")
    assert theirs.json() | {"request_id": ""} == nowhere.json() | {"request_id": ""}


async def test_a_token_from_before_the_right_was_taken_restarts_nothing(api: Api, carla: httpx.AsyncClient) -> None:
    made, now = (await stop(carla)).json(), int(datetime.now(UTC).timestamp())
    tokens = [
        api.token("carla", sub="cora", iat=now - age, roles=roles) for age, roles in [(600, ["compliance"]), (300, [])]
    ]
    before, after = [api.client({"Authorization": f"Bearer {token}"}) for token in tokens]
    assert (await before.get("/v1/stops")).status_code == 200
    assert (await after.get("/v1/me")).status_code == 200
    for reply in (await before.post(f"/v1/stops/{made['id']}/restart"), await stop(before, "all")):
        assert (reply.status_code, reply.json()["code"]) == (403, "forbidden")


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"scope": "all"},
        {"reason": WHY},
        {"scope": "everything", "reason": WHY},
        {"scope": "tool:", "reason": WHY},
        {"scope": "tool:no_such_tool", "reason": WHY},
        {"scope": "tool:card_block ", "reason": WHY},
        {"scope": ["all"], "reason": WHY},
        {"scope": "all", "reason": ""},
        {"scope": "all", "reason": " \n"},
        {"scope": "all", "reason": "x" * 3_000},
        {"scope": "all", "reason": WHY, "state": "lifted"},
    ],
    ids=str,
)
async def test_a_malformed_stop_stops_nothing(carla: httpx.AsyncClient, body: dict[str, Any]) -> None:
    before = (await carla.get("/v1/stops")).json()
    assert (await carla.post("/v1/stops", json=body)).status_code == 422
    assert (await carla.get("/v1/stops")).json() == before


async def test_what_is_signed_but_not_done_stops_too(api: Api, carla: httpx.AsyncClient) -> None:
    anna, sam = api.as_("anna"), api.as_("sam")
    asked = await request(anna, do("case_add_note", case_id="C-1042", text="stopped"))
    api.gate.clear()
    try:
        assert (await decide(sam, asked)).json()["status"] == "approved"
        assert (await stop(carla)).status_code == 201
    finally:
        api.gate.set()
    assert (await ended(anna, asked))[-1].data["status"] == "failed"
    assert done(api, "stopped") == 0
    shown = (await anna.get(asked.path)).json()
    assert (shown["status"], shown["result"]) == (
        "voided",
        "Such requests are stopped at present, so nothing was done. Ask again when they are not.",
    )


async def test_a_stop_of_everything_stops_looking_too(api: Api, carla: httpx.AsyncClient) -> None:
    asked = await request(api.as_("anna"), do("case_add_note", case_id="C-1042", text="looked at"))
    sam = api.as_("sam")
    assert (await stop(carla, "writes")).status_code == 201
    assert (await sam.get(asked.path)).json()["facts"]["problem"] is None
    assert (await stop(carla, "all")).status_code == 201
    facts = (await sam.get(asked.path)).json()["facts"]
    assert (facts["lines"], facts["problem"]) == ([], "Work with the bank's systems is stopped at present.")
