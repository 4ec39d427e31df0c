"""The tenant-scoped transaction: whole or not at all, one tenant's and one person's rows, and nothing left behind."""

import asyncio
import itertools
import uuid
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime
from random import Random
from typing import LiteralString

import anyio
import psycopg
import pytest

from core.database import Database, connection
from core.errors import Unavailable
from core.principal import Principal
from deploy import embedded_postgres
from deploy.embedded_postgres import EmbeddedPostgres
from deploy.migrate import DatabaseUrls
from tests.mortal_postgres import kill_postgres, mortal_postgres

NOW = datetime(2026, 3, 3, tzinfo=UTC)
ANNA = Principal("harbour", "anna")
OMAR = Principal("harbour", "omar")
ANNA_OF_VALE = Principal("vale", "anna")
numbers = itertools.count()


async def add_person(database: Database, principal: Principal, person: str) -> None:
    async with database.transaction(principal) as tx:
        await connection(tx).execute(
            """INSERT INTO app.people (person_id, name, roles, first_seen, last_seen)
               VALUES (%s, %s, '{staff}', now(), now())""",
            (person, person),
        )


async def people(database: Database, principal: Principal) -> set[str]:
    async with database.transaction(principal) as tx:
        cursor = await connection(tx).execute("SELECT person_id FROM app.people")
        return {row["person_id"] for row in await cursor.fetchall()}


async def seen(database: Database, principal: Principal) -> set[str]:
    """As `people`, at one look."""
    return {row["person_id"] for row in await database.look(principal, "SELECT person_id FROM app.people", ())}


async def count(database: Database, principal: Principal, table: str) -> int:
    queries: dict[str, LiteralString] = {
        "threads": "SELECT count(*) AS n FROM app.threads",
        "runs": "SELECT count(*) AS n FROM app.runs",
        "messages": "SELECT count(*) AS n FROM app.messages",
        "feedback": "SELECT count(*) AS n FROM app.feedback",
        "idempotency_keys": "SELECT count(*) AS n FROM app.idempotency_keys",
    }
    async with database.transaction(principal) as tx:
        row = await (await connection(tx).execute(queries[table])).fetchone()
        assert row is not None
        return int(row["n"])


async def test_a_look_sees_what_a_transaction_would_and_leaves_no_scope_behind(database: Database) -> None:
    person = f"p{next(numbers)}"
    await add_person(database, ANNA, person)
    assert person in await seen(database, ANNA)
    assert await seen(database, ANNA) == await people(database, ANNA)
    assert person not in await seen(database, ANNA_OF_VALE)
    assert await asyncio.gather(*(seen(database, who) for who in [ANNA, ANNA_OF_VALE] * 10)) == [
        await people(database, who) for who in [ANNA, ANNA_OF_VALE] * 10
    ]
    async with database.connect() as conn:
        assert await (await conn.execute("SELECT person_id FROM app.people")).fetchall() == []


async def test_a_look_that_fails_or_is_given_up_breaks_nothing(database: Database) -> None:
    with pytest.raises(psycopg.errors.DivisionByZero):
        await database.look(ANNA, "SELECT 1 / 0", ())
    looking = asyncio.create_task(database.look(ANNA, "SELECT pg_sleep(1)", ()))
    await asyncio.sleep(0.1)
    looking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await looking
    for _ in range(12):
        assert await seen(database, ANNA) == await people(database, ANNA)


async def test_looks_that_are_given_up_at_any_moment_leave_every_connection_fit(database: Database) -> None:
    """As a stream whose reader has left gives them up: again at each step on its way out."""
    chance = Random(1)

    async def give_up() -> None:
        with anyio.move_on_after(chance.random() * 0.01):
            await seen(database, ANNA)

    for _ in range(30):
        await asyncio.gather(*(give_up() for _ in range(12)))
    expected = await people(database, ANNA)
    assert await asyncio.gather(*(people(database, ANNA) for _ in range(40))) == [expected] * 40
    assert await asyncio.gather(*(seen(database, ANNA) for _ in range(40))) == [expected] * 40


async def test_a_block_that_raises_leaves_nothing(database: Database) -> None:
    person = f"p{next(numbers)}"

    async def insert_and_fail() -> None:
        async with database.transaction(ANNA) as tx:
            await connection(tx).execute(
                """INSERT INTO app.people (person_id, name, roles, first_seen, last_seen)
                   VALUES (%s, 'x', '{}', now(), now())""",
                (person,),
            )
            raise KeyError

    with pytest.raises(KeyError):
        await insert_and_fail()
    assert person not in await people(database, ANNA)
    await add_person(database, ANNA, person)
    assert person in await people(database, ANNA)


async def test_a_cancelled_block_leaves_nothing(database: Database) -> None:
    person, inserted = f"p{next(numbers)}", asyncio.Event()

    async def insert_and_wait() -> None:
        async with database.transaction(ANNA) as tx:
            await connection(tx).execute(
                """INSERT INTO app.people (person_id, name, roles, first_seen, last_seen)
                   VALUES (%s, 'x', '{}', now(), now())""",
                (person,),
            )
            inserted.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(insert_and_wait())
    await inserted.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert person not in await people(database, ANNA)


async def test_a_tenant_sees_its_own_rows_only(database: Database) -> None:
    person = f"p{next(numbers)}"
    await add_person(database, ANNA, person)
    assert person in await people(database, ANNA)
    assert person in await people(database, Principal.system("harbour"))
    for stranger in (ANNA_OF_VALE, Principal.system("vale"), Principal("", ""), Principal("harbou_", "anna")):
        assert person not in await people(database, stranger)


async def test_conversations_are_one_persons_and_the_systems(database: Database) -> None:
    thread, run = uuid.uuid4(), uuid.uuid4()
    async with database.transaction(ANNA) as tx:
        conn = connection(tx)
        await conn.execute(
            "INSERT INTO app.threads (id, person_id, created_at, updated_at) VALUES (%s, 'anna', now(), now())",
            (thread,),
        )
        await conn.execute(
            """INSERT INTO app.runs (id, thread_id, person_id, status, mode, as_of, created_at)
               VALUES (%s, %s, 'anna', 'answered', 'answer', '2026-01-01', now())""",
            (run, thread),
        )
        await conn.execute(
            """INSERT INTO app.messages (id, thread_id, run_id, person_id, role, sealed, created_at)
               VALUES (%s, %s, %s, 'anna', 'user', 'x', now())""",
            (uuid.uuid4(), thread, run),
        )
        await conn.execute(
            "INSERT INTO app.feedback (run_id, person_id, rating, at) VALUES (%s, 'anna', 'up', now())", (run,)
        )
        await conn.execute(
            """INSERT INTO app.idempotency_keys (person_id, key, request_digest, created_at)
               VALUES ('anna', 'k', 'd', now())"""
        )
    for table in ("threads", "runs", "messages", "feedback", "idempotency_keys"):
        seen = {
            who.tenant + "/" + who.person: await count(database, who, table)
            for who in (ANNA, Principal.system("harbour"), OMAR, ANNA_OF_VALE, Principal.system("vale"))
        }
        assert seen == {"harbour/anna": 1, "harbour/system": 1, "harbour/omar": 0, "vale/anna": 0, "vale/system": 0}


async def test_nobody_writes_a_conversation_in_anothers_name(database: Database) -> None:
    for writer in (OMAR, ANNA_OF_VALE):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            async with database.transaction(writer) as tx:
                await connection(tx).execute(
                    """INSERT INTO app.threads (tenant, id, person_id, created_at, updated_at)
                       VALUES ('harbour', %s, 'anna', now(), now())""",
                    (uuid.uuid4(),),
                )


async def test_a_person_who_calls_themselves_system_is_not_the_system(database: Database) -> None:
    impostor = Principal("harbour", "system", roles=frozenset({"system"}))
    assert await count(database, Principal.system("harbour"), "threads") > 0
    assert await count(database, impostor, "threads") == 0


async def test_the_next_user_of_a_connection_inherits_nothing(database_urls: DatabaseUrls) -> None:
    narrow = await Database(database_urls.app, min_size=1, max_size=1).open()
    show = """SELECT pg_backend_pid() AS pid, nullif(current_setting('app.tenant', true), '') AS tenant,
              nullif(current_setting('app.person', true), '') AS person,
              nullif(current_setting('app.system', true), '') AS system"""
    async with narrow.transaction(Principal.system("harbour")) as tx:
        inside = await (await connection(tx).execute(show)).fetchone()
    with pytest.raises(KeyError):
        async with narrow.transaction(Principal.system("harbour")):
            raise KeyError
    async with narrow.connect() as conn:
        after = await (await conn.execute(show)).fetchone()
    async with narrow.transaction(OMAR) as tx:
        other = await (await connection(tx).execute(show)).fetchone()
    await narrow.close()
    assert inside is not None
    pid = inside["pid"]
    assert inside == {"pid": pid, "tenant": "harbour", "person": "system", "system": "on"}
    assert after == {"pid": pid, "tenant": None, "person": None, "system": None}
    assert other == {"pid": pid, "tenant": "harbour", "person": "omar", "system": None}


async def test_a_terminated_connection_is_said_so_and_replaced(database: Database, database_urls: DatabaseUrls) -> None:
    async def lose_the_connection() -> None:
        async with database.transaction(ANNA) as tx:
            row = await (await connection(tx).execute("SELECT pg_backend_pid() AS pid")).fetchone()
            assert row is not None
            with psycopg.connect(database_urls.admin, autocommit=True) as admin:
                admin.execute("SELECT pg_terminate_backend(%s)", (row["pid"],))
            await connection(tx).execute("SELECT 1")

    with pytest.raises(Unavailable, match="nothing was changed"):
        await lose_the_connection()
    assert await people(database, ANNA) is not None


@pytest.fixture
def own_server() -> Iterator[EmbeddedPostgres]:
    with mortal_postgres("mortal") as server:
        yield server


@pytest.mark.parametrize("read", [people, seen])
async def test_a_killed_server_is_said_so_and_used_again_once_it_is_back(
    own_server: EmbeddedPostgres, read: Callable[[Database, Principal], Awaitable[set[str]]]
) -> None:
    database = await Database(own_server.urls("mortal").app, min_size=4, max_size=4, timeout_s=1.0).open()
    await add_person(database, ANNA, "before")
    kill_postgres(own_server)
    for _ in range(2):
        with pytest.raises(Unavailable) as caught:
            await read(database, ANNA)
        assert (caught.value.status, caught.value.headers) == (503, {"Retry-After": "2"})
    embedded_postgres.start(own_server.data)
    async with asyncio.timeout(20):
        while True:
            try:
                assert await read(database, ANNA) == {"before"}
                break
            except Unavailable:
                await asyncio.sleep(0.1)
    # From the first success on every connection is good: dead ones were thrown out together.
    await asyncio.gather(*(read(database, ANNA) for _ in range(8)))
    await database.close()


@pytest.mark.parametrize("read", [people, seen])
async def test_a_restart_in_idle_time_is_noticed_by_nobody(
    own_server: EmbeddedPostgres, read: Callable[[Database, Principal], Awaitable[set[str]]]
) -> None:
    database = await Database(own_server.urls("mortal").app, min_size=4, max_size=4).open()
    await add_person(database, ANNA, "before")
    kill_postgres(own_server)
    embedded_postgres.start(own_server.data)
    for _ in range(12):
        assert await read(database, ANNA) == {"before"}
    await database.close()
