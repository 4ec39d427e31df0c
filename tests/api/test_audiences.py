"""Who may read a document can be changed: it counts for the next look at every process, and is never forgotten."""

import asyncio
import time
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx
import psycopg
import pytest

from audit.records import RecordKind
from audit.store import stream_records
from core.database import Database, connection
from core.principal import Principal
from deploy.migrate import DatabaseUrls
from jobs.documents import EditionReader
from tests.api.conftest import Api, serving_api
from tests.api.provider import Provider
from tests.api.requests import told
from tests.api.uploads import metadata, send, take_in
from tests.retrieval.pdf_samples import fee_policy
from tests.superuser import superuser

TWO = "kyc-aml"


@pytest.fixture(scope="module")
async def api(provider: Provider, database_urls: DatabaseUrls) -> AsyncGenerator[Api]:
    async with serving_api(provider, database_urls.app, two_owner_libraries=(TWO,)) as api:
        await known(api)
        yield api


@pytest.fixture(scope="module")
async def other_process(provider: Provider, database_urls: DatabaseUrls) -> AsyncGenerator[Api]:
    """A second service over the same database, with caches of its own."""
    async with serving_api(provider, database_urls.app) as api:
        yield api


async def known(api: Api) -> None:
    """Roles are known from people who were here."""
    for who in ("anna", "omar", "pia", "paul", "carla"):
        assert (await api.as_(who).get("/v1/me")).status_code == 200


async def change(client: httpx.AsyncClient, document: str, *audience: str, **more: Any) -> httpx.Response:
    headers = more.pop("headers", {})
    body = {"audience": list(audience), "reason": "The committee decided so.", **more}
    return await client.post(f"/v1/documents/{document}/audience", json=body, headers=headers)


async def view(client: httpx.AsyncClient, document: str) -> dict[str, Any]:
    reply = await client.get(f"/v1/documents/{document}/audience")
    assert reply.status_code == 200, reply.text
    seen: dict[str, Any] = reply.json()
    return seen


@dataclass(frozen=True, slots=True)
class Doors:
    """Every way to a document of one page, and what a reader was once shown of it."""

    edition: str
    chunk: str

    async def seen_by(self, client: httpx.AsyncClient) -> dict[str, int]:
        """The status of each way in; of the lists, 200 where the edition is among what they show."""
        edition = f"/v1/editions/{self.edition}"
        tag = (await client.get(f"{edition}/pages/1")).headers.get("etag", '"any"')
        ways = {path: (await client.get(path)).status_code for path in self.paths()}
        ways["etag"] = (await client.get(f"{edition}/pages/1", headers={"If-None-Match": tag})).status_code
        found = (
            await client.post("/v1/search", json={"query": "who decides on fees, the pricing board", "k": 50})
        ).text
        listed = (await client.get("/v1/documents", params={"limit": 100})).text
        ways["search"] = 200 if self.edition in found else 404
        ways["list"] = 200 if self.edition in listed else 404
        return ways

    def paths(self) -> list[str]:
        edition = f"/v1/editions/{self.edition}"
        return [
            edition,
            f"{edition}/text",
            f"{edition}/pages/1",
            f"{edition}/pages/1?chunk={self.chunk}",
            f"/v1/chunks/{self.chunk}",
        ]


async def shelve(owner: httpx.AsyncClient, reader: EditionReader, key: str, **described: Any) -> Doors:
    edition = await take_in(owner, reader, metadata(key, **described), fee_policy(), f"{key}.pdf")
    items = (await owner.get(f"/v1/editions/{edition}/text")).json()["items"]
    return Doors(edition, items[0]["chunk_id"])


async def test_revoking_counts_for_the_next_look_at_every_process(
    api: Api, other_process: Api, reader: EditionReader
) -> None:
    pia = api.as_("pia")
    doors = await shelve(pia, reader, "fees")
    readers = [api.as_("anna"), other_process.as_("anna")]
    for anna in readers:  # both have it in their caches now, the page image too
        ways = await doors.seen_by(anna)
        assert (ways.pop("etag"), set(ways.values())) == (304, {200})
    narrowed = await change(pia, "fees", "hr")
    assert narrowed.status_code == 200, narrowed.text
    assert narrowed.json() == {
        "document": "fees",
        "state": "changed",
        "audience": ["hr"],
        "wanted": ["hr"],
        "number": 2,
        "still_yours": True,
    }
    for anna in readers:
        assert set((await doors.seen_by(anna)).values()) == {404}
    for owner in (pia, other_process.as_("pia")):
        assert 404 not in (await doors.seen_by(owner)).values()
    assert (await change(pia, "fees", "*")).json()["audience"] == ["*"]
    for anna in readers:
        assert 404 not in (await doors.seen_by(anna)).values()


async def test_what_a_reader_is_told_is_what_she_was_told_before_it_existed(
    api: Api, pia: httpx.AsyncClient, anna: httpx.AsyncClient, reader: EditionReader
) -> None:
    query = {"query": "pricing board fees who decides", "k": 50}
    before = (await anna.post("/v1/search", json=query)).content, (await anna.get("/v1/documents")).content
    await shelve(pia, reader, "seldom", title="Pricing board, pricing board")
    assert (await anna.post("/v1/search", json=query)).content != before[0]
    assert (await change(pia, "seldom", "hr")).json()["state"] == "changed"
    after = (await anna.post("/v1/search", json=query)).content, (await anna.get("/v1/documents")).content
    assert after == before


async def test_the_history_tells_who_when_and_why(api: Api, pia: httpx.AsyncClient, reader: EditionReader) -> None:
    await shelve(pia, reader, "told", audience=["hr", "staff"])
    assert (await change(pia, "told", "hr", reason="  Staff has its own circular. ")).status_code == 200
    seen = await view(pia, "told")
    assert {name: seen[name] for name in ("document", "library", "audience", "number", "two_owners", "waiting")} == {
        "document": "told",
        "library": "cards",
        "audience": ["hr"],
        "number": 2,
        "two_owners": False,
        "waiting": [],
    }
    assert {"staff", "hr", "fraud_desk", "policy_owner"} <= set(seen["roles"])
    pia_view = {"person": "pia", "name": "Pia Novak"}
    assert [{name: entry[name] for name in entry if name != "changed_at"} for entry in seen["history"]] == [
        {
            "number": 2,
            "audience": ["hr"],
            "changed_by": pia_view,
            "proposed_by": None,
            "reason": "Staff has its own circular.",
        },
        {"number": 1, "audience": ["hr", "staff"], "changed_by": pia_view, "proposed_by": None, "reason": None},
    ]
    assert seen["history"][0]["changed_at"] > seen["history"][1]["changed_at"]


async def test_who_may_change_it(api: Api, pia: httpx.AsyncClient, reader: EditionReader) -> None:
    await shelve(pia, reader, "ours", audience=["hr"])
    vale = api.client({"Authorization": f"Bearer {api.token('pia', sub='vera', tenant='vale')}"})
    for who, status in [("anna", 403), ("carla", 403), ("sam", 403), ("paul", 404)]:
        assert (await change(api.as_(who), "ours", "staff")).status_code == status
        assert (await api.as_(who).get("/v1/documents/ours/audience")).status_code == status
    hidden, missing = await change(vale, "ours", "hr"), await change(vale, "no-such", "hr")
    assert told(hidden) == told(missing) == (404, "not_found")
    assert hidden.json() | {"request_id": ""} == missing.json() | {"request_id": ""}
    assert (await api.client().post("/v1/documents/ours/audience", json={})).status_code == 401
    demoted = api.client({"Authorization": f"Bearer {api.token('pia')}"})
    later = api.token("pia", roles=["staff"], iat=int(time.time()) + 5)
    assert (await api.client({"Authorization": f"Bearer {later}"}).get("/v1/me")).status_code == 200
    assert (await change(demoted, "ours", "staff")).status_code == 403, "an old token brings no right back"
    again = api.token("pia", iat=int(time.time()) + 10)
    assert (await api.client({"Authorization": f"Bearer {again}"}).get("/v1/me")).status_code == 200
    assert (await view(pia, "ours"))["audience"] == ["hr"]


async def test_a_creator_keeps_what_she_gives_away_and_an_uploader_does_not(
    api: Api, pia: httpx.AsyncClient, reader: EditionReader
) -> None:
    paul = api.as_("paul")
    first = await shelve(pia, reader, "handed", audience=["policy_owner"])
    second = await take_in(
        paul, reader, metadata("handed", version="2", effective_from="2026-02-01", audience=["policy_owner"])
    )
    outcome = (await change(pia, "handed", "compliance")).json()
    assert (outcome["audience"], outcome["still_yours"]) == (["compliance"], True)
    for edition in (first.edition, second):
        assert (await pia.get(f"/v1/editions/{edition}")).status_code == 200
        assert (await paul.get(f"/v1/editions/{edition}")).status_code == 404
    assert (await change(paul, "handed", "policy_owner")).status_code == 404
    upload = await send(pia, metadata("handed", version="3", audience=["policy_owner"]))
    assert told(upload) == (409, "conflict")
    assert (await send(pia, metadata("handed", version="3", audience=["compliance"]))).status_code == 202


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"audience": []}, 422),
        ({"audience": ["stafff"]}, 422),
        ({"audience": [""]}, 422),
        ({"audience": ["x"] * 51}, 422),
        ({"reason": ""}, 422),
        ({"reason": " \n"}, 422),
        ({"reason": "x" * 2_001}, 422),
        ({"seen": 0}, 422),
        ({"seen": 7}, 409),
        ({"force": True}, 422),
    ],
)
async def test_what_would_lock_everybody_out_or_tells_no_reason_is_refused(
    pia: httpx.AsyncClient, reader: EditionReader, body: dict[str, Any], status: int
) -> None:
    key = f"kept-{uuid4().hex[:6]}"
    await take_in(pia, reader, metadata(key))
    wanted = {"audience": ["hr"], "reason": "So.", **body}
    reply = await pia.post(f"/v1/documents/{key}/audience", json=wanted)
    assert reply.status_code == status, reply.text
    assert (await view(pia, key))["number"] == 1


async def test_the_same_again_changes_nothing(pia: httpx.AsyncClient, reader: EditionReader) -> None:
    await take_in(pia, reader, metadata("twice"))
    key = {"Idempotency-Key": uuid4().hex}
    first = await change(pia, "twice", "hr", seen=1, headers=key)
    assert (await change(pia, "twice", "hr", seen=1, headers=key)).json() == first.json()
    assert told(await change(pia, "twice", "staff", seen=1, headers=key)) == (409, "idempotency_mismatch")
    assert told(await change(pia, "twice", "staff", seen=1)) == (409, "conflict")
    assert (await change(pia, "twice", "hr")).json()["state"] == "unchanged"
    everyone = (await change(pia, "twice", "hr", "*")).json()
    assert (everyone["audience"], everyone["number"]) == (["*"], 3)


async def test_of_many_changes_at_once_one_counts(pia: httpx.AsyncClient, reader: EditionReader) -> None:
    await take_in(pia, reader, metadata("raced", audience=["hr"]))
    roles = ["staff", "analyst", "supervisor", "compliance", "policy_owner"]
    replies = await asyncio.gather(*(change(pia, "raced", role, seen=1) for role in roles))
    assert sorted(reply.status_code for reply in replies) == [200, 409, 409, 409, 409]
    won = next(reply.json()["audience"] for reply in replies if reply.status_code == 200)
    seen = await view(pia, "raced")
    assert (seen["audience"], seen["number"]) == (won, 2)


async def test_in_a_library_of_two_owners_a_wider_audience_waits_for_the_second(
    api: Api, pia: httpx.AsyncClient, anna: httpx.AsyncClient, reader: EditionReader
) -> None:
    paul = api.as_("paul")
    edition = await take_in(
        pia, reader, metadata("guarded", library=TWO, audience=["policy_owner", "hr"]), publish=False
    )
    assert (await pia.post(f"/v1/editions/{edition}/publish")).status_code == 403
    shown = {"digest": (await paul.get(f"/v1/editions/{edition}/changes")).json()["digest"]}
    assert (await paul.post(f"/v1/editions/{edition}/publish", json=shown)).status_code == 200
    for _ in range(2):  # asking twice is not being two
        waiting = (await change(pia, "guarded", "policy_owner", "hr", "staff")).json()
        assert (waiting["state"], waiting["audience"]) == ("waiting", ["hr", "policy_owner"])
    assert (await anna.get(f"/v1/editions/{edition}")).status_code == 404
    (asked,) = (await view(paul, "guarded"))["waiting"]
    assert (asked["audience"], asked["proposed_by"]["person"], asked["own"]) == (
        ["hr", "policy_owner", "staff"],
        "pia",
        False,
    )
    assert (await change(paul, "guarded", "policy_owner", "staff")).json()["state"] == "waiting", "not the same"
    agreed = (await change(paul, "guarded", "staff", "hr", "policy_owner")).json()
    assert (agreed["state"], agreed["audience"]) == ("changed", ["hr", "policy_owner", "staff"])
    assert (await anna.get(f"/v1/editions/{edition}")).status_code == 200
    seen = await view(pia, "guarded")
    assert (seen["history"][0]["proposed_by"]["person"], seen["history"][0]["changed_by"]["person"]) == ("pia", "paul")
    assert (seen["waiting"], seen["two_owners"]) == ([], True), "a change voids what waited"
    narrowed = (await change(pia, "guarded", "policy_owner", "hr")).json()
    assert narrowed["state"] == "changed", "revoking waits for nobody"


async def test_who_lost_the_right_is_no_second_owner(api: Api, pia: httpx.AsyncClient, reader: EditionReader) -> None:
    await take_in(pia, reader, metadata("lost", library=TWO, audience=["policy_owner"]), publish=False)
    token = api.token("paul", sub="petra", name="Petra", roles=["policy_owner"])
    petra = api.client({"Authorization": f"Bearer {token}"})
    assert (await change(petra, "lost", "*")).json()["state"] == "waiting"
    after = api.token("paul", sub="petra", name="Petra", roles=["staff"], iat=int(time.time()) + 5)
    assert (await api.client({"Authorization": f"Bearer {after}"}).get("/v1/me")).status_code == 200
    assert (await change(pia, "lost", "*")).json()["state"] == "waiting"


async def test_each_change_stands_in_the_ledger_without_its_words(
    api: Api, pia: httpx.AsyncClient, reader: EditionReader, database: Database, database_urls: DatabaseUrls
) -> None:
    await take_in(pia, reader, metadata("booked"))
    assert (await change(pia, "booked", "hr", reason="Because zanzibarine.")).status_code == 200
    async with database.transaction(Principal.system("harbour")) as tx:
        records = await stream_records(tx, "documents")
    (record,) = [
        each
        for each in records
        if each.kind == RecordKind.DOCUMENT_AUDIENCE_CHANGED and each.body["document"] == "booked"
    ]
    body = dict(record.body)
    assert len(body.pop("reason")) == 64
    assert (record.actor, body) == (
        "pia",
        {"document": "booked", "library": "cards", "number": 2, "was": ["*"], "audience": ["hr"]},
    )
    with superuser(database_urls) as conn:
        for table in ("audience_history", "audit_records", "idempotency_keys"):
            found = conn.execute(f"SELECT 1 FROM app.{table} t WHERE t::text ILIKE '%zanzibarine%'").fetchone()
            assert found is None, table


async def test_without_its_record_nothing_is_changed(
    pia: httpx.AsyncClient, reader: EditionReader, database_urls: DatabaseUrls
) -> None:
    await take_in(pia, reader, metadata("unbooked"))
    with superuser(database_urls) as conn:
        conn.execute(
            "ALTER TABLE app.audit_records ADD CONSTRAINT broken CHECK (kind <> 'document.audience_changed') NOT VALID"
        )
        try:
            assert (await change(pia, "unbooked", "hr")).status_code == 500
        finally:
            conn.execute("ALTER TABLE app.audit_records DROP CONSTRAINT broken")
    assert (await view(pia, "unbooked"))["audience"] == ["*"]


async def test_the_database_changes_no_audience_but_through_its_history(
    pia: httpx.AsyncClient, reader: EditionReader, database: Database, database_urls: DatabaseUrls
) -> None:
    await take_in(pia, reader, metadata("solid"))
    for statement in (
        "UPDATE app.documents SET audience = '{hr}'",
        "UPDATE app.audience_history SET audience = '{hr}'",
        "DELETE FROM app.audience_history",
    ):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            async with database.transaction(Principal.system("harbour")) as tx:
                await connection(tx).execute(statement)
    with superuser(database_urls) as conn:
        for statement in (
            "UPDATE app.documents SET audience = '{hr}' WHERE key = 'solid'",
            "UPDATE app.audience_history SET audience = '{hr}'",
            "DELETE FROM app.audience_history",
        ):
            with pytest.raises(psycopg.errors.RaiseException):
                conn.execute(statement)
    assert (await view(pia, "solid"))["audience"] == ["*"]
