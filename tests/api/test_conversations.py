"""Conversations: a repeated request makes one, they are listed and hidden, and another person's are not found."""

import asyncio
from uuid import uuid4

import httpx
import pytest

from core.database import Database, connection
from core.principal import Principal
from tests.api.conftest import Api
from tests.api.streams import Event, ask


async def test_the_same_key_and_body_stream_the_same_run(anna: httpx.AsyncClient) -> None:
    headers = {"Idempotency-Key": str(uuid4())}
    first, second = [await ask(anna, "x", headers=headers) for _ in range(2)]
    assert first == second
    other = await anna.post("/v1/chat/stream", json={"message": "y"}, headers=headers)
    assert (other.status_code, other.json()["code"]) == (409, "idempotency_mismatch")


async def test_requests_at_once_with_one_key_make_one_run(anna: httpx.AsyncClient) -> None:
    headers = {"Idempotency-Key": str(uuid4())}
    seen = await asyncio.gather(*(ask(anna, "at once", headers=headers) for _ in range(6)))
    assert {each[0].data["run_id"] for each in seen} == {seen[0][0].data["run_id"]}


async def test_a_key_is_its_persons_own(api: Api, anna: httpx.AsyncClient) -> None:
    headers = {"Idempotency-Key": "one-key"}
    mine = await ask(anna, "x", headers=headers)
    theirs = await ask(api.as_("omar"), "x", headers=headers)
    assert mine[0].data["run_id"] != theirs[0].data["run_id"]


async def test_a_refused_request_leaves_its_key_free(anna: httpx.AsyncClient) -> None:
    headers = {"Idempotency-Key": str(uuid4())}
    path = f"/v1/threads/{uuid4()}/runs"
    for _ in range(2):
        assert (await anna.post(path, json={"message": "x"}, headers=headers)).status_code == 404
    assert await ask(anna, "x", headers=headers)


async def test_creating_a_thread_twice_with_one_key_is_one_thread(anna: httpx.AsyncClient) -> None:
    headers = {"Idempotency-Key": str(uuid4())}
    first, second = [await anna.post("/v1/threads", headers=headers) for _ in range(2)]
    assert first.json() == second.json()
    assert (await anna.post("/v1/threads")).json()["id"] != first.json()["id"]


async def test_a_thread_shows_how_its_owner_rated_each_answer(anna: httpx.AsyncClient) -> None:
    started = (await ask(anna, "rate this"))[0].data
    path = f"/v1/runs/{started['run_id']}"
    assert (await anna.get(path)).json()["feedback"] is None
    for rating in ("down", "up"):
        reply = await anna.post(f"{path}/feedback", json={"rating": rating, "comment": "because"})
        assert reply.status_code == 204
    await ask(anna, "not this", thread_id=started["thread_id"])
    runs = (await anna.get(f"/v1/threads/{started['thread_id']}")).json()["runs"]
    assert [run["feedback"] for run in runs] == [{"rating": "up"}, None]
    assert (await anna.get(path)).json()["feedback"] == {"rating": "up"}


async def test_nothing_of_a_conversation_is_stored_in_clear(anna: httpx.AsyncClient, database: Database) -> None:
    question = "Kreditkarte von Frau Beispiel"
    await ask(anna, question, headers={"Idempotency-Key": str(uuid4())})
    async with database.transaction(Principal("harbour", "anna")) as tx:
        for table in ("threads", "messages", "run_events", "idempotency_keys", "audit_records", "runs"):
            cursor = await connection(tx).execute(f"SELECT t::text AS row FROM app.{table} t")
            rows = " ".join(str(row["row"]) for row in await cursor.fetchall())
            assert rows, table
            assert question not in rows
            assert question.encode().hex() not in rows


async def test_conversations_are_paged_latest_first_and_can_be_hidden(api: Api) -> None:
    pia = api.as_("pia")
    started = [(await ask(pia, f"question {number}"))[0].data["thread_id"] for number in range(5)]
    pages: list[list[str]] = []
    cursor: str | None = None
    while True:
        query = {"limit": "2", **({"cursor": cursor} if cursor else {})}
        page = (await pia.get("/v1/threads", params=query)).json()
        pages.append([thread["id"] for thread in page["items"]])
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert pages == [[started[4], started[3]], [started[2], started[1]], [started[0]]]

    assert (await pia.post(f"/v1/threads/{started[2]}/hide")).status_code == 204
    assert (await pia.post(f"/v1/threads/{started[2]}/hide")).status_code == 204
    listed = (await pia.get("/v1/threads")).json()["items"]
    assert [thread["id"] for thread in listed] == [started[4], started[3], started[1], started[0]]
    assert (await pia.get(f"/v1/threads/{started[2]}")).status_code == 200


@pytest.mark.parametrize("query", ["limit=0", "limit=101", "limit=x", "cursor=" + "x" * 2000])
async def test_paging_has_bounds(anna: httpx.AsyncClient, query: str) -> None:
    assert (await anna.get(f"/v1/threads?{query}")).status_code == 422


async def test_a_foreign_or_garbled_cursor_is_refused(api: Api, anna: httpx.AsyncClient) -> None:
    for _ in range(2):
        await ask(anna, "x")
    cursor = (await anna.get("/v1/threads?limit=1")).json()["next_cursor"]
    assert cursor
    for client, used in [(api.as_("omar"), cursor), (anna, "garbage"), (anna, cursor[:-3] + "AAA")]:
        reply = await client.get("/v1/threads", params={"cursor": used})
        assert (reply.status_code, reply.json()["code"]) == (400, "bad_request")
    assert (await anna.get("/v1/documents", params={"cursor": cursor})).status_code == 400


async def test_what_belongs_to_somebody_else_is_not_found(api: Api, anna: httpx.AsyncClient) -> None:
    started: Event = (await ask(anna, "mine"))[0]
    run_id, thread_id = started.data["run_id"], started.data["thread_id"]
    for client in (api.as_("omar"), api.as_("carla"), api.as_("boris")):
        for method, path, body in [
            ("GET", f"/v1/threads/{thread_id}", None),
            ("POST", f"/v1/threads/{thread_id}/hide", None),
            ("POST", f"/v1/threads/{thread_id}/runs", {"message": "x"}),
            ("POST", "/v1/chat/stream", {"message": "x", "thread_id": thread_id}),
            ("GET", f"/v1/runs/{run_id}", None),
            ("GET", f"/v1/runs/{run_id}/events", None),
            ("POST", f"/v1/runs/{run_id}/cancel", None),
            ("POST", f"/v1/runs/{run_id}/feedback", {"rating": "up"}),
        ]:
            theirs = await client.request(method, path, json=body)
            missing = await client.request(
                method,
                path.replace(thread_id, str(uuid4())).replace(run_id, str(uuid4())),
                json=None if body is None else {**body, **({"thread_id": str(uuid4())} if "thread_id" in body else {})},
            )
            assert (theirs.status_code, theirs.json()["code"]) == (404, "not_found"), path
            assert theirs.json() | {"request_id": ""} == missing.json() | {"request_id": ""}, path
        assert thread_id not in (await client.get("/v1/threads")).text
