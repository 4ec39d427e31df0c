"""Answers whose sources no longer count are marked, for who may still know, and nothing of a text is told."""

import uuid
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest

from api.superseded import Cited, cited, marked
from core.database import Database
from core.principal import Principal
from retrieval.editions.store import publish_edition, withdraw_edition
from tests.retrieval.shelf import Paper, draft

RUN = UUID(int=7)
FIRST, SECOND = date(2026, 1, 1), date(2026, 6, 1)
TODAY = date(2026, 11, 20)


@pytest.fixture
def tenant() -> str:
    return f"bank-{uuid.uuid4().hex[:8]}"


async def published(database: Database, tenant: str, version: str, since: date, at: date, **more: Any) -> UUID:
    pia = Principal(tenant, "pia", roles=frozenset({"policy_owner", "hr"}))
    paper = Paper("fees", (f"Secret text of {version}.",), version=version, effective_from=since, title="Fees", **more)
    edition = await draft(database, pia, paper)
    async with database.transaction(pia) as tx:
        await publish_edition(tx, edition, datetime(at.year, at.month, at.day, 12, tzinfo=UTC))
    return edition


async def withdraw(database: Database, tenant: str, edition: UUID, on: date) -> None:
    pia = Principal(tenant, "pia", roles=frozenset({"policy_owner", "hr"}))
    async with database.transaction(pia) as tx:
        await withdraw_edition(tx, edition, datetime(on.year, on.month, on.day, 12, tzinfo=UTC))


def of(edition: UUID, day: date = TODAY, *, about_past: bool = False) -> Cited:
    return Cited(edition, day, about_past, "Fees", "1", (1, 3))


async def told(
    database: Database, tenant: str, source: Cited, roles: frozenset[str] = frozenset({"staff"})
) -> list[tuple[str, str | None, str | None, str]]:
    """Standing, since, the version that counts now, and the words."""
    anna = Principal(tenant, "anna", roles=roles)
    async with database.transaction(Principal.system(tenant)) as tx:
        found = (await marked(tx, anna, {RUN: [source]}, "UTC"))[RUN]
    assert "Secret" not in str(found)
    return [
        (each.standing, each.since and each.since.isoformat(), each.now and each.now.version, each.text)
        for each in found
    ]


async def test_a_source_that_still_counts_is_not_marked(database: Database, tenant: str) -> None:
    assert await told(database, tenant, of(await published(database, tenant, "1", FIRST, FIRST))) == []


async def test_a_replaced_source_names_what_counts_today_and_since_when(database: Database, tenant: str) -> None:
    first = await published(database, tenant, "1", FIRST, FIRST)
    await published(database, tenant, "2", SECOND, date(2026, 6, 10))
    await published(database, tenant, "3", date(2026, 9, 1), date(2026, 8, 1))
    words = "Fees, edition 1, has been replaced since 10 June 2026. Today edition 3 counts."
    assert await told(database, tenant, of(first)) == [("replaced", "2026-06-10", "3", words)]


async def test_a_withdrawn_source_says_so_to_a_reader_from_whom_the_database_hides_it(
    database: Database, tenant: str
) -> None:
    first = await published(database, tenant, "1", FIRST, FIRST)
    second = await published(database, tenant, "2", SECOND, SECOND)
    await withdraw(database, tenant, second, date(2026, 11, 2))
    source = Cited(second, TODAY, False, "Fees", "2", (1,))
    words = "Fees, edition 2, was withdrawn on 2 November 2026. Today edition 1 counts."
    assert await told(database, tenant, source) == [("withdrawn", "2026-11-02", "1", words)]
    await withdraw(database, tenant, first, date(2026, 11, 3))
    assert [(standing, now) for standing, _, now, _ in await told(database, tenant, source)] == [("withdrawn", None)]


async def test_an_ended_source(database: Database, tenant: str) -> None:
    first = await published(database, tenant, "1", FIRST, FIRST, effective_to=SECOND)
    words = "Fees, edition 1, no longer counts since 1 June 2026. Today no edition counts."
    assert await told(database, tenant, of(first)) == [("ended", "2026-06-01", None, words)]


async def test_of_a_document_that_is_not_for_the_reader_only_that_it_does_not_count(
    database: Database, tenant: str
) -> None:
    first = await published(database, tenant, "1", FIRST, FIRST, audience=("hr",))
    await published(database, tenant, "2", SECOND, SECOND, audience=("hr",))
    words = "You may no longer read this source, so nothing rests on it for you."
    unknown = await told(database, tenant, of(uuid.uuid4()))
    assert await told(database, tenant, of(first)) == unknown == [("unavailable", None, None, words)]
    foreign = await published(database, f"{tenant}-other", "1", FIRST, FIRST)
    assert await told(database, tenant, of(foreign)) == unknown
    assert [standing for standing, *_ in await told(database, tenant, of(first), frozenset({"hr"}))] == ["replaced"]


async def test_an_answer_about_the_past_is_held_against_its_own_day(database: Database, tenant: str) -> None:
    first = await published(database, tenant, "1", FIRST, FIRST)
    await published(database, tenant, "2", SECOND, SECOND)
    source = of(first, date(2026, 3, 3), about_past=True)
    assert await told(database, tenant, source) == []
    await published(database, tenant, "1b", date(2026, 2, 1), date(2026, 10, 5))
    words = (
        "Fees, edition 1, has been replaced for 3 March 2026 since 5 October 2026. For 3 March 2026 edition 1b counts."
    )
    assert await told(database, tenant, source) == [("replaced", "2026-10-05", "1b", words)]


def test_what_an_answer_cites_and_on_which_day_it_is_to_count() -> None:
    def answer(as_of: str) -> dict[str, Any]:
        source = {"title": "Fees", "version": "1", "edition_id": str(UUID(int=2))}
        return {
            "as_of": as_of,
            "claims": [{"citations": [1, 3]}],
            "sources": [{**source, "ref": 1}, {**source, "ref": 2}, {**source, "ref": 3}, {"ref": 4, "tool": "x"}],
        }

    asked, today = date(2026, 11, 1), date(2026, 11, 20)
    assert cited(answer("2026-11-01"), asked, today) == [of(UUID(int=2), today)]
    assert cited(answer("2026-03-03"), asked, today) == [of(UUID(int=2), date(2026, 3, 3), about_past=True)]
    assert cited(answer("2027-01-01"), asked, today) == [of(UUID(int=2), date(2027, 1, 1))]
    assert cited({"claims": [], "sources": []}, asked, today) == []
