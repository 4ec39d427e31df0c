"""What tokens said of people: the newest counts, changes are kept, strangers have no rights."""

import asyncio
import itertools
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from psycopg.rows import DictRow

from core.database import Database, connection
from core.errors import Forbidden
from core.principal import Permission, Principal
from tools.people import directory
from tools.people.directory import REFRESH, Directory
from tools.people.models import Signer

NOW = datetime(2026, 3, 3, 9, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def person(person: str, *roles: str, **more: Any) -> Principal:
    return Principal("harbour", person, roles=frozenset(roles), **more)


async def note(
    people: Directory, principal: Principal, now: datetime, *, issued: datetime | None = None, limit: int | None = None
) -> None:
    """Note a token that was issued just now unless told otherwise."""
    await people.note(principal, now, asserted_at=now if issued is None else issued, signing_limit=limit)


async def load(database: Database, person_id: str, tenant: str = "harbour") -> Principal:
    async with database.transaction(Principal.system(tenant)) as tx:
        return await directory.load(tx, person_id)


async def signer(database: Database, person_id: str) -> Signer:
    async with database.transaction(Principal.system("harbour")) as tx:
        return await directory.load_signer(tx, person_id)


async def history(database: Database, person_id: str) -> list[DictRow]:
    async with database.transaction(Principal.system("harbour")) as tx:
        cursor = await connection(tx).execute(
            "SELECT seen_at, roles, signing_limit FROM app.people_history WHERE person_id = %s ORDER BY seen_at",
            (person_id,),
        )
        return await cursor.fetchall()


async def rows(database: Database, person_id: str) -> tuple[list[list[str]], datetime]:
    """The role lists of the history, oldest first, and when the person was seen last."""
    async with database.transaction(Principal.system("harbour")) as tx:
        conn = connection(tx)
        present = await conn.execute("SELECT last_seen FROM app.people WHERE person_id = %s", (person_id,))
        row = await present.fetchone()
    assert row is not None
    return [entry["roles"] for entry in await history(database, person_id)], row["last_seen"]


async def test_a_person_is_who_the_newest_token_said(database: Database) -> None:
    people = Directory(database)
    first = person("anna", "staff", name="Anna Keller", branch="001")
    await note(people, first, NOW)
    assert await load(database, "anna") == first
    promoted = person("anna", "supervisor", "staff", name="Anna Keller")
    await note(people, promoted, NOW + SECOND)
    assert await load(database, "anna") == promoted
    assert await rows(database, "anna") == ([["staff"], ["staff", "supervisor"]], NOW + SECOND)


async def test_the_same_token_is_written_again_only_when_the_note_has_aged(database: Database) -> None:
    people = Directory(database)
    omar = person("omar", "analyst")
    await note(people, omar, NOW, issued=NOW)
    await note(people, omar, NOW + REFRESH - SECOND, issued=NOW)
    assert await rows(database, "omar") == ([["analyst"]], NOW)
    await note(people, omar, NOW + REFRESH, issued=NOW)
    assert await rows(database, "omar") == ([["analyst"]], NOW + REFRESH)
    await note(Directory(database), omar, NOW + 2 * REFRESH, issued=NOW)
    assert await rows(database, "omar") == ([["analyst"]], NOW + 2 * REFRESH)


async def test_a_change_is_written_whatever_the_age_of_the_note(database: Database) -> None:
    people = Directory(database)
    await note(people, person("paul", "policy_owner"), NOW)
    await note(people, person("paul"), NOW + timedelta(microseconds=1))
    assert (await load(database, "paul")).permissions == frozenset()


@pytest.mark.parametrize(("person_id", "tenant"), [("nobody", "harbour"), ("carla", "vale")])
async def test_who_never_signed_in_here_has_no_rights(database: Database, person_id: str, tenant: str) -> None:
    await note(Directory(database), person("carla", "compliance"), NOW)
    with pytest.raises(Forbidden, match="never signed in"):
        await load(database, person_id, tenant)
    async with database.transaction(Principal.system(tenant)) as tx:
        with pytest.raises(Forbidden, match="never signed in"):
            await directory.load_signer(tx, person_id)


async def test_the_limit_is_noted_and_its_changes_are_kept(database: Database) -> None:
    people = Directory(database)
    sam = person("sam", "supervisor", name="Sam Okafor")
    for minute, limit in enumerate([None, 20_000, 20_000, 0, 50_000, None]):
        await note(people, sam, NOW + minute * timedelta(minutes=1), limit=limit)
        assert await signer(database, "sam") == Signer(sam, limit)
    assert [row["signing_limit"] for row in await history(database, "sam")] == [None, 20_000, 0, 50_000, None]


@pytest.mark.parametrize("same_process", [True, False])
async def test_a_demoted_supervisor_gains_nothing_from_yesterdays_token(database: Database, same_process: bool) -> None:
    """The attack: a token from before the demotion is still valid, and is shown at any process, again and again."""
    who = f"demoted-{same_process}"
    yesterday, today = NOW - timedelta(hours=20), NOW
    people = Directory(database)
    await note(people, person(who, "supervisor"), yesterday, issued=yesterday, limit=50_000)
    await note(people, person(who, "staff"), today, issued=today, limit=0)
    kept = await history(database, who)
    for minutes in (1, 2, 6, 12):
        attacked = people if same_process else Directory(database)
        at = today + timedelta(minutes=minutes)
        await note(attacked, person(who, "supervisor", name="Boss", branch="9"), at, issued=yesterday, limit=50_000)
        assert await signer(database, who) == Signer(person(who, "staff"), 0)
        assert not (await load(database, who)).may(Permission.APPROVAL_DECIDE)
    assert await history(database, who) == kept
    assert (await rows(database, who))[1] >= today + timedelta(minutes=11)  # an old token still shows that she was here


async def test_a_newer_token_that_says_the_same_still_pushes_older_ones_out(database: Database) -> None:
    """The attack: process A has cached staff of 9:00 and sees staff of 9:20; a token of 9:10 says supervisor."""
    a, b = Directory(database), Directory(database)
    await note(a, person("gale", "staff"), NOW, issued=NOW)
    await note(a, person("gale", "staff"), NOW + 20 * SECOND, issued=NOW + 20 * SECOND)
    await note(b, person("gale", "supervisor"), NOW + 30 * SECOND, issued=NOW + 10 * SECOND)
    assert await load(database, "gale") == person("gale", "staff")


async def test_a_cache_that_knows_an_older_token_does_not_bring_it_back(database: Database) -> None:
    """Process A noted supervisor; B noted the demotion; A is shown the old token again when its note has aged."""
    a, b = Directory(database), Directory(database)
    await note(a, person("hana", "supervisor"), NOW, issued=NOW)
    await note(b, person("hana", "staff"), NOW + SECOND, issued=NOW + SECOND)
    await note(a, person("hana", "supervisor"), NOW + 2 * SECOND, issued=NOW)
    await note(a, person("hana", "supervisor"), NOW + 2 * REFRESH, issued=NOW)
    assert await load(database, "hana") == person("hana", "staff")


async def test_a_slow_clock_of_ours_neither_keeps_a_new_token_out_nor_loses_the_order(database: Database) -> None:
    fast, slow = Directory(database), Directory(database)
    await note(fast, person("ines", "supervisor"), NOW + timedelta(minutes=3), issued=NOW)
    await note(slow, person("ines", "staff"), NOW, issued=NOW + SECOND)
    assert await load(database, "ines") == person("ines", "staff")
    entries = await history(database, "ines")
    assert [row["roles"] for row in entries] == [["supervisor"], ["staff"]]
    assert [row["seen_at"] - NOW for row in entries] == [
        timedelta(minutes=3),
        timedelta(minutes=3, microseconds=1),
    ]


SAME_SECOND = [(("staff", "supervisor", "hr"), 50_000), (("supervisor", "staff", "fraud_desk"), None), (("staff",), 7)]


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
async def test_of_tokens_of_one_second_only_what_all_say_counts(database: Database, order: Sequence[int]) -> None:
    who = "jo-" + "".join(map(str, order))
    for step, index in enumerate([*order, order[0]]):
        roles, limit = SAME_SECOND[index]
        await note(Directory(database), person(who, *roles), NOW + step * SECOND, issued=NOW, limit=limit)
    assert await signer(database, who) == Signer(person(who, "staff"), 7)
    await note(Directory(database), person(who, "supervisor"), NOW + SECOND, issued=NOW + SECOND)
    assert await signer(database, who) == Signer(person(who, "supervisor"), None)


async def test_tokens_shown_at_once_at_many_processes_leave_the_newest(database: Database) -> None:
    shown = [(person("kim", "supervisor" if n % 2 else "staff"), NOW + n * SECOND, n) for n in range(13)]
    await asyncio.gather(
        *(note(Directory(database), who, NOW, issued=issued, limit=limit) for who, issued, limit in reversed(shown))
    )
    assert await signer(database, "kim") == Signer(person("kim", "staff"), 12)
    last = (await history(database, "kim"))[-1]
    assert (last["roles"], last["signing_limit"]) == (["staff"], 12)
