"""Verification of a sealed and witnessed ledger: silent when it is whole, and what it says when it is not."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from typing import Any

import psycopg
import pytest

from audit import merkle, notes
from audit.merkle import Frontier
from audit.notes import Checkpoint, Note, Verifier
from audit.trust import Trust
from audit.walk import parts, store
from audit.walk.records import RecordWalk
from audit.witness_client import WitnessClient
from core.database import Database
from core.principal import Principal
from deploy.migrate import DatabaseUrls
from tests.audit.bench import append, check, key, seal, told, witnessed
from tests.superuser import superuser

Admin = psycopg.Connection[Any]


@pytest.fixture(scope="module")
async def witness(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[tuple[WitnessClient, Verifier]]:
    async with witnessed(tmp_path_factory.mktemp("witness")) as pair:
        yield pair


@pytest.fixture(scope="module")
async def trust(database: Database, witness: tuple[WitnessClient, Verifier]) -> Trust:
    """Two sealings of three streams, the second cosigned too, and one record that is not sealed yet."""
    client, verifier = witness
    await append(database, "a", 5)
    await append(database, "b", 4)
    await seal(database)
    await client.cosign(database, "harbour")
    await append(database, "c", 3)
    await append(database, "a", 1)
    await seal(database)
    await client.cosign(database, "harbour")
    await append(database, "c", 1)
    seen = await client.last_seen(key().verifier.name)
    assert seen is not None
    return Trust(key().verifier, (verifier,), (seen,))


async def test_a_whole_ledger_has_no_fault(database: Database, trust: Trust) -> None:
    found = await check(database, trust=trust)
    assert (found.streams, found.records, found.sealed, found.checkpoints, found.cosigned) == (3, 14, 13, 2, 13)
    assert told(found) == []
    assert told(await check(database, trust=Trust())) == []


async def test_several_processes_find_what_one_finds(
    database: Database, trust: Trust, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The threshold is the only thing changed: a small ledger is walked as a large one is."""
    alone = await check(database, trust=trust)
    monkeypatch.setattr(parts, "LARGE", 1)
    monkeypatch.setattr(parts.os, "cpu_count", lambda: 2)
    assert await check(database, trust=trust) == alone


def edit(statements: str) -> Callable[[Admin], None]:
    def attack(admin: Admin) -> None:
        admin.execute(statements.encode())

    return attack


def rewrite_all(admin: Admin) -> None:
    """One record is changed, and everything above it made to fit with the log's own key."""
    admin.execute("UPDATE app.audit_leaves SET leaf = sha256('forged') WHERE position = 2")
    frontier = Frontier()
    for position, leaf in admin.execute("SELECT position, leaf FROM app.audit_leaves ORDER BY position").fetchall():
        completes = frontier.append(leaf)
        admin.execute("UPDATE app.audit_leaves SET completes = %s WHERE position = %s", (completes, position))
        found = admin.execute("SELECT 1 FROM app.audit_checkpoints WHERE size = %s", (position + 1,)).fetchone()
        if found:
            signed = key().sign(Checkpoint(key().verifier.name, position + 1, frontier.root())).content().decode()
            admin.execute(
                "UPDATE app.audit_checkpoints SET root = %s, note = %s WHERE size = %s",
                (frontier.root(), signed, position + 1),
            )


ATTACKS: dict[str, tuple[Callable[[Admin], None], list[tuple[str, int, str]]]] = {
    "edit": (
        edit("UPDATE app.audit_records SET actor = 'mallory' WHERE stream = 'b' AND seq = 2"),
        [("b", 2, "its content does not match its hash")],
    ),
    "edit beyond the microsecond's form": (
        edit("UPDATE app.audit_records SET at = '2026-03-03' WHERE stream = 'b' AND seq = 2"),
        [("b", 2, "its content does not match its hash")],
    ),
    "body that no record has": (
        edit("UPDATE app.audit_records SET body = '{\"n\": 1e999}' WHERE stream = 'b' AND seq = 2"),
        [("b", 2, "its content does not match its hash")],
    ),
    "time that no record has": (
        edit("UPDATE app.audit_records SET at = '44000-01-01' WHERE stream = 'b' AND seq = 2"),
        [("b", 2, "its content does not match its hash")],
    ),
    "delete in the middle": (
        edit("DELETE FROM app.audit_records WHERE stream = 'b' AND seq = 2"),
        [("b", 2, "it was sealed at position 6 and is gone")],
    ),
    "truncate a stream": (
        edit("DELETE FROM app.audit_records WHERE stream = 'b' AND seq > 2"),
        [("b", 3, "it was sealed at position 7 and is gone")],
    ),
    "remove a stream": (
        edit("DELETE FROM app.audit_records WHERE stream = 'b'"),
        [("b", 1, "it was sealed at position 5 and is gone")],
    ),
    "another tenant's": (
        edit("UPDATE app.audit_records SET tenant = 'vale' WHERE stream = 'b' AND seq = 4"),
        [("b", 4, "it was sealed at position 8 and is gone")],
    ),
    "remove a leaf": (
        edit("DELETE FROM app.audit_leaves WHERE position = 6"),
        [
            ("b", 2, "it was never given a position in the log"),
            ("b", 3, "position 6 of the log is missing before it"),
            ("log", 13, "13 positions were given to 12 records"),
        ],
    ),
    "remove a leaf and say that it waits": (
        edit(
            "DELETE FROM app.audit_leaves WHERE position = 6;"
            "INSERT INTO app.audit_waiting (tenant, stream, seq) VALUES ('harbour', 'b', 2)"
        ),
        [
            ("b", 2, "it has no position in the log, and a record after it has one"),
            ("b", 3, "position 6 of the log is missing before it"),
            ("log", 13, "13 positions were given to 12 records"),
        ],
    ),
    "take a record out of the queue": (
        edit("DELETE FROM app.audit_waiting"),
        [("c", 4, "it was never given a position in the log")],
    ),
    "exchange two leaves": (
        edit(
            "UPDATE app.audit_leaves SET seq = seq + 100 WHERE stream = 'b' AND seq IN (1, 2);"
            "UPDATE app.audit_leaves SET seq = 103 - seq WHERE stream = 'b' AND seq > 100"
        ),
        [("b", 1, "it is not the record that was sealed at position 6")],
    ),
    "another leaf": (
        edit("UPDATE app.audit_leaves SET leaf = sha256('x') WHERE position = 6"),
        [
            ("b", 2, "it is not the record that was sealed at position 6"),
            ("b", 3, "the log does not add up at its position 7"),
            ("log", 9, "what stands at positions 0 to 8 is not what was signed"),
            ("log", 13, "what stands at positions 0 to 12 is not what a witness cosigned"),
        ],
    ),
    "remove the end of the log": (
        edit(
            "DELETE FROM app.audit_cosignatures WHERE size = 13; DELETE FROM app.audit_checkpoints WHERE size = 13;"
            "DELETE FROM app.audit_leaves WHERE position > 8;"
            "DELETE FROM app.audit_records WHERE stream = 'c' OR (stream = 'a' AND seq = 6);"
            "DELETE FROM app.audit_waiting"
        ),
        [("log", 13, "a witness cosigned 13 records, and only 9 are in the log")],
    ),
    "remove the last checkpoint": (
        edit("DELETE FROM app.audit_checkpoints WHERE size = 13"),
        [
            ("log", 13, "witness.example/w cosigned a checkpoint that is not there"),
            ("log", 13, "the log has 13 leaves, and the last signed checkpoint 9"),
        ],
    ),
    "another root": (
        edit("UPDATE app.audit_checkpoints SET root = sha256('x') WHERE size = 9"),
        [("log", 9, "its checkpoint was signed for another size or root")],
    ),
    "another note": (
        edit("UPDATE app.audit_checkpoints SET note = replace(note, E'\\n9\\n', E'\\n8\\n') WHERE size = 9"),
        [("log", 9, "its checkpoint: the signature of bank.example/harbour does not hold")],
    ),
    "another cosignature": (
        edit("UPDATE app.audit_cosignatures SET line = (SELECT line FROM app.audit_cosignatures WHERE size = 9)"),
        [("log", 13, "its cosignature: the signature of witness.example/w does not hold")],
    ),
    "no cosignature": (edit("DELETE FROM app.audit_cosignatures"), []),
    "rewrite with the log's key": (
        rewrite_all,
        [
            ("a", 3, "it is not the record that was sealed at position 2"),
            ("log", 9, "its cosignature: the signature of witness.example/w does not hold"),
            ("log", 13, "its cosignature: the signature of witness.example/w does not hold"),
            ("log", 13, "what stands at positions 0 to 12 is not what a witness cosigned"),
        ],
    ),
}
TABLES = {
    "audit_records": "*",
    "audit_waiting": "*",
    "audit_leaves": "tenant, position, stream, seq, leaf, completes",
    "audit_checkpoints": "tenant, size, root, note, at",
    "audit_cosignatures": "*",
}


@pytest.mark.parametrize("name", ATTACKS)
async def test_an_attack_is_named(database: Database, database_urls: DatabaseUrls, trust: Trust, name: str) -> None:
    attack, expected = ATTACKS[name]
    with superuser(database_urls) as admin:
        admin.execute("SET session_replication_role = replica")
        for table in TABLES:
            admin.execute(f"CREATE TABLE public.{table} AS TABLE app.{table}".encode())
        try:
            attack(admin)
            found = told(await check(database, trust=trust))
        finally:
            for table, columns in TABLES.items():
                admin.execute(f"DELETE FROM app.{table}".encode())
                values = "*" if columns == "*" else columns
                into = "" if columns == "*" else f"({columns})"
                admin.execute(f"INSERT INTO app.{table} {into} SELECT {values} FROM public.{table}".encode())
                admin.execute(f"DROP TABLE public.{table}".encode())
    assert [(stream, seq) for stream, seq, _ in found] == [(stream, seq) for stream, seq, _ in expected]
    assert (
        all(reason in told for (_, _, told), (_, _, reason) in zip(found, expected, strict=True)) or found == expected
    )
    assert told(await check(database, trust=trust)) == []


async def test_without_what_the_witness_saw_the_end_can_be_cut_off_unseen(
    database: Database, database_urls: DatabaseUrls, trust: Trust
) -> None:
    """Why a witness: the database alone can't tell its own past from a shorter one."""
    seen = next(iter(trust.seen))
    assert notes.open_checkpoint(seen, key().verifier).size == 13
    other = Note.parse(key(seed=bytes(32)).sign(Checkpoint(key().verifier.name, 13, merkle.EMPTY_ROOT)).content())
    forged = await check(database, trust=Trust(trust.log, trust.witnesses, (other,)))
    assert [(stream, reason) for stream, _, reason in told(forged)] == [
        ("log", "a checkpoint that was kept elsewhere: it is not signed by the key of bank.example/harbour")
    ]
    alone = key().sign(Checkpoint(key().verifier.name, 13, merkle.EMPTY_ROOT))
    unwitnessed = await check(database, trust=Trust(trust.log, trust.witnesses, (alone,)))
    assert [reason for _, _, reason in told(unwitnessed)] == [
        "a checkpoint that was kept elsewhere has no known witness's cosignature",
        "what stands at positions 0 to 12 is not what a witness cosigned",
    ]


async def test_what_is_sealed_between_two_batches_is_not_blamed(database: Database) -> None:
    """A walk reads half of a stream, then all of it is sealed, then the walk goes on."""
    await append(database, "growing", 6, tenant="vale")
    walk = RecordWalk("vale", 0)
    async with database.transaction(Principal.system("vale")) as tx:
        walk.take(await store.stretch(tx, store.BEGINNING, 3))
    await seal(database, tenant="vale")
    async with database.transaction(Principal.system("vale")) as tx:
        walk.take(await store.stretch(tx, walk.place, 3))
    assert (walk.found.records, walk.found.faults) == (6, [])


async def test_appending_and_sealing_go_on_while_a_ledger_is_verified(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parts, "BATCH", 5)

    async def work() -> None:
        for number in range(25):
            await append(database, f"busy-{number % 3}", 2, tenant="vale")
            await seal(database, tenant="vale")

    working = asyncio.create_task(work())
    verified = 0
    while not working.done():
        assert told(await check(database, tenant="vale")) == []
        verified += 1
    await working
    assert verified > 1
