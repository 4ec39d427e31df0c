"""Every record gets one position, once, whoever seals when; and nothing is signed that contradicts what was."""

import asyncio

import psycopg
import pytest

from audit import merkle, sealing
from audit.merkle import Frontier
from audit.notes import Note, open_checkpoint
from audit.sealing import LogBroken, Sealing
from audit.tree import store
from core.database import Database, connection
from core.principal import Principal
from deploy.migrate import DatabaseUrls
from tests.audit.bench import NOW, append, key, seal
from tests.superuser import superuser


async def leaves(database: Database, tenant: str = "harbour") -> list[tuple[int, str, int]]:
    async with database.transaction(Principal.system(tenant)) as tx:
        cursor = await connection(tx).execute("SELECT position, stream, seq FROM app.audit_leaves ORDER BY position")
        return [(row["position"], row["stream"], row["seq"]) for row in await cursor.fetchall()]


async def test_what_waits_is_sealed_and_the_checkpoint_says_so(database: Database) -> None:
    records = [*await append(database, "a", 3, tenant="lone"), *await append(database, "b", 2, tenant="lone")]
    assert await seal(database, tenant="lone") == Sealing(5, 5)
    assert await seal(database, tenant="lone") == Sealing(0, 5)
    more = await append(database, "a", 1, tenant="lone")
    assert await seal(database, tenant="lone") == Sealing(1, 6)
    assert await leaves(database, "lone") == [
        (0, "a", 1), (1, "a", 2), (2, "a", 3), (3, "b", 1), (4, "b", 2), (5, "a", 4),
    ]  # fmt: skip
    frontier = Frontier()
    async with database.transaction(Principal.system("lone")) as tx:
        checkpoints = await store.checkpoints(tx)
    assert [(each.size, each.at) for each in checkpoints] == [(5, NOW), (6, NOW)]
    for record in [*records, *more]:
        frontier.append(merkle.leaf_hash(bytes.fromhex(record.hash)))
    signed = open_checkpoint(Note.parse(checkpoints[1].note.encode()), key("lone").verifier)
    assert (signed.size, signed.root) == (6, frontier.root()) == (checkpoints[1].size, checkpoints[1].root)


async def test_many_sealers_and_writers_give_each_record_one_position(database: Database) -> None:
    async def write(stream: str) -> None:
        for _ in range(8):
            await append(database, stream, 3)

    async def seal_often() -> None:
        for _ in range(12):
            await sealing.seal(database, "harbour", key(), NOW, batch=7)

    before = len(await leaves(database))
    await asyncio.gather(*(write(f"busy-{n}") for n in range(5)), seal_often(), seal_often(), seal_often())
    await seal(database)
    placed = await leaves(database)
    assert [position for position, _, _ in placed] == list(range(before + 5 * 24))
    for n in range(5):
        assert [seq for _, stream, seq in placed if stream == f"busy-{n}"] == list(range(1, 25))


async def test_a_record_that_is_rolled_back_does_not_wait(database: Database) -> None:
    await seal(database)
    size = (await seal(database)).size

    async def append_and_fail() -> None:
        async with database.transaction(Principal.system("harbour")) as tx:
            await connection(tx).execute(
                """INSERT INTO app.audit_records (stream, seq, kind, at, actor, step, body, prev_hash, hash)
                   VALUES ('undone', 1, 'x.y', now(), 'a', 's', '{}', '', '')"""
            )
            raise KeyError

    with pytest.raises(KeyError):
        await append_and_fail()
    assert await seal(database) == Sealing(0, size)


async def test_a_forged_place_in_the_queue_changes_nothing(database: Database) -> None:
    """The application's role may write into the queue: what is there already or nowhere gets no second position."""
    await append(database, "queue", 2)
    size = (await seal(database)).size
    async with database.transaction(Principal.system("harbour")) as tx:
        await connection(tx).execute(
            "INSERT INTO app.audit_waiting (stream, seq) VALUES ('queue', 1), ('queue', 9), ('nowhere', 1)"
        )
    assert await sealing.seal(database, "harbour", key(), NOW) == Sealing(0, size)
    await append(database, "queue")
    assert await seal(database) == Sealing(1, size + 1)


@pytest.mark.parametrize(
    ("attack", "reason"),
    [
        (
            "UPDATE app.audit_leaves SET leaf = sha256('x') WHERE tenant = 'vale' AND position = 2",
            "not those that were",
        ),
        ("DELETE FROM app.audit_leaves WHERE tenant = 'vale' AND position = 2", "there are 2 leaves"),
        ("DELETE FROM app.audit_leaves WHERE tenant = 'vale' AND position = 1", "are missing"),
        (
            "UPDATE app.audit_checkpoints SET note = replace(note, 'vale', 'other') WHERE tenant = 'vale'",
            "of bank.example/",
        ),
        ("UPDATE app.audit_checkpoints SET note = 'nonsense' WHERE tenant = 'vale'", "the note has no blank line"),
        ("DELETE FROM app.audit_checkpoints WHERE tenant = 'vale'", "there are 3 leaves"),
    ],
)
async def test_a_log_that_was_changed_is_not_signed_again(
    database: Database, database_urls: DatabaseUrls, attack: str, reason: str
) -> None:
    await append(database, "a", 3 - len(await leaves(database, "vale")), tenant="vale")
    await seal(database, tenant="vale")
    await append(database, "b", tenant="vale")
    with superuser(database_urls) as admin:
        admin.execute("SET session_replication_role = replica")
        admin.execute("CREATE TABLE public.l AS TABLE app.audit_leaves")
        admin.execute("CREATE TABLE public.c AS TABLE app.audit_checkpoints")
        admin.execute(attack.encode())
        try:
            with pytest.raises(LogBroken, match=reason):
                await seal(database, tenant="vale")
        finally:
            admin.execute("DELETE FROM app.audit_leaves; DELETE FROM app.audit_checkpoints")
            admin.execute(
                """INSERT INTO app.audit_leaves (tenant, position, stream, seq, leaf, completes)
                   SELECT tenant, position, stream, seq, leaf, completes FROM public.l"""
            )
            admin.execute(
                """INSERT INTO app.audit_checkpoints (tenant, size, root, note, at)
                   SELECT tenant, size, root, note, at FROM public.c"""
            )
            admin.execute("DROP TABLE public.l, public.c; DELETE FROM app.audit_waiting WHERE stream = 'b'")
            admin.execute("DELETE FROM app.audit_records WHERE tenant = 'vale' AND stream = 'b'")
    assert (await seal(database, tenant="vale")).size == 3


async def test_another_key_does_not_go_on_with_the_log(database: Database) -> None:
    await append(database, "keys", 2)
    await seal(database)
    await append(database, "keys")
    with pytest.raises(LogBroken, match="not signed by the key"):
        await sealing.seal(database, "harbour", key(seed=bytes(32)), NOW)
    assert (await seal(database)).added == 1


@pytest.mark.parametrize("table", ["audit_leaves", "audit_checkpoints", "audit_cosignatures"])
async def test_what_is_sealed_stays(database: Database, database_urls: DatabaseUrls, table: str) -> None:
    """The application has no right to change it; whoever has is stopped by a trigger, unless he takes that away."""
    for statement in (f"UPDATE app.{table} SET tenant = tenant", f"DELETE FROM app.{table}"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            async with database.transaction(Principal.system("harbour")) as tx:
                await connection(tx).execute(statement.encode())
        with superuser(database_urls) as admin, pytest.raises(psycopg.errors.RaiseException, match="only added to"):
            admin.execute(statement.encode())


@pytest.mark.parametrize(
    ("statement", "error"),
    [
        ("INSERT INTO app.audit_leaves (position, stream, seq, leaf, completes) SELECT max(l.position) + 2, w.stream, "
            "w.seq, sha256(''), '' FROM app.audit_leaves l, app.audit_waiting w GROUP BY w.stream, w.seq LIMIT 1",
            psycopg.errors.ForeignKeyViolation),
        ("INSERT INTO app.audit_leaves (position, stream, seq, leaf, completes) VALUES (0, 'gap', 1, sha256(''), '')",
         psycopg.errors.UniqueViolation),
        ("INSERT INTO app.audit_leaves (position, stream, seq, leaf, completes) SELECT max(position) + 1, 'gap', 99, "
         "sha256(''), '' FROM app.audit_leaves", psycopg.errors.ForeignKeyViolation),
        ("INSERT INTO app.audit_leaves (position, stream, seq, leaf, completes) SELECT max(position) + 1, stream, seq, "
         "sha256(''), '' FROM app.audit_leaves GROUP BY stream, seq LIMIT 1", psycopg.errors.UniqueViolation),
        ("INSERT INTO app.audit_checkpoints (size, root, note, at) SELECT max(size) + 1, sha256(''), '', now() "
         "FROM app.audit_checkpoints", psycopg.errors.ForeignKeyViolation),
        ("INSERT INTO app.audit_checkpoints (size, root, note, at) VALUES (1, sha256(''), '', now())",
         psycopg.errors.RaiseException),
        ("INSERT INTO app.audit_leaves (tenant, position, stream, seq, leaf, completes) VALUES ('vale', 99, 'a', 1, "
         "sha256(''), '')", psycopg.errors.InsufficientPrivilege),
    ],
)  # fmt: skip
async def test_the_database_keeps_positions_without_gaps(
    database: Database, statement: str, error: type[psycopg.Error]
) -> None:
    await append(database, "gap", 2)
    await seal(database)
    await append(database, "gap")
    with pytest.raises(error):
        async with database.transaction(Principal.system("harbour")) as tx:
            await connection(tx).execute(statement.encode())
