"""Asking: one call streams the answer; a dropped stream is taken up again; a repeated request is the same run."""

import asyncio
from collections.abc import Generator
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import httpx
import pytest

from api.limits import RUNS_PER_PERSON
from core.database import Database, connection
from core.principal import Principal
from tests.api.conftest import Api
from tests.api.streams import Event, ask, events_of, streaming

KINDS = ["run.started", "stage", "sources", "claim", "answer", "run.finished"]


@pytest.fixture
def anna(api: Api) -> httpx.AsyncClient:
    return api.as_("anna")


@pytest.fixture
def held(api: Api) -> Generator[asyncio.Event]:
    """Turns wait before they answer, until the test sets the gate."""
    api.gate.clear()
    yield api.gate
    api.gate.set()


async def test_one_call_asks_and_streams_the_answer(anna: httpx.AsyncClient) -> None:
    events = await ask(anna, "How long may an investigation take?")
    assert [(event.id, event.kind) for event in events] == list(enumerate(KINDS, start=1))
    run_id = events[0].data["run_id"]
    assert {event.data["run_id"] for event in events} == {run_id}
    assert all(datetime.fromisoformat(event.data["at"]).tzinfo == UTC for event in events)
    thread_id = events[0].data["thread_id"]

    run = (await anna.get(f"/v1/runs/{run_id}")).json()
    assert {name: run[name] for name in ("id", "thread_id", "status", "question", "answer", "events", "mode")} == {
        "id": run_id,
        "thread_id": thread_id,
        "status": "answered",
        "question": "How long may an investigation take?",
        "answer": "The bank decides within 10 business days.",
        "events": f"/v1/runs/{run_id}/events",
        "mode": "answer",
    }
    assert [source["title"] for source in run["citations"]] == ["Card disputes"]
    assert run["outcome"]["event"] == "answer"

    conversation = (await anna.get(f"/v1/threads/{thread_id}")).json()
    assert conversation["title"] == "How long may an investigation take?"
    assert [(message["role"], message["text"]) for message in conversation["messages"]] == [
        ("user", "How long may an investigation take?"),
        ("assistant", "The bank decides within 10 business days."),
    ]
    assert [each["id"] for each in conversation["runs"]] == [run_id]


async def test_the_stream_is_an_uncached_event_stream(anna: httpx.AsyncClient) -> None:
    async with streaming(anna, "POST", "/v1/chat/stream", json={"message": "x"}) as (response, events):
        assert response.headers["content-type"] == "text/event-stream; charset=utf-8"
        assert response.headers["cache-control"] == "no-store"
        assert response.headers["x-request-id"]
        assert (await anext(events)).kind == "run.started"


async def test_events_come_while_the_turn_is_under_way(anna: httpx.AsyncClient, held: asyncio.Event) -> None:
    async with streaming(anna, "POST", "/v1/chat/stream", json={"message": "x"}) as (_, events):
        seen = [(await anext(events)).kind for _ in range(3)]
        assert seen == KINDS[:3]
        run_id = (await anna.get("/v1/threads?limit=1")).json()["items"]
        assert run_id
        held.set()
        assert [event.kind async for event in events] == KINDS[3:]


async def test_a_dropped_stream_is_taken_up_after_its_last_event(anna: httpx.AsyncClient, held: asyncio.Event) -> None:
    async with streaming(anna, "POST", "/v1/chat/stream", json={"message": "x"}) as (_, events):
        first = [await anext(events) for _ in range(2)]
    run_id = first[0].data["run_id"]
    held.set()
    rest = await events_of(anna, run_id, after=first[-1].id)
    assert [event.kind for event in (*first, *rest)] == KINDS
    assert await events_of(anna, run_id) == [*first, *rest]


async def test_nothing_left_to_send_is_204(anna: httpx.AsyncClient) -> None:
    events = await ask(anna, "x")
    run_id, last = events[0].data["run_id"], events[-1].id
    for after in (last, last + 5):
        reply = await anna.get(f"/v1/runs/{run_id}/events", headers={"Last-Event-ID": str(after)})
        assert (reply.status_code, reply.content) == (204, b"")
    assert (await events_of(anna, run_id, after=last - 1))[0].kind == "run.finished"


@pytest.mark.parametrize("last", ["x", "-1", "99999999999999999999", "1.5"])
async def test_a_strange_last_event_id_is_refused(anna: httpx.AsyncClient, last: str) -> None:
    reply = await anna.get(f"/v1/runs/{uuid4()}/events", headers={"Last-Event-ID": last})
    assert (reply.status_code, reply.json()["code"]) == (422, "unprocessable")


async def test_many_readers_see_the_same_events(anna: httpx.AsyncClient, held: asyncio.Event) -> None:
    async with streaming(anna, "POST", "/v1/chat/stream", json={"message": "x"}) as (_, events):
        run_id = (await anext(events)).data["run_id"]
        readers = [asyncio.create_task(events_of(anna, run_id)) for _ in range(5)]
        held.set()
        seen = await asyncio.gather(*readers)
    assert [[event.kind for event in each] for each in seen] == [KINDS] * 5


async def test_asking_in_a_thread_and_busy(anna: httpx.AsyncClient, held: asyncio.Event) -> None:
    thread = await anna.post("/v1/threads")
    assert thread.status_code == 201
    thread_id = thread.json()["id"]
    reply = await anna.post(f"/v1/threads/{thread_id}/runs", json={"message": "first"})
    run_id = reply.json()["run_id"]
    assert (reply.status_code, reply.json()) == (
        202,
        {"run_id": run_id, "thread_id": thread_id, "status": "queued", "events": f"/v1/runs/{run_id}/events"},
    )
    for path, body in [
        (f"/v1/threads/{thread_id}/runs", {"message": "second"}),
        ("/v1/chat/stream", {"message": "second", "thread_id": thread_id}),
    ]:
        busy = await anna.post(path, json=body)
        assert (busy.status_code, busy.json()["code"]) == (409, "thread_busy")
    held.set()
    await events_of(anna, run_id)
    assert (await anna.post(f"/v1/threads/{thread_id}/runs", json={"message": "second"})).status_code == 202


async def test_an_abstention_says_why(anna: httpx.AsyncClient) -> None:
    events = await ask(anna, "nothing")
    assert [event.kind for event in events[-2:]] == ["abstained", "run.finished"]
    thread = (await anna.get(f"/v1/threads/{events[0].data['thread_id']}")).json()
    assert thread["messages"][1]["text"] == "Nothing was found."
    assert thread["runs"][0]["answer"] is None
    assert thread["runs"][0]["outcome"]["data"]["code"] == "no_evidence"


async def test_a_run_can_be_stopped_once(anna: httpx.AsyncClient, held: asyncio.Event) -> None:
    async with streaming(anna, "POST", "/v1/chat/stream", json={"message": "x"}) as (_, events):
        run_id = (await anext(events)).data["run_id"]
        assert (await anna.post(f"/v1/runs/{run_id}/cancel")).status_code == 202
        rest = [event async for event in events]
    assert rest[-1].data["status"] == "cancelled"
    late = await anna.post(f"/v1/runs/{run_id}/cancel")
    assert (late.status_code, late.json()["code"]) == (409, "conflict")


async def test_feedback_is_kept_sealed_and_recorded(anna: httpx.AsyncClient, database: Database) -> None:
    run_id = (await ask(anna, "x"))[0].data["run_id"]
    for rating in ("up", "down"):
        body = {"rating": rating, "comment": "the second sentence is wrong"}
        assert (await anna.post(f"/v1/runs/{run_id}/feedback", json=body)).status_code == 204
    async with database.transaction(Principal("harbour", "anna")) as tx:
        cursor = await connection(tx).execute(
            "SELECT rating, sealed_comment FROM app.feedback WHERE run_id = %s", (run_id,)
        )
        row = await cursor.fetchone()
        assert row is not None
        assert row["rating"] == "down"
        assert b"second sentence" not in bytes(row["sealed_comment"])
        cursor = await connection(tx).execute(
            "SELECT body FROM app.audit_records WHERE run_id = %s AND kind = 'feedback.given' ORDER BY seq", (run_id,)
        )
        assert [entry["body"]["rating"] for entry in await cursor.fetchall()] == ["up", "down"]


BAD: list[dict[str, Any]] = [
    {},
    {"message": ""},
    {"message": "x" * 9000},
    {"message": 7},
    {"message": "nul \x00"},
    {"message": "x", "mode": "poem"},
    {"message": "x", "as_of": "yesterday"},
    {"message": "x", "as_of": 20260101},
    {"message": "x", "libraries": []},
    {"message": "x", "libraries": ["a"] * 51},
    {"message": "x", "thread_id": "1"},
    {"message": "x", "user": "carla"},
    {"message": "x", "configurable": {"thread_id": "1"}},
]


@pytest.mark.parametrize("body", BAD, ids=lambda body: repr(body)[:60])
async def test_a_question_that_is_not_valid_is_refused(anna: httpx.AsyncClient, body: dict[str, Any]) -> None:
    reply = await anna.post("/v1/chat/stream", json=body)
    assert (reply.status_code, reply.json()["code"]) == (422, "unprocessable")


async def test_an_escaped_lone_surrogate_is_refused(anna: httpx.AsyncClient) -> None:
    reply = await anna.post(
        "/v1/chat/stream", content=b'{"message": "\\ud800"}', headers={"Content-Type": "application/json"}
    )
    assert (reply.status_code, reply.json()["code"]) == (422, "unprocessable")


async def test_asking_needs_the_right(api: Api) -> None:
    reply = await api.as_("nobody").post("/v1/chat/stream", json={"message": "x"})
    assert (reply.status_code, reply.json()["code"]) == (403, "forbidden")
    assert (await api.client().post("/v1/chat/stream", json={"message": "x"})).status_code == 401


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


async def test_too_many_questions_are_told_when_to_come_back(api: Api) -> None:
    paul = api.as_("paul")
    path = f"/v1/threads/{uuid4()}/runs"
    replies = [await paul.post(path, json={"message": "x"}) for _ in range(RUNS_PER_PERSON.burst + 5)]
    limited = [reply for reply in replies if reply.status_code == 429]
    assert limited
    assert {reply.json()["code"] for reply in limited} == {"too_many_requests"}
    assert all(int(reply.headers["retry-after"]) >= 1 for reply in limited)
    assert {reply.status_code for reply in replies} == {404, 429}
    assert (await api.as_("omar").post(path, json={"message": "x"})).status_code == 404
