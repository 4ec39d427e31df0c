"""What authentications said of people: the latest counts, changes are kept, and strangers have no rights."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from core.database import Database, connection
from core.errors import Forbidden
from core.principal import Principal
from tools.people import directory
from tools.people.directory import REFRESH, Directory

NOW = datetime(2026, 3, 3, 9, tzinfo=UTC)


def person(person: str, *roles: str, **more: Any) -> Principal:
    return Principal("harbour", person, roles=frozenset(roles), **more)


async def load(database: Database, person_id: str, tenant: str = "harbour") -> Principal:
    async with database.transaction(Principal.system(tenant)) as tx:
        return await directory.load(tx, person_id)


async def rows(database: Database, person_id: str) -> tuple[list[list[str]], datetime]:
    """The role lists of the history, oldest first, and when the person was seen last."""
    async with database.transaction(Principal.system("harbour")) as tx:
        conn = connection(tx)
        past = await conn.execute(
            "SELECT roles FROM app.people_history WHERE person_id = %s ORDER BY seen_at", (person_id,)
        )
        present = await conn.execute("SELECT last_seen FROM app.people WHERE person_id = %s", (person_id,))
        history, row = await past.fetchall(), await present.fetchone()
    assert row is not None
    return [entry["roles"] for entry in history], row["last_seen"]


async def test_a_person_is_who_the_last_authentication_said(database: Database) -> None:
    people = Directory(database)
    first = person("anna", "staff", name="Anna Keller", branch="001")
    await people.note(first, NOW)
    assert await load(database, "anna") == first
    promoted = person("anna", "supervisor", "staff", name="Anna Keller")
    await people.note(promoted, NOW + timedelta(seconds=1))
    assert await load(database, "anna") == promoted
    assert await rows(database, "anna") == ([["staff"], ["staff", "supervisor"]], NOW + timedelta(seconds=1))


async def test_an_unchanged_person_is_written_again_only_when_the_note_has_aged(database: Database) -> None:
    people = Directory(database)
    omar = person("omar", "analyst")
    await people.note(omar, NOW)
    await people.note(omar, NOW + REFRESH - timedelta(seconds=1))
    assert await rows(database, "omar") == ([["analyst"]], NOW)
    await people.note(omar, NOW + REFRESH)
    assert await rows(database, "omar") == ([["analyst"]], NOW + REFRESH)
    await Directory(database).note(omar, NOW + 2 * REFRESH)
    assert await rows(database, "omar") == ([["analyst"]], NOW + 2 * REFRESH)


async def test_a_change_is_written_whatever_the_age_of_the_note(database: Database) -> None:
    people = Directory(database)
    await people.note(person("paul", "policy_owner"), NOW)
    await people.note(person("paul"), NOW + timedelta(microseconds=1))
    assert (await load(database, "paul")).permissions == frozenset()


@pytest.mark.parametrize(("person_id", "tenant"), [("nobody", "harbour"), ("carla", "vale")])
async def test_who_never_signed_in_here_has_no_rights(database: Database, person_id: str, tenant: str) -> None:
    await Directory(database).note(person("carla", "compliance"), NOW)
    with pytest.raises(Forbidden, match="never signed in"):
        await load(database, person_id, tenant)
