"""Who may sign over HTTP: by today's roles and limits, whatever token is shown, and never her own request."""

from datetime import UTC, datetime
from uuid import uuid4

import httpx
import pytest

from tests.api.conftest import Api
from tests.api.requests import TASK, decide, done, ended, limit, note, request, status_of, told


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
