"""The database keeps readers apart by itself: what a query that forgets `retrieval.access` shows of a document's text
is no more than one that asks. Of editions alone it holds back what is not published."""

import uuid
from typing import LiteralString

import pytest
from psycopg.errors import InsufficientPrivilege

from core.database import Database, connection
from core.principal import Principal
from retrieval.access import READABLE, reader
from retrieval.editions.store import withdraw_edition
from tests.retrieval.shelf import Paper, draft, publish

ODD = 'he said "hr", \\ {and} left'
PEOPLE = {
    "anna": frozenset({"staff"}),
    "pia": frozenset({"policy_owner", "hr"}),
    "paul": frozenset({"policy_owner", "fraud_desk"}),
    "carla": frozenset({"compliance"}),
    "odd": frozenset({ODD, "staff"}),
    "nobody": frozenset[str](),
}
PARTS: dict[str, LiteralString] = {
    "documents": "SELECT id FROM app.documents",
    "editions": "SELECT e.id FROM app.editions e JOIN app.documents d ON d.id = e.document_id",
    "edition_files": "SELECT edition_id FROM app.edition_files",
    "pages": "SELECT edition_id FROM app.pages",
    "chunks": "SELECT edition_id FROM app.chunks",
    "edition_postings": "SELECT edition_id FROM app.edition_postings",
    "audience_history": "SELECT document_id FROM app.audience_history",
}


async def shelve(database: Database, tenant: str) -> None:
    owner = Principal(tenant, "paul", roles=PEOPLE["paul"])
    for number, audience in enumerate([("*",), ("staff",), ("hr",), ("fraud_desk", "compliance"), (ODD,), ("hr", "*")]):
        paper = Paper(f"d{number}", (f"Text {number}.",), audience=audience)
        await publish(database, owner, paper)
        await draft(database, Principal.system(tenant), Paper(f"e{number}", ("Draft.",), audience=audience))
        gone = await publish(database, owner, Paper(f"f{number}", ("Gone.",), audience=audience))
        async with database.transaction(Principal.system(tenant)) as tx:
            await withdraw_edition(tx, gone)
            for edition in (gone,):
                await connection(tx).execute(
                    "INSERT INTO app.pages (edition_id, number, width, height, text) VALUES (%s, 1, 1, 1, 'x')",
                    (edition,),
                )


async def test_every_table_shows_what_may_be_read_and_no_more(database: Database) -> None:
    tenant = f"bank-{uuid.uuid4().hex[:8]}"
    await shelve(database, tenant)
    query = f"""SELECT e.id, e.document_id FROM app.editions e JOIN app.documents d ON d.id = e.document_id
        WHERE e.tenant = %(tenant)s AND {READABLE}"""
    seen: dict[str, int] = {}
    for person, roles in PEOPLE.items():
        principal = Principal(tenant, person, roles=roles)
        async with database.transaction(Principal.system(tenant)) as tx:  # who is asked for comes by parameters alone
            rows = await (await connection(tx).execute(query, {**reader(principal), "tenant": tenant})).fetchall()
            paged = await (await connection(tx).execute("SELECT edition_id FROM app.pages")).fetchall()
        editions = {row["id"] for row in rows}
        async with database.transaction(principal) as tx:
            shown = {
                table: {next(iter(row.values())) for row in await (await connection(tx).execute(part)).fetchall()}
                for table, part in PARTS.items()
            }
        assert {row["document_id"] for row in rows} <= shown["documents"] == shown["audience_history"]
        for table in ("editions", "edition_files", "chunks", "edition_postings"):
            assert shown[table] == editions, (person, table)
        assert shown["pages"] == editions & {row["edition_id"] for row in paged}
        seen[person] = len(editions)
    assert seen == {"anna": 3, "pia": 9, "paul": 15, "carla": 3, "odd": 4, "nobody": 2}


@pytest.mark.parametrize("table", sorted(PARTS))
async def test_nothing_is_shown_without_roles_or_to_another_tenant(database: Database, table: str) -> None:
    tenant = f"bank-{uuid.uuid4().hex[:8]}"
    await publish(database, Principal.system(tenant), Paper("d", ("Text.",), audience=("hr",)))
    for other in (Principal(tenant, "anna"), Principal(f"{tenant}-2", "pia", roles=PEOPLE["pia"])):
        async with database.transaction(other) as tx:
            assert await (await connection(tx).execute(PARTS[table])).fetchall() == []
    async with database.connect() as conn:
        assert await (await conn.execute(PARTS[table])).fetchall() == []


async def test_what_is_not_published_is_held_back_from_a_query_on_editions_alone(database: Database) -> None:
    tenant = f"bank-{uuid.uuid4().hex[:8]}"
    await shelve(database, tenant)
    states: LiteralString = "SELECT DISTINCT state FROM app.editions ORDER BY state"
    seen: list[list[str]] = []
    for person in ("anna", "carla", "paul"):
        async with database.transaction(Principal(tenant, person, roles=PEOPLE[person])) as tx:
            rows = await (await connection(tx).execute(states)).fetchall()
        seen.append([row["state"] for row in rows])
    assert seen == [["published"], ["published"], ["draft", "published", "withdrawn"]]


async def test_what_is_hidden_can_not_be_changed_either(database: Database) -> None:
    tenant = f"bank-{uuid.uuid4().hex[:8]}"
    await publish(database, Principal.system(tenant), Paper("d", ("Text.",), audience=("hr",)))
    async with database.transaction(Principal(tenant, "paul", roles=PEOPLE["paul"])) as tx:
        for statement in ("DELETE FROM app.chunks", "DELETE FROM app.pages"):
            assert (await connection(tx).execute(statement)).rowcount == 0
    with pytest.raises(InsufficientPrivilege):
        async with database.transaction(Principal.system(tenant)) as tx:
            await connection(tx).execute("UPDATE app.documents SET title = 'x'")
