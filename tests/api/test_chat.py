"""Asking: one call streams the answer; a dropped stream is taken up again; a repeated request is the same run."""

import asyncio
from collections.abc import Generator
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import httpx
import pytest

from core.database import Database, connection
from core.principal import Principal
from deploy.migrate import DatabaseUrls
from tests.api.conftest import Api, serving_api
from tests.api.provider import Provider
from tests.api.streams import ask, events_of, streaming

KINDS = ["run.started", "stage", "sources", "claim", "answer", "run.finished"]


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


async def test_too_many_questions_are_told_when_to_come_back(provider: Provider, database_urls: DatabaseUrls) -> None:
    path = f"/v1/threads/{uuid4()}/runs"
    async with serving_api(provider, database_urls.app) as api:
        paul = api.as_("paul")
        replies = [await paul.post(path, json={"message": "x"}) for _ in range(api.settings.questions_burst + 5)]
        limited = [reply for reply in replies if reply.status_code == 429]
        assert limited
        assert {reply.json()["code"] for reply in limited} == {"too_many_requests"}
        assert all(int(reply.headers["retry-after"]) >= 1 for reply in limited)
        assert {reply.status_code for reply in replies} == {404, 429}
        assert (await api.as_("omar").post(path, json={"message": "x"})).status_code == 404
