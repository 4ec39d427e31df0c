"""Of an erased conversation every door says 410, and every list goes on without it. No door breaks."""

from typing import Any
from uuid import UUID

import httpx
import pytest

from core.clock import SystemClock
from core.database import Database
from core.errors import Conflict
from core.principal import Principal
from jobs.erasure.erasing import erase
from jobs.erasure.models import ErasureReason
from tests.api.conftest import Api
from tests.api.requests import NOTE, Requested, decide, ended, note, request, told
from tests.api.streams import ask, streaming

GONE = (410, "gone")


async def erased(database: Database, thread_id: str) -> None:
    async with database.transaction(Principal.system("harbour")) as tx:
        await erase(tx, UUID(thread_id), actor="operator:root", reason=ErasureReason.REQUEST, now=SystemClock().now())


async def answered(client: httpx.AsyncClient, message: str = "How long?", **more: Any) -> tuple[str, str]:
    """Run and thread."""
    events = await ask(client, message, **more)
    return events[0].data["run_id"], events[0].data["thread_id"]


async def get(client: httpx.AsyncClient, path: str, **query: Any) -> Any:
    reply = await client.get(path, params=query)
    assert reply.status_code == 200, reply.text
    return reply.json()


@pytest.fixture
async def done(anna: httpx.AsyncClient, sam: httpx.AsyncClient) -> Requested:
    """A request that was signed and carried out."""
    asked = await request(anna)
    assert (await decide(sam, asked)).status_code == 200
    await ended(anna, asked)
    return asked


async def test_every_door_of_its_owner_says_so(anna: httpx.AsyncClient, database: Database) -> None:
    run, thread = await answered(anna)
    await erased(database, thread)
    body = {"message": "And now?"}
    replies = [
        await anna.get(f"/v1/threads/{thread}"),
        await anna.get(f"/v1/runs/{run}"),
        await anna.get(f"/v1/runs/{run}/events"),
        await anna.get(f"/v1/runs/{run}/events", headers={"Last-Event-ID": "3"}),
        await anna.post(f"/v1/runs/{run}/cancel"),
        await anna.post(f"/v1/runs/{run}/feedback", json={"rating": "up", "comment": "Good."}),
        await anna.post(f"/v1/threads/{thread}/runs", json=body),
        await anna.post("/v1/chat/stream", json={**body, "thread_id": thread}),
    ]
    assert [told(reply) for reply in replies] == [GONE] * len(replies)
    assert (await anna.post(f"/v1/threads/{thread}/hide")).status_code == 204


async def test_to_others_it_is_as_if_it_had_never_been(api: Api, anna: httpx.AsyncClient, database: Database) -> None:
    run, thread = await answered(anna)
    await erased(database, thread)
    for stranger in ("omar", "boris"):
        for path in (f"/v1/threads/{thread}", f"/v1/runs/{run}", f"/v1/runs/{run}/events"):
            assert told(await api.as_(stranger).get(path)) == (404, "not_found")


async def test_the_list_of_conversations_goes_on_behind_it(api: Api, database: Database) -> None:
    lea = api.as_("lea")
    threads = [(await answered(lea, f"Question {n}?"))[1] for n in range(5)]
    await erased(database, threads[3])
    listed: list[str] = []
    cursor = None
    while True:
        page = await get(lea, "/v1/threads", limit=2, **({} if cursor is None else {"cursor": cursor}))
        listed += [thread["title"] for thread in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert listed == ["Question 4?", "Question 2?", "Question 1?", "Question 0?"]


async def test_a_request_of_it_is_gone_for_maker_and_signers(
    anna: httpx.AsyncClient, sam: httpx.AsyncClient, sofia: httpx.AsyncClient, done: Requested, database: Database
) -> None:
    await erased(database, done.thread)
    for client in (anna, sam, sofia):
        assert told(await client.get(done.path)) == GONE
        listed = await get(client, "/v1/approvals")
        assert done.id not in [item["id"] for item in listed["items"]]
        assert (await client.get("/v1/approvals/counts")).status_code == 200
    assert told(await decide(sofia, done)) == (409, "conflict")


async def test_a_request_that_waits_is_withdrawn_and_its_stream_ends(
    api: Api, anna: httpx.AsyncClient, sam: httpx.AsyncClient, database: Database
) -> None:
    asked = await request(anna, note("Only for a moment."))
    async with streaming(anna, "GET", f"/v1/runs/{asked.run}/events") as (_, events):
        assert (await anext(events)).kind == "run.started"
        await erased(database, asked.thread)
        assert "run.finished" not in [event.kind async for event in events]
    assert told(await decide(sam, asked)) == (409, "conflict")
    assert told(await sam.get(asked.path)) == GONE
    assert asked.id not in [item["id"] for item in (await get(sam, "/v1/approvals", status="pending"))["items"]]
    assert api.bank.effects == [
        effect for effect in api.bank.effects if effect.args.get("text") != "Only for a moment."
    ]


async def test_what_is_being_answered_is_broken_off(api: Api, anna: httpx.AsyncClient, database: Database) -> None:
    api.gate.clear()
    async with streaming(anna, "POST", "/v1/chat/stream", json={"message": "Slowly?"}) as (_, events):
        started = await anext(events)
        await erased(database, started.data["thread_id"])
        api.gate.set()
        kinds = [event.kind async for event in events]
    assert "answer" not in kinds
    assert told(await anna.get(f"/v1/runs/{started.data['run_id']}")) == GONE


async def test_what_is_signed_is_carried_out_before(
    api: Api, anna: httpx.AsyncClient, sam: httpx.AsyncClient, database: Database
) -> None:
    asked = await request(anna, note("Signed before."))
    api.gate.clear()
    await decide(sam, asked)
    with pytest.raises(Conflict):
        await erased(database, asked.thread)
    api.gate.set()
    await ended(anna, asked)
    await erased(database, asked.thread)
    assert told(await anna.get(asked.path)) == GONE


async def test_a_kept_reply_goes_with_the_conversation_and_nothing_is_done_again(
    api: Api, anna: httpx.AsyncClient, sam: httpx.AsyncClient, database: Database
) -> None:
    """Under the same keys: the question, the conversation, the signature with the request's whole text."""
    key = {"Idempotency-Key": "kept-reply"}
    created = await anna.post("/v1/threads", headers={"Idempotency-Key": "kept-thread"})
    _, thread = await answered(anna, headers=key)
    asked = await request(anna, NOTE)
    first = await decide(sam, asked, headers=key)
    assert (first.status_code, (await decide(sam, asked, headers=key)).json()) == (200, first.json())
    await ended(anna, asked)
    effects = len(api.bank.effects)
    before = len((await get(anna, "/v1/threads", limit=100))["items"])
    for each in (created.json()["id"], thread, asked.thread):
        await erased(database, each)
    again = [
        await anna.post("/v1/threads", headers={"Idempotency-Key": "kept-thread"}),
        await anna.post("/v1/chat/stream", json={"message": "How long?"}, headers=key),
        await decide(sam, asked, headers=key),
        await anna.post("/v1/chat/stream", json={"message": "Something else?"}, headers=key),
    ]
    assert [told(reply) for reply in again] == [GONE] * 4
    assert len((await get(anna, "/v1/threads", limit=100))["items"]) == before - 2
    assert len(api.bank.effects) == effects


async def test_an_erased_conversation_is_not_found_by_any_search_of_its_owner(
    anna: httpx.AsyncClient, database: Database
) -> None:
    _, thread = await answered(anna, "A question of its own kind?")
    await erased(database, thread)
    shown = [(await anna.get(path)).text for path in ("/v1/threads", "/v1/approvals", "/v1/me", "/")]
    assert not any("A question of its own kind?" in text or thread in text for text in shown)
