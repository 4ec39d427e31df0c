"""Deciding about a request over HTTP: once, about exactly what was looked at."""

import asyncio
from collections import Counter
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.api.acting import LATE
from tests.api.conftest import Api
from tests.api.requests import NOTE, Requested, decide, done, ended, note, request, status_of, told


async def test_signed_by_another_it_is_done_once_and_its_maker_is_told(
    api: Api, anna: httpx.AsyncClient, sam: httpx.AsyncClient
) -> None:
    asked = await request(anna, note("once"))
    waiting = (await anna.get(f"/v1/runs/{asked.run}")).json()
    assert (waiting["status"], waiting["approval"]) == ("paused", {"id": asked.id, "state": "pending"})
    thread = (await anna.get(f"/v1/threads/{asked.thread}")).json()
    assert [run["approval"] for run in thread["runs"]] == [{"id": asked.id, "state": "pending"}]

    reply = await decide(sam, asked, reason="Seen the file.")
    assert reply.status_code == 200
    signed = reply.json()
    assert (signed["id"], signed["status"], signed["needed"]) == (asked.id, "approved", 1)
    (mark,) = signed["signatures"]
    assert mark | {"at": ""} == {
        "person": "sam",
        "name": "Sam Okafor",
        "decision": "approve",
        "at": "",
        "reason": "Seen the file.",
    }
    assert signed["may"] == {"approve": False, "edit": False, "reject": False, "withdraw": False, "why": None}

    events = await ended(anna, asked)
    assert [event.kind for event in events] == [
        "run.started",
        "approval.required",
        "approval.decided",
        "tool.result",
        "answer",
        "run.finished",
    ]
    assert done(api, "once") == 1
    (effect,) = [effect for effect in api.bank.effects if effect.args.get("text") == "once"]
    assert (effect.acting.tenant, effect.acting.person, effect.acting.approved_by) == ("harbour", "anna", ("sam",))

    run = (await anna.get(f"/v1/runs/{asked.run}")).json()
    shown = (await sam.get(asked.path)).json()
    assert (run["status"], run["approval"], run["answer"]) == ("answered", None, shown["result"])
    assert run["citations"] == [
        {
            "ref": 1,
            "kind": "tool_result",
            "call_id": shown["call_id"],
            "tool": "case_add_note",
            "summary": run["answer"],
        }
    ]
    assert (shown["status"], shown["facts"]) == ("executed", None)


async def test_another_digest_is_another_request(api: Api, anna: httpx.AsyncClient, sam: httpx.AsyncClient) -> None:
    asked, other = await request(anna), await request(anna)
    for digest in (
        other.digest,
        asked.digest[:-1] + ("0" if asked.digest[-1] != "0" else "1"),
        "x",
        asked.digest.upper(),
    ):
        body = {"decision": "approve", "digest": digest}
        assert told(await sam.post(f"{asked.path}/decision", json=body)) == (412, "precondition_failed")
    assert await status_of(sam, asked) == "pending"


async def test_it_is_decided_once(api: Api, anna: httpx.AsyncClient, sam: httpx.AsyncClient) -> None:
    asked = await request(anna, note("not this"))
    reply = await decide(sam, asked, "reject", reason="The proof came yesterday.")
    assert (reply.status_code, reply.json()["status"]) == (200, "rejected")
    for decision, more in [("approve", {}), ("reject", {"reason": "x"}), ("edit", {"args": {"case_id": "C-1043"}})]:
        for who in ("sam", "sofia"):
            assert told(await decide(api.as_(who), asked, decision, **more)) == (409, "conflict")
    events = await ended(anna, asked)
    assert [event.kind for event in events] == ["run.started", "approval.required", "approval.decided", "run.finished"]
    assert (events[2].data["reason"], events[3].data["status"]) == ("The proof came yesterday.", "rejected")
    assert done(api, "not this") == 0


async def test_what_nobody_signed_in_time_is_gone(api: Api, anna: httpx.AsyncClient, sam: httpx.AsyncClient) -> None:
    asked = await request(anna, note("too late").replace("do ", LATE, 1))
    seen = (await sam.get(asked.path)).json()
    assert (seen["status"], seen["may"]["approve"]) == ("pending", False)
    assert seen["may"]["why"] == "Nobody signed this in time, so it expired. It has to be asked for again."
    queue = (await sam.get("/v1/approvals", params={"role": "checker", "status": "pending"})).json()["items"]
    assert asked.id not in {item["id"] for item in queue}
    for _ in range(2):
        assert told(await decide(sam, asked)) == (410, "gone")
    assert (await status_of(anna, asked), done(api, "too late")) == ("expired", 0)
    assert (await ended(anna, asked))[-1].data["status"] == "expired"


async def test_an_edit_is_a_new_request_of_both(
    api: Api, anna: httpx.AsyncClient, sam: httpx.AsyncClient, sofia: httpx.AsyncClient
) -> None:
    asked = await request(anna, note("for the wrong case"))
    args = {"case_id": "C-1043", "text": "for the right case"}
    reply = await decide(sam, asked, "edit", args=args, reason="It is Daniel's.")
    assert reply.status_code == 200
    new: dict[str, Any] = reply.json()
    assert (new["status"], new["follows"], new["args"]) == ("pending", asked.id, args)
    assert new["makers"] == [{"person": "anna", "name": "Anna Keller"}, {"person": "sam", "name": "Sam Okafor"}]
    assert [argument["origin"] for argument in new["arguments"]] == ["editor", "editor"]
    assert new["digest"] != asked.digest
    assert (new["thread_id"], new["may"]["withdraw"]) == (None, False), "the conversation is anna's alone"
    old = (await anna.get(asked.path)).json()
    assert (old["status"], old["followed_by"], old["thread_id"]) == ("edited", new["id"], asked.thread)

    changed = Requested(new["id"], asked.run, asked.thread, new["digest"], new)
    assert told(await decide(sam, asked)) == (409, "conflict")
    for client in (sam, anna):
        assert told(await decide(client, changed)) == (403, "forbidden")
    stale = Requested(new["id"], asked.run, asked.thread, asked.digest, new)
    assert told(await decide(sofia, stale)) == (412, "precondition_failed")
    assert (await decide(sofia, changed)).json()["status"] == "approved"
    await ended(anna, asked)
    assert (done(api, "for the right case"), done(api, "for the wrong case")) == (1, 0)
    assert (await sofia.get(asked.path)).json()["result"] is None, (
        "what came of it belongs to the request that was done"
    )
    assert (await sofia.get(changed.path)).json()["result"]


@pytest.mark.parametrize("keyed", [False, True], ids=["without a key", "each with a key"])
async def test_of_thirty_decisions_at_once_one_counts(api: Api, anna: httpx.AsyncClient, keyed: bool) -> None:
    text = f"thirty {keyed}"
    asked = await request(anna, note(text))
    clients = [api.as_("sam"), api.as_("sofia")]

    async def one(number: int) -> httpx.Response:
        headers = {"Idempotency-Key": str(uuid4())} if keyed else {}
        more = {"reason": "no"} if number % 3 == 0 else {}
        return await decide(clients[number % 2], asked, "reject" if more else "approve", headers=headers, **more)

    replies = await asyncio.gather(*(one(number) for number in range(30)))
    assert Counter(reply.status_code for reply in replies) == {200: 1, 409: 29}
    (winner,) = [reply.json() for reply in replies if reply.status_code == 200]
    await ended(anna, asked)
    assert done(api, text) == (1 if winner["status"] == "approved" else 0)
    assert len((await anna.get(asked.path)).json()["signatures"]) == 1


async def test_the_same_key_gives_the_same_reply_and_signs_once(
    api: Api, anna: httpx.AsyncClient, sam: httpx.AsyncClient, sofia: httpx.AsyncClient
) -> None:
    asked, headers = await request(anna, note("keyed")), {"Idempotency-Key": str(uuid4())}
    replies = await asyncio.gather(*(decide(sam, asked, headers=headers) for _ in range(6)))
    assert [reply.status_code for reply in replies] == [200] * 6
    assert all(reply.json() == replies[0].json() for reply in replies)
    await ended(anna, asked)
    assert (await decide(sam, asked, headers=headers)).json() == replies[0].json(), "also when it is done"
    assert told(await decide(sam, asked, "reject", reason="x", headers=headers)) == (409, "idempotency_mismatch")
    assert told(await decide(sofia, asked, headers=headers)) == (409, "conflict"), "a key is its person's own"
    assert done(api, "keyed") == 1


async def test_a_refused_decision_leaves_its_key_free(
    api: Api, anna: httpx.AsyncClient, sam: httpx.AsyncClient
) -> None:
    asked, headers = await request(anna), {"Idempotency-Key": str(uuid4())}
    wrong = {"decision": "approve", "digest": "0" * 64}
    assert (await sam.post(f"{asked.path}/decision", json=wrong, headers=headers)).status_code == 412
    assert (await decide(sam, asked, headers=headers)).status_code == 200


async def test_withdrawn_with_its_run_it_can_not_be_signed(
    api: Api, anna: httpx.AsyncClient, sam: httpx.AsyncClient
) -> None:
    asked = await request(anna, note("withdrawn"))
    for client in (sam, api.as_("sofia"), api.as_("boris")):
        assert told(await client.post(f"/v1/runs/{asked.run}/cancel")) == (404, "not_found")
    reply = await anna.post(f"/v1/runs/{asked.run}/cancel")
    assert (reply.status_code, reply.json()["status"], reply.json()["approval"]) == (202, "cancelled", None)
    assert told(await decide(sam, asked)) == (409, "conflict")
    assert told(await anna.post(f"/v1/runs/{asked.run}/cancel")) == (409, "conflict")
    events = await ended(anna, asked)
    assert [event.data.get("decision") for event in events if event.kind == "approval.decided"] == ["withdraw"]
    assert (await status_of(anna, asked), done(api, "withdrawn")) == ("withdrawn", 0)
    assert (await anna.post("/v1/threads")).status_code == 201


async def test_once_signed_it_can_not_be_withdrawn(api: Api, anna: httpx.AsyncClient, sam: httpx.AsyncClient) -> None:
    asked = await request(anna, note("signed"))
    api.gate.clear()
    try:
        assert (await decide(sam, asked)).json()["status"] == "approved"
        assert told(await anna.post(f"/v1/runs/{asked.run}/cancel")) == (409, "conflict")
        run = (await anna.get(f"/v1/runs/{asked.run}")).json()
        assert run["approval"] == {"id": asked.id, "state": "approved"}
    finally:
        api.gate.set()
    assert (await ended(anna, asked))[-1].data["status"] == "answered"
    assert done(api, "signed") == 1


async def test_signing_and_withdrawing_at_once_is_one_of_both(
    api: Api, anna: httpx.AsyncClient, sam: httpx.AsyncClient
) -> None:
    for number in range(10):
        asked = await request(anna, note(f"race {number}"))
        signed, stopped = await asyncio.gather(decide(sam, asked), anna.post(f"/v1/runs/{asked.run}/cancel"))
        assert sorted([signed.status_code, stopped.status_code]) in ([200, 409], [202, 409])
        await ended(anna, asked)
        assert done(api, f"race {number}") == (1 if signed.status_code == 200 else 0)


async def test_a_question_in_the_same_conversation_signs_nothing(api: Api, anna: httpx.AsyncClient) -> None:
    asked = await request(anna, note("by talking"))
    for message in ("approve", "yes, do it", NOTE):
        reply = await anna.post(f"/v1/threads/{asked.thread}/runs", json={"message": message})
        assert told(reply) == (409, "thread_busy")
    assert (await status_of(anna, asked), done(api, "by talking")) == ("pending", 0)
