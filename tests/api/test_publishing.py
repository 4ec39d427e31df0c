"""Publishing: what changed is shown first, a second owner publishes that, and withdrawing says what follows."""

import asyncio
import time
from collections.abc import AsyncGenerator
from datetime import date, timedelta
from typing import Any

import httpx
import pytest

from audit import store as audit_store
from audit.records import DOCUMENTS_STREAM
from core.database import Database
from core.principal import Principal
from deploy.migrate import DatabaseUrls
from jobs.documents import EditionReader
from tests.api.conftest import Api, serving_api
from tests.api.provider import Provider
from tests.api.uploads import metadata, take_in

TODAY = date.today()  # noqa: DTZ011 -- the service's own day, in UTC as this machine's
OLD = b"<html><body><h1>Fees</h1><p>A replacement card costs $10. Cheques are free of charge.</p></body></html>"
NEW = b"<html><body><h1>Fees</h1><p>A replacement card costs $15. A statement on paper costs $2.</p></body></html>"


@pytest.fixture(scope="module")
async def api(provider: Provider, database_urls: DatabaseUrls) -> AsyncGenerator[Api]:
    """A bank where fees are published by a second owner."""
    async with serving_api(provider, database_urls.app, two_owner_libraries=("fees",)) as api:
        yield api


@pytest.fixture
def paul(api: Api) -> httpx.AsyncClient:
    return api.as_("paul")


def about(key: str, version: str, since: date, until: date | None = None, library: str = "cards") -> dict[str, Any]:
    days = {"effective_from": since.isoformat(), "effective_to": None if until is None else until.isoformat()}
    return metadata(key, version=version, library=library, **days)


async def changes(client: httpx.AsyncClient, edition: str, **query: Any) -> dict[str, Any]:
    reply = await client.get(f"/v1/editions/{edition}/changes", params=query)
    assert reply.status_code == 200, reply.text
    return reply.json()


async def publish(client: httpx.AsyncClient, edition: str, digest: str | None = None) -> httpx.Response:
    return await client.post(f"/v1/editions/{edition}/publish", json={"digest": digest} if digest else None)


async def test_a_second_owner_publishes_what_was_shown(
    database: Database, pia: httpx.AsyncClient, paul: httpx.AsyncClient, reader: EditionReader
) -> None:
    since = TODAY + timedelta(days=10)
    first = await take_in(pia, reader, about("fee-list", "1", date(2026, 1, 1), library="fees"), OLD, publish=False)
    shown = await changes(paul, first)
    assert (shown["base"], shown["counts"]["added"], shown["counts"]["unchanged"]) == (None, 1, 0)
    assert (await publish(paul, first, shown["digest"])).status_code == 200

    draft = await take_in(pia, reader, about("fee-list", "2", since, library="fees"), NEW, publish=False)
    hers = await changes(pia, draft)
    assert hers["publishing"] == {
        "allowed": False,
        "reason": "You uploaded this edition. In this library another policy owner publishes it.",
        "second_owner": True,
    }
    assert (await publish(pia, draft, hers["digest"])).status_code == 403
    shown = await changes(paul, draft)
    assert shown["publishing"] == {"allowed": True, "reason": None, "second_owner": True}
    assert shown["digest"] == hers["digest"]
    assert shown["base"]["id"] == first
    assert [finding["kind"] for finding in shown["findings"]] == ["replaces"]
    assert shown["counts"] == {"added": 1, "removed": 1, "changed": 1, "moved": 0, "figures": 2, "unchanged": 0}
    assert [(item["kind"], "".join(p["text"] for p in item["parts"])) for item in shown["items"]] == [
        ("changed", "A replacement card costs $1015."),
        ("removed", "Cheques are free of charge."),
        ("added", "A statement on paper costs $2."),
    ]
    assert [p for p in shown["items"][0]["parts"] if p["change"] != "same"] == [
        {"change": "removed", "text": "10", "figure": True},
        {"change": "added", "text": "15", "figure": True},
    ]

    unseen = await publish(paul, draft)
    assert (unseen.status_code, "changes" in unseen.json()["detail"]) == (422, True)
    other = await publish(paul, draft, "0" * 64)
    assert (other.status_code, other.json()["code"]) == (412, "precondition_failed")
    published = (await publish(paul, draft, shown["digest"])).json()
    assert (published["state"], published["published_by"], [f["kind"] for f in published["findings"]]) == (
        "published",
        "paul",
        ["replaces"],
    )
    again = await publish(paul, draft, shown["digest"])
    assert (again.status_code, again.json()) == (200, published)
    assert (await changes(paul, draft))["base"]["id"] == first

    records = [record for record in await recorded(database, draft) if record["state"] == "published"]
    assert [(r["shown"], r["base"], [f["kind"] for f in r["findings"]]) for r in records] == [
        (shown["digest"], first, ["replaces"])
    ]


async def recorded(database: Database, edition: str) -> list[dict[str, Any]]:
    async with database.transaction(Principal.system("harbour")) as tx:
        records = await audit_store.stream_records(tx, DOCUMENTS_STREAM)
    return [dict(record.body) for record in records if record.body["edition"] == edition]


async def test_what_was_shown_no_longer_counts_once_another_edition_is_published(
    pia: httpx.AsyncClient, reader: EditionReader
) -> None:
    await take_in(pia, reader, about("limits", "1", date(2026, 1, 1)), OLD)
    draft = await take_in(pia, reader, about("limits", "2", TODAY), NEW, publish=False)
    seen = (await changes(pia, draft))["digest"]
    between = await take_in(pia, reader, about("limits", "1b", date(2026, 2, 1)), OLD + b"\n")
    assert (await publish(pia, draft, seen)).status_code == 412
    shown = await changes(pia, draft)
    assert shown["base"]["id"] == between
    assert (await publish(pia, draft, shown["digest"])).status_code == 200


async def test_gaps_and_overlaps_are_told_before_and_kept(pia: httpx.AsyncClient, reader: EditionReader) -> None:
    end, start = TODAY + timedelta(days=20), TODAY + timedelta(days=30)
    await take_in(pia, reader, about("hours", "1", date(2026, 1, 1), end), OLD)
    draft = await take_in(pia, reader, about("hours", "2", start, start + timedelta(days=5)), NEW, publish=False)
    shown = await changes(pia, draft)
    gaps = [(f["kind"], f["first"], f["until"], f["warns"]) for f in shown["findings"]]
    assert gaps == [
        ("gap", end.isoformat(), start.isoformat(), True),
        ("gap", (start + timedelta(days=5)).isoformat(), None, True),
    ]
    assert all(f["text"].endswith("no edition counts.") for f in shown["findings"])
    published = (await publish(pia, draft)).json()
    assert published["findings"] == shown["findings"]
    assert [(s["version"], s["first"]) for s in published["calendar"]] == [
        ("1", "2026-01-01"),
        (None, end.isoformat()),
        ("2", start.isoformat()),
        (None, (start + timedelta(days=5)).isoformat()),
    ]


async def test_withdrawing_says_what_counts_again_and_destroys_nothing(
    database: Database, pia: httpx.AsyncClient, anna: httpx.AsyncClient, reader: EditionReader
) -> None:
    first = await take_in(pia, reader, about("rates", "2025-07", date(2025, 7, 1), library="rates"), OLD)
    second = await take_in(pia, reader, about("rates", "2026-01", date(2026, 1, 1), library="rates"), NEW)
    query = {"query": "replacement card costs", "libraries": ["rates"], "k": 20}
    found = (await anna.post("/v1/search", json=query)).json()["passages"]
    assert second in {p["edition_id"] for p in found}
    assert first not in {p["edition_id"] for p in found}
    chunk = next(p["chunk_id"] for p in found if p["edition_id"] == second)

    told = (await pia.get(f"/v1/editions/{second}/withdrawal")).json()
    assert [f["text"] for f in told["findings"]] == ["Edition 2025-07 will count again from today."]
    assert (await anna.get(f"/v1/editions/{second}/withdrawal")).status_code == 403
    wrong = await pia.post(f"/v1/editions/{second}/withdraw", json={"digest": "0" * 64})
    assert wrong.status_code == 412
    gone = await pia.post(f"/v1/editions/{second}/withdraw", json={"digest": told["digest"]})
    assert (gone.status_code, gone.json()["state"], gone.json()["withdrawn_by"]) == (200, "withdrawn", "pia")
    assert [s["version"] for s in gone.json()["calendar"]] == ["2025-07"]

    found = {p["edition_id"] for p in (await anna.post("/v1/search", json=query)).json()["passages"]}
    assert (first in found, second in found) == (True, False)
    for path in (f"/v1/editions/{second}", f"/v1/editions/{second}/text", f"/v1/chunks/{chunk}"):
        assert [(await who.get(path)).status_code for who in (pia, anna)] == [200, 404]
    (record,) = [r for r in await recorded(database, second) if r["state"] == "withdrawn"]
    assert [(f["kind"], f["edition"]) for f in record["findings"]] == [("counts_again", first)]


async def test_changes_come_in_pages_and_only_to_those_who_may_see_the_draft(
    api: Api, pia: httpx.AsyncClient, paul: httpx.AsyncClient, anna: httpx.AsyncClient, reader: EditionReader
) -> None:
    text = "".join(f"<h2>{n} Part</h2><p>The rule of part {n} is new.</p>" for n in range(7)).encode()
    described = metadata("hr-rules", library="hr", audience=["hr"])
    draft = await take_in(pia, reader, described, b"<html><body>" + text + b"</body></html>", publish=False)
    items: list[dict[str, Any]] = []
    cursor, pages = None, 0
    while pages == 0 or cursor:
        page = await changes(pia, draft, limit=3, **({"cursor": cursor} if cursor else {}))
        items += page["items"]
        cursor, pages = page["next_cursor"], pages + 1
    assert (pages, len(items), {item["kind"] for item in items}) == (3, 7, {"added"})
    for path in ("changes", "withdrawal", "citations"):
        answers = [await who.get(f"/v1/editions/{draft}/{path}") for who in (paul, anna, api.as_("boris"))]
        assert [reply.status_code for reply in answers] == [404, 403, 403]
    assert (await paul.post(f"/v1/editions/{draft}/publish")).status_code == 404


async def test_rights_are_those_of_today_not_of_an_old_token(
    api: Api, pia: httpx.AsyncClient, reader: EditionReader
) -> None:
    draft = await take_in(pia, reader, about("cuts", "1", date(2026, 1, 1)), OLD, publish=False)
    older = api.client({"Authorization": f"Bearer {api.token('lea', roles=['policy_owner'])}"})
    assert (await older.get(f"/v1/editions/{draft}")).status_code == 200
    newer = api.token("lea", roles=["staff"], iat=int(time.time()) + 5)
    assert (await api.client({"Authorization": f"Bearer {newer}"}).get("/v1/me")).status_code == 200
    assert (await publish(older, draft)).status_code == 403
    assert (await older.post(f"/v1/editions/{draft}/withdraw")).status_code == 403
    assert (await publish(pia, draft)).status_code == 200


async def test_two_who_publish_at_once_publish_once(
    database: Database, pia: httpx.AsyncClient, paul: httpx.AsyncClient, reader: EditionReader
) -> None:
    draft = await take_in(pia, reader, about("twice", "1", date(2026, 1, 1)), OLD, publish=False)
    replies = await asyncio.gather(*(publish(who, draft) for who in (pia, paul) * 3))
    assert [reply.status_code for reply in replies] == [200] * 6
    assert len({reply.json()["published_by"] for reply in replies}) == 1
    assert [r["state"] for r in await recorded(database, draft)].count("published") == 1
