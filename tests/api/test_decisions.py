"""Deciding about a request over HTTP: who may, once, about exactly what was looked at."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncGenerator
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import httpx
import pytest

from deploy.migrate import DatabaseUrls
from tests.api.acting import LATE, do
from tests.api.conftest import Api, serving_api
from tests.api.provider import Provider
from tests.api.requests import NOTE, TASK, Requested, decide, done, ended, request, status_of
from tools.approvals.limits import APPROVAL_LIMITS


@pytest.fixture(scope="module")
async def api(provider: Provider, database_urls: DatabaseUrls) -> AsyncGenerator[Api]:
    async with serving_api(provider, database_urls.app, questions_burst=1_000) as api:
        yield api


@pytest.fixture
def sam(api: Api) -> httpx.AsyncClient:
    return api.as_("sam")


@pytest.fixture
def sofia(api: Api) -> httpx.AsyncClient:
    return api.as_("sofia")


def note(text: str) -> str:
    return do("case_add_note", case_id="C-1042", text=text)


def limit(amount: int) -> str:
    return do("limit_change", customer_id="31-7750", kind="daily_transfer", amount=amount)


def told(reply: httpx.Response) -> tuple[int, str]:
    return reply.status_code, reply.json()["code"]


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


@pytest.mark.parametrize("who", ["pia", "paul", "carla", "omar", "nobody", "alex", "boris", "sasha"])
async def test_who_could_never_sign_it_finds_nothing(api: Api, anna: httpx.AsyncClient, who: str) -> None:
    asked, client = await request(anna), api.as_(who)
    for method, suffix, body in [("GET", "", None), ("POST", "/decision", asked.sign())]:
        theirs = await client.request(method, f"{asked.path}{suffix}", json=body)
        nowhere = await client.request(method, f"/v1/approvals/{uuid4()}{suffix}", json=body)
        assert told(theirs) == (404, "not_found")
        assert theirs.json() | {"request_id": ""} == nowhere.json() | {"request_id": ""}
    assert asked.id not in (await client.get("/v1/approvals")).text
    assert await status_of(anna, asked) == "pending"


async def test_nobody_signs_her_own_request(api: Api, anna: httpx.AsyncClient, sam: httpx.AsyncClient) -> None:
    for client, text in [(anna, "anna's own"), (sam, "sam's own")]:
        asked = await request(client, note(text))
        for decision, more in [("approve", {}), ("reject", {"reason": "no"}), ("edit", {"args": {"case_id": "C-1"}})]:
            reply = await decide(client, asked, decision, **more)
            assert (*told(reply), reply.json()["reason_code"]) == (403, "forbidden", "own_request")
        assert (await client.get(asked.path)).json()["may"] == {
            "approve": False,
            "edit": False,
            "reject": False,
            "withdraw": True,
            "why": "You asked for this or changed it, so another person decides.",
        }
        assert (await status_of(client, asked), done(api, text)) == ("pending", 0)
    assert (await decide(api.as_("sofia"), asked)).status_code == 200


async def test_what_is_reversible_its_maker_confirms_and_nobody_else_sees(
    api: Api, anna: httpx.AsyncClient, sam: httpx.AsyncClient
) -> None:
    asked = await request(anna, TASK)
    assert (await sam.get(asked.path)).status_code == 404
    assert told(await decide(sam, asked)) == (404, "not_found")
    assert asked.id not in (await sam.get("/v1/approvals")).text
    assert (await anna.get(asked.path)).json()["may"]["approve"]
    assert (await decide(anna, asked)).status_code == 200
    assert (await ended(anna, asked))[-1].data["status"] == "answered"


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


async def test_above_her_limit_nobody_signs_and_a_large_amount_takes_two(
    api: Api, anna: httpx.AsyncClient, sam: httpx.AsyncClient, sofia: httpx.AsyncClient
) -> None:
    asked = await request(anna, limit(30_000))
    reply = await decide(sam, asked)
    assert (*told(reply), reply.json()["reason_code"]) == (403, "forbidden", "above_limit")
    assert not (await sam.get(asked.path)).json()["may"]["approve"]

    asked = await request(anna, limit(15_000))
    first = (await decide(sofia, asked)).json()
    assert (first["status"], first["needed"], [mark["person"] for mark in first["signatures"]]) == (
        "pending",
        2,
        ["sofia"],
    )
    assert told(await decide(sofia, asked)) == (409, "conflict")
    assert not [effect for effect in api.bank.effects if effect.args.get("amount") == 15_000]
    second = (await decide(sam, asked)).json()
    assert (second["status"], [mark["person"] for mark in second["signatures"]]) == ("approved", ["sofia", "sam"])
    await ended(anna, asked)
    (effect,) = [effect for effect in api.bank.effects if effect.args.get("amount") == 15_000]
    assert effect.acting.approved_by == ("sofia", "sam")


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


ARGS = {"case_id": "C-1043", "text": "x"}
BAD: list[tuple[int, dict[str, Any]]] = [
    (422, {"digest": None}),
    (422, {"digest": ""}),
    (422, {"digest": 7}),
    (422, {"digest": "0" * 200}),
    (422, {"decision": "Approve"}),
    (422, {"decision": None}),
    (422, {"decision": ["approve"]}),
    (422, {"person": "sofia"}),
    (422, {"reason": "x" * (APPROVAL_LIMITS.reason_chars + 1)}),
    (422, {"reason": "half \ud800 a pair"}),
    (422, {"reason": ""}),
    (422, {"args": ARGS}),
    (422, {"decision": "reject"}),
    (422, {"decision": "reject", "reason": "  \n "}),
    (422, {"decision": "reject", "reason": "no", "args": ARGS}),
    (422, {"decision": "edit"}),
    (422, {"decision": "edit", "args": None}),
    (422, {"decision": "edit", "args": []}),
    (422, {"decision": "edit", "args": "C-1043"}),
    (422, {"decision": "edit", "args": {}}),
    (422, {"decision": "edit", "args": {"case_id": "C-1043"}}),
    (422, {"decision": "edit", "args": {**ARGS, "as_person": "sofia"}}),
    (422, {"decision": "edit", "args": {**ARGS, "case_id": "C-1043/../C-1"}}),
    (422, {"decision": "edit", "args": {**ARGS, "case_id": {"$ne": 1}}}),
    (422, {"decision": "edit", "args": {**ARGS, "text": "\x00"}}),
    (422, {"decision": "edit", "args": {**ARGS, "text": 1.5}}),
    (422, {"decision": "edit", "args": {**ARGS, "text": 10**400}}),
    (422, {"decision": "edit", "args": {**ARGS, "text": "x" * 20_000}}),
    (422, {"decision": "edit", "args": {**ARGS, "more": [[[[[["x"]]]]]]}}),
    (422, {"decision": "edit", "args": {f"a{number}": 1 for number in range(51)}}),
    (413, {"decision": "edit", "args": {**ARGS, "text": "x" * 300_000}}),
]


@pytest.mark.parametrize(("status", "changes"), BAD, ids=[str(changes)[:60] for _, changes in BAD])
async def test_a_malformed_decision_changes_nothing(
    api: Api, anna: httpx.AsyncClient, sam: httpx.AsyncClient, status: int, changes: dict[str, Any]
) -> None:
    asked = await request(anna)
    body = {name: value for name, value in (asked.sign() | changes).items() if value is not None}
    content, headers = json.dumps(body), {"Content-Type": "application/json"}
    reply = await sam.post(f"{asked.path}/decision", content=content, headers=headers)
    assert reply.status_code == status, reply.text
    assert reply.headers["content-type"] == "application/problem+json"
    shown = (await sam.get(asked.path)).json()
    assert (shown["status"], shown["signatures"]) == ("pending", [])


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"null", b'{"decision": "approve"', b'{"args":' + b"[" * 50_000, b'{"decision": NaN}', b"\xff"],
    ids=lambda body: str(body)[:24],
)
async def test_what_is_no_decision_at_all_is_refused(
    anna: httpx.AsyncClient, sam: httpx.AsyncClient, body: bytes
) -> None:
    asked = await request(anna)
    headers = {"Content-Type": "application/json"}
    reply = await sam.post(f"{asked.path}/decision", content=body, headers=headers)
    assert reply.status_code in {400, 422}, reply.text
    assert await status_of(sam, asked) == "pending"


async def test_a_number_without_end_is_no_argument(anna: httpx.AsyncClient, sam: httpx.AsyncClient) -> None:
    asked = await request(anna, limit(500))
    for amount in ("1e3", "1e999", "NaN", "-Infinity", "500.0", "true", "9007199254740993"):
        args = f'{{"customer_id": "31-7750", "kind": "daily_transfer", "amount": {amount}}}'
        body = f'{{"decision": "edit", "digest": "{asked.digest}", "args": {args}}}'
        reply = await sam.post(f"{asked.path}/decision", content=body, headers={"Content-Type": "application/json"})
        assert reply.status_code == 422, (amount, reply.text)
    assert await status_of(sam, asked) == "pending"


async def test_a_token_from_before_a_demotion_signs_nothing(api: Api, anna: httpx.AsyncClient) -> None:
    asked, now = await request(anna, note("demoted")), int(datetime.now(UTC).timestamp())

    def as_max(issued: int, *roles: str) -> httpx.AsyncClient:
        token = api.token("sam", sub="max", name="Max", iat=issued, roles=list(roles))
        return api.client({"Authorization": f"Bearer {token}"})

    before, after = as_max(now - 600, "supervisor"), as_max(now - 300, "staff")
    assert (await before.get(asked.path)).json()["may"]["approve"]
    assert (await after.get("/v1/me")).status_code == 200
    for client in (before, after):
        assert told(await client.get(asked.path)) == (404, "not_found")
        assert told(await decide(client, asked)) == (404, "not_found")
        assert (await client.get("/v1/approvals")).json()["items"] == []
        assert (await client.get("/v1/approvals/counts")).json()["to_sign"] == 0
    assert (await status_of(anna, asked), done(api, "demoted")) == ("pending", 0)


async def test_a_token_without_the_role_does_not_borrow_it_from_the_note(api: Api, anna: httpx.AsyncClient) -> None:
    asked, now = await request(anna), int(datetime.now(UTC).timestamp())
    tokens = [
        api.token("sam", sub="mia", iat=now - 100, roles=["supervisor"]),
        api.token("sam", sub="mia", iat=now - 200, roles=["staff"]),
    ]
    strong, weak = [api.client({"Authorization": f"Bearer {token}"}) for token in tokens]
    assert (await strong.get(asked.path)).json()["may"]["approve"]
    reply = await weak.get(asked.path)
    assert not reply.json()["may"]["approve"]
    assert told(await decide(weak, asked)) == (403, "forbidden")
    assert await status_of(anna, asked) == "pending"


async def test_a_lowered_limit_counts_for_an_older_token_too(api: Api, anna: httpx.AsyncClient) -> None:
    asked, now = await request(anna, limit(9_000)), int(datetime.now(UTC).timestamp())
    old = api.client({"Authorization": f"Bearer {api.token('sam', sub='kim', iat=now - 600, signing_limit=50_000)}"})
    new = api.client({"Authorization": f"Bearer {api.token('sam', sub='kim', iat=now - 300, signing_limit=100)}"})
    assert (await old.get(asked.path)).json()["may"]["approve"]
    assert not (await new.get(asked.path)).json()["may"]["approve"]
    assert told(await decide(old, asked)) == (403, "forbidden")


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
