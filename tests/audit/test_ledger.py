"""Appending to the ledger: once per step, in one line however many write, and with its effect or not at all."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from audit import ledger, store
from audit.chain import faults
from audit.records import Entry, Record, RecordKind
from audit.verify import Verification, verify
from core.database import Database, connection
from core.principal import Principal

NOW = datetime(2026, 3, 3, 9, 30, 15, 123456, tzinfo=UTC)
ANNA = Principal("harbour", "anna")


def entry(step: str, **body: Any) -> Entry:
    return Entry(RecordKind.RUN_SCREENED, step, body, uuid4())


async def append(database: Database, stream: str, *entries: Entry, principal: Principal = ANNA) -> list[Record]:
    async with database.transaction(principal) as tx:
        return await ledger.append(tx, stream, entries, actor=principal.person, at=NOW)


async def records(database: Database, stream: str, principal: Principal = ANNA) -> list[Record]:
    async with database.transaction(principal) as tx:
        return await store.stream_records(tx, stream)


async def test_what_was_appended_reads_back_and_verifies(database: Database) -> None:
    body = {"code": "ok", "score": 0.123457, "tiny": 1e-06, "whole": 1.0, "ids": ["a", "b"], "none": None, "é": "ü🏦"}
    first = await append(database, "readback", entry("a", **body), entry("b"))
    second = await append(database, "readback", entry("c", nested={"z": 1, "a": {"deep": True}}))
    kept = await records(database, "readback")
    assert kept == [*first, *second]
    assert [record.seq for record in kept] == [1, 2, 3]
    assert list(faults(kept)) == []


async def test_a_step_is_recorded_once(database: Database) -> None:
    first = await append(database, "steps", entry("a", n=1), entry("b"))
    again = await append(database, "steps", entry("a", n=2), entry("c"), entry("b"))
    assert [record.step for record in again] == ["c"]
    assert await records(database, "steps") == [*first, *again]
    assert await append(database, "steps", entry("a"), entry("b"), entry("c")) == []


async def test_the_same_step_in_another_stream_or_tenant_is_another_record(database: Database) -> None:
    vale = Principal("vale", "anna")
    await append(database, "one", entry("a"))
    await append(database, "two", entry("a"))
    await append(database, "one", entry("a"), principal=vale)
    assert [len(await records(database, "one", who)) for who in (ANNA, vale)] == [1, 1]
    assert (await records(database, "one", vale))[0].tenant == "vale"


async def test_many_at_once_write_one_line(database: Database) -> None:
    await asyncio.gather(*(append(database, "busy", entry(f"{n}/a"), entry(f"{n}/b")) for n in range(40)))
    kept = await records(database, "busy")
    assert [record.seq for record in kept] == list(range(1, 81))
    assert list(faults(kept)) == []
    pairs = [record.step.split("/") for record in kept]
    assert all(one[0] == other[0] for one, other in zip(pairs[::2], pairs[1::2], strict=True))


async def test_the_same_step_by_many_at_once_is_recorded_once(database: Database) -> None:
    linked = await asyncio.gather(*(append(database, "race", entry("a")) for _ in range(15)))
    assert sorted(len(each) for each in linked) == [0] * 14 + [1]


async def test_a_rolled_back_record_leaves_no_trace(database: Database) -> None:
    await append(database, "undone", entry("a"))

    async def append_and_fail() -> None:
        async with database.transaction(ANNA) as tx:
            await ledger.append(tx, "undone", [entry("b")], actor="anna", at=NOW)
            raise KeyError

    with pytest.raises(KeyError):
        await append_and_fail()
    await append(database, "undone", entry("c"))
    assert [(record.seq, record.step) for record in await records(database, "undone")] == [(1, "a"), (2, "c")]


async def test_without_its_record_a_change_does_not_happen(database: Database) -> None:
    """Invariant 5: the effect is made first, the record can't be written, so the effect is undone."""

    async def change(body: dict[str, Any]) -> None:
        async with database.transaction(ANNA) as tx:
            await connection(tx).execute(
                """INSERT INTO app.people (person_id, name, roles, first_seen, last_seen)
                   VALUES ('nina', 'Nina', '{}', now(), now())"""
            )
            await ledger.append(tx, "effects", [entry("a", **body)], actor="anna", at=NOW)

    async def is_there() -> bool:
        async with database.transaction(ANNA) as tx:
            cursor = await connection(tx).execute("SELECT 1 FROM app.people WHERE person_id = 'nina'")
            return await cursor.fetchone() is not None

    with pytest.raises(psycopg.errors.UntranslatableCharacter):
        await change({"text": "\0"})
    assert not await is_there()
    await change({"text": "fine"})
    assert await is_there()


@pytest.mark.parametrize("forged_seq", [2, 7])
async def test_a_fork_cannot_be_stored(database: Database, forged_seq: int) -> None:
    stream = f"fork-{forged_seq}"
    first, second = await append(database, stream, entry("a"), entry("b"))
    forged = replace(second, step="forged", seq=forged_seq, prev_hash=first.hash)

    async def store_it() -> None:
        async with database.transaction(ANNA) as tx:
            await connection(tx).execute(
                """INSERT INTO app.audit_records (stream, seq, kind, at, actor, run_id, step, body, prev_hash, hash)
                   VALUES (%s, %s, %s, %s, %s, %s, %s, '{}', %s, %s)""",
                (
                    forged.stream,
                    forged.seq,
                    forged.kind,
                    forged.at,
                    forged.actor,
                    forged.run_id,
                    forged.step,
                    forged.prev_hash,
                    forged.hash,
                ),
            )

    if forged_seq == second.seq:
        with pytest.raises(psycopg.errors.UniqueViolation):
            await store_it()
    else:
        await store_it()
        verification = await verify(database, "harbour")
        assert [(fault.stream, fault.seq) for fault in verification.faults] == [(stream, forged_seq)]


async def test_the_application_can_neither_change_nor_remove_a_record(database: Database) -> None:
    await append(database, "fixed", entry("a"))

    async def attempt(statement: Any) -> None:
        async with database.transaction(Principal.system("harbour")) as tx:
            await connection(tx).execute(statement)

    for statement in (
        "UPDATE app.audit_records SET body = '{}' WHERE stream = 'fixed'",
        "DELETE FROM app.audit_records WHERE stream = 'fixed'",
        "TRUNCATE app.audit_records",
        "INSERT INTO app.audit_records SELECT * FROM app.audit_records WHERE stream = 'fixed'"
        " ON CONFLICT (tenant, stream, seq) DO UPDATE SET actor = 'mallory'",
    ):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            await attempt(statement)
    assert [record.actor for record in await records(database, "fixed")] == ["anna"]


async def test_verification_counts_what_one_tenant_has(database: Database) -> None:
    third = Principal("third", "anna")
    await append(database, "x", entry("a"), entry("b"), principal=third)
    await append(database, "X", entry("a"), principal=third)
    assert await verify(database, "third") == Verification("third", streams=2, records=3, faults=())
    assert await verify(database, "nobody") == Verification("nobody", streams=0, records=0, faults=())
