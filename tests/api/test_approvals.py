"""The queue of requests: who sees which of them, in pages and by filters, beside the bank's present state."""

import asyncio
from typing import Any

import httpx
import pytest

from deploy.migrate import DatabaseUrls
from tests.api.acting import do
from tests.api.conftest import Api, serving_api
from tests.api.provider import Provider
from tests.api.requests import NOTE, TASK, Requested, decide, ended, request
from tools.catalogue.load import CORE_BANKING, load
from tools.connector.memory import Mishap

UNREADABLE = "The present state could not be read just now. Look again in a moment."
RAISE = do("limit_change", customer_id="31-7750", kind="daily_card", amount=9_000)


@pytest.fixture(scope="module")
def maker(api: Api) -> httpx.AsyncClient:
    """Somebody whose requests no other test makes."""
    return api.client({"Authorization": f"Bearer {api.token('anna', sub='mara', name='Mara Lind', branch='007')}"})


@pytest.fixture(scope="module")
def sam(api: Api) -> httpx.AsyncClient:
    return api.as_("sam")


@pytest.fixture(scope="module")
async def three(maker: httpx.AsyncClient, sam: httpx.AsyncClient) -> list[Requested]:
    """A note that waits, a limit that waits, and a note that was rejected, in this order."""
    asked = [await request(maker, message) for message in (NOTE, RAISE, NOTE)]
    assert (await decide(sam, asked[2], "reject", reason="No.")).status_code == 200
    return asked


async def ids(client: httpx.AsyncClient, **filters: Any) -> list[str]:
    reply = await client.get("/v1/approvals", params={"limit": 100, **filters})
    assert reply.status_code == 200, reply.text
    return [item["id"] for item in reply.json()["items"]]


async def test_a_request_is_shown_whole(api: Api, maker: httpx.AsyncClient, sam: httpx.AsyncClient) -> None:
    asked = await request(maker)
    shown: dict[str, Any] = (await sam.get(asked.path)).json()
    tool = load(CORE_BANKING).tools["case_add_note"]
    times = {name: shown[name] for name in ("created_at", "expires_at")}
    read_at = shown["facts"]["read_at"]
    assert shown == {
        "id": asked.id,
        "run_id": asked.run,
        "thread_id": None,
        "call_id": asked.shown["call_id"],
        "tool": "case_add_note",
        "title": "Add note to case",
        "system": "Core Banking",
        "summary": "Add a note to case C-1042",
        "args": {"case_id": "C-1042", "text": "Address proof is missing."},
        "arguments": [
            {
                "name": "case_id",
                "label": "Case",
                "value": "C-1042",
                "text": "C-1042",
                "origin": "user",
                "origin_text": "your own words",
                "sensitive": True,
            },
            {
                "name": "text",
                "label": "Note",
                "value": "Address proof is missing.",
                "text": "Address proof is missing.",
                "origin": "user",
                "origin_text": "your own words",
                "sensitive": False,
            },
        ],
        "schema": tool.schema,
        "signature": "other",
        "needed": 1,
        "signatures": [],
        "status": "pending",
        "reason": "Another person has to sign this.",
        "digest": asked.digest,
        "catalogue_version": load(CORE_BANKING).version,
        "makers": [{"person": "mara", "name": "Mara Lind"}],
        "branch": "007",
        "request": NOTE,
        **times,
        "closed_at": None,
        "follows": None,
        "followed_by": None,
        "may": {"approve": True, "edit": True, "reject": True, "withdraw": False, "why": None},
        "result": None,
        "facts": {
            "read_at": read_at,
            "problem": None,
            "lines": [
                {"label": "Case", "now": "C-1042, KYC review", "after": None},
                {"label": "State", "now": "open", "after": None},
                {"label": "Customer", "now": "Miriam Osei (31-7750)", "after": None},
                {"label": "Notes", "now": "0", "after": "one more"},
                {"label": "Newest note", "now": "–", "after": None},
            ],
        },
    }
    (listed,) = [item for item in (await sam.get("/v1/approvals")).json()["items"] if item["id"] == asked.id]
    assert listed == {name: value for name, value in shown.items() if name != "facts"}
    assert (await maker.get(asked.path)).json()["thread_id"] == asked.thread


async def test_the_queue_by_role_and_filters(
    api: Api, maker: httpx.AsyncClient, sam: httpx.AsyncClient, three: list[Requested]
) -> None:
    note, raised, rejected = [asked.id for asked in three]
    mine = {"maker": "mara"}

    async def seen(client: httpx.AsyncClient, **filters: Any) -> list[str]:
        return [one for one in await ids(client, **filters) if one in {note, raised, rejected}]

    assert await seen(sam) == await seen(sam, **mine) == [rejected, raised, note]
    assert await seen(maker) == await seen(maker, role="maker") == [rejected, raised, note]
    assert await seen(maker, role="checker") == await seen(sam, role="maker") == []
    assert await seen(sam, role="checker", status="pending") == [raised, note]
    assert await seen(sam, status=["pending", "rejected"]) == [rejected, raised, note]
    assert await seen(sam, status="executed") == []
    assert await seen(sam, tool="limit_change") == [raised]
    assert await seen(sam, tool="no_such_tool") == await seen(sam, maker="anna") == await seen(sam, branch="001") == []
    assert await seen(sam, branch="007", tool="case_add_note", status="rejected") == [rejected]
    for who in ("pia", "carla", "omar", "nobody", "boris", "sasha"):
        assert await seen(api.as_(who)) == await seen(api.as_(who), **mine) == [], who


async def test_who_has_signed_one_of_two_has_it_off_her_queue(
    api: Api, maker: httpx.AsyncClient, sam: httpx.AsyncClient
) -> None:
    asked = await request(maker, do("limit_change", customer_id="31-7750", kind="daily_card", amount=12_000))
    queue = {"role": "checker", "status": "pending"}
    assert (await decide(sam, asked)).json()["status"] == "pending"
    assert asked.id not in await ids(sam, **queue)
    assert asked.id in await ids(api.as_("sofia"), **queue)
    assert (await sam.get(asked.path)).json()["may"] == {
        "approve": False,
        "edit": False,
        "reject": False,
        "withdraw": False,
        "why": "You have signed this already. Another person has to sign it too.",
    }


async def test_pages_meet_without_gap_or_overlap(sam: httpx.AsyncClient, three: list[Requested]) -> None:
    whole = await ids(sam)
    assert len(whole) >= 3
    paged: list[str] = []
    cursor: str | None = None
    while True:
        page = (await sam.get("/v1/approvals", params={"limit": 2} | ({"cursor": cursor} if cursor else {}))).json()
        assert len(page["items"]) <= 2
        paged += [item["id"] for item in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert paged == whole


async def test_a_cursor_is_its_persons_and_this_lists_own(
    api: Api, maker: httpx.AsyncClient, sam: httpx.AsyncClient, three: list[Requested]
) -> None:
    cursor = (await sam.get("/v1/approvals?limit=1")).json()["next_cursor"]
    for client, path in [(maker, "/v1/approvals"), (api.as_("sasha"), "/v1/approvals"), (sam, "/v1/threads")]:
        assert (await client.get(path, params={"cursor": cursor})).status_code == 400
    assert (await sam.get("/v1/approvals", params={"cursor": cursor[:-2] + "AA"})).status_code == 400


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=101",
        "limit=x",
        "status=open",
        "status=",
        "role=signer",
        "tool=",
        "maker=" + "x" * 201,
        "branch=%00",
        "cursor=" + "x" * 2_000,
        "&".join(["status=pending"] * 10),
    ],
    ids=lambda query: query[:16],
)
async def test_a_query_has_bounds(sam: httpx.AsyncClient, query: str) -> None:
    assert (await sam.get(f"/v1/approvals?{query}")).status_code == 422


@pytest.mark.parametrize("path", ["/v1/approvals/x", "/v1/approvals/1%27%20OR%201=1", "/v1/approvals/" + "0" * 3_000])
async def test_what_is_no_id_is_refused(sam: httpx.AsyncClient, path: str) -> None:
    assert (await sam.get(path)).status_code == 422


async def test_counts_say_what_waits(api: Api) -> None:
    def as_new(who: str, like: str, **claims: Any) -> httpx.AsyncClient:
        return api.client({"Authorization": f"Bearer {api.token(like, sub=who, tenant='vale', **claims)}"})

    clerk, chief, junior = as_new("ada", "anna"), as_new("ben", "sam"), as_new("cy", "sam", signing_limit=0)

    async def counts(client: httpx.AsyncClient) -> tuple[int, bool, int]:
        told = (await client.get("/v1/approvals/counts")).json()
        assert set(told) == {"to_sign", "oldest_at", "requests_open"}
        return told["to_sign"], told["oldest_at"] is not None, told["requests_open"]

    assert [await counts(client) for client in (clerk, chief, junior)] == [(0, False, 0)] * 3
    raised = await request(clerk, do("limit_change", customer_id="72-1180", kind="daily_card", amount=900))
    noted = await request(clerk, do("case_add_note", case_id="C-2001", text="x"))
    await request(clerk, TASK)
    assert await counts(clerk) == (1, True, 3), "her task is hers to confirm"
    assert await counts(chief) == (2, True, 0)
    assert await counts(junior) == (1, True, 0), "an amount is above what she may sign"
    oldest = (await chief.get("/v1/approvals/counts")).json()["oldest_at"]
    assert oldest == (await chief.get(raised.path)).json()["created_at"]
    assert (await decide(chief, noted)).status_code == 200
    await ended(clerk, noted)
    assert (await counts(clerk), await counts(chief)) == ((1, True, 2), (1, True, 0))
    assert await counts(api.as_("carla")) == (0, False, 0)


@pytest.mark.parametrize("mishap", [Mishap.BEFORE, Mishap.NOT_ACCEPTED])
async def test_a_bank_that_is_down_leaves_the_page_readable(
    api: Api, maker: httpx.AsyncClient, sam: httpx.AsyncClient, mishap: Mishap
) -> None:
    asked = await request(maker)
    api.bank.mishaps.extend([mishap, mishap])
    reply = await sam.get(asked.path)
    api.bank.mishaps.clear()
    assert reply.status_code == 200
    facts = reply.json()["facts"]
    assert (facts["lines"], facts["problem"]) == ([], UNREADABLE)
    assert (await sam.get(asked.path)).json()["facts"]["problem"] is None


async def test_the_bank_is_not_asked_for_one_person_without_end(
    api: Api, maker: httpx.AsyncClient, sam: httpx.AsyncClient
) -> None:
    asked = await request(maker)
    restless = api.client({"Authorization": f"Bearer {api.token('sam', sub='rey')}"})
    replies = await asyncio.gather(*(restless.get(asked.path) for _ in range(90)))
    assert {reply.status_code for reply in replies} == {200}
    problems = [reply.json()["facts"]["problem"] for reply in replies]
    assert problems.count(None) >= 60
    assert [problem for problem in problems if problem and problem.startswith("You sent many requests")]
    assert (await sam.get(asked.path)).json()["facts"]["problem"] is None


async def test_what_the_bank_does_not_have_is_said(maker: httpx.AsyncClient, sam: httpx.AsyncClient) -> None:
    asked = await request(maker, do("case_add_note", case_id="C-9999", text="x"))
    facts = (await sam.get(asked.path)).json()["facts"]
    assert (facts["lines"], facts["problem"]) == ([], "There is no case C-9999.")


async def test_facts_are_read_in_the_viewers_name_and_rights(api: Api) -> None:
    """A role that may sign but not look up sees what is asked, and why it sees no more."""
    sasha = api.as_("sasha")
    vic = api.client({"Authorization": f"Bearer {api.token('anna', sub='vic', tenant='vale')}"})
    asked = await request(vic, do("case_add_note", case_id="C-2001", text="x"))
    lines = (await sasha.get(asked.path)).json()["facts"]["lines"]
    assert lines[2] == {"label": "Customer", "now": "Sofie Maes (72-1180)", "after": None}, "vale's own record"
    bare = api.client({"Authorization": f"Bearer {api.token('anna', sub='vic', tenant='vale', roles=[])}"})
    facts = (await bare.get(asked.path)).json()["facts"]
    assert (facts["lines"], facts["problem"]) == (
        [],
        "Your roles do not include the right to read this in the bank's system.",
    )


async def test_what_the_bank_refuses_is_told_and_failed(
    api: Api, maker: httpx.AsyncClient, sam: httpx.AsyncClient
) -> None:
    asked = await request(maker, do("case_add_note", case_id="C-1017", text="closed"))
    assert (await decide(sam, asked)).status_code == 200
    await ended(maker, asked)
    shown = (await maker.get(asked.path)).json()
    assert (shown["status"], shown["result"]) == ("failed", "Case C-1017 is closed and takes no more notes.")


async def test_without_a_bank_requests_are_listed_and_none_is_decided(
    provider: Provider, database_urls: DatabaseUrls, three: list[Requested]
) -> None:
    async with serving_api(provider, database_urls.app, connected=False) as alone:
        sam = alone.as_("sam")
        assert three[0].id in await ids(sam)
        shown = (await sam.get(three[0].path)).json()
        assert shown["facts"]["problem"].startswith("No core banking system is connected")
        reply = await decide(sam, three[0])
        assert (reply.status_code, reply.json()["code"], reply.headers["retry-after"]) == (503, "unavailable", "60")
        assert (await sam.get(three[0].path)).json()["status"] == "pending"
        ready = (await alone.client().get("/readyz")).json()
        assert (ready["status"], ready["bank"]["connected"]) == ("ready", False)
