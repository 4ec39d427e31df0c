"""SQL of the ledger: insert and read; the application role has no other right on it."""

from collections.abc import AsyncIterator, Sequence
from typing import Any
from uuid import UUID

from psycopg.rows import DictRow
from psycopg.types.json import Jsonb

from audit.chain import Head
from audit.records import Record
from core.database import Transaction, connection


async def lock_head(tx: Transaction, stream: str, steps: Sequence[str]) -> tuple[Head, frozenset[str]]:
    """The end of a stream, which nobody else extends until this transaction ends, and which of `steps` it holds."""
    cursor = await connection(tx).execute("SELECT * FROM app.lock_audit_head(%s, %s)", (stream, list(steps)))
    row = await cursor.fetchone()
    if row is None:
        return Head(), frozenset()
    return Head(row["last_seq"], row["last_hash"]), frozenset(row["kept"])


async def insert(tx: Transaction, records: Sequence[Record]) -> None:
    """All of them in one statement."""
    await connection(tx).execute(
        """INSERT INTO app.audit_records (stream, seq, kind, at, actor, run_id, step, body, prev_hash, hash)
           SELECT * FROM unnest(%s::text[], %s::bigint[], %s::text[], %s::timestamptz[], %s::text[], %s::uuid[],
                                %s::text[], %s::jsonb[], %s::text[], %s::text[])""",
        (
            [r.stream for r in records],
            [r.seq for r in records],
            [r.kind for r in records],
            [r.at for r in records],
            [r.actor for r in records],
            [r.run_id for r in records],
            [r.step for r in records],
            [Jsonb(dict(r.body)) for r in records],
            [r.prev_hash for r in records],
            [r.hash for r in records],
        ),
    )


async def records(tx: Transaction) -> AsyncIterator[Record]:
    """Every record of the tenant, stream by stream, in order, a batch at a time."""
    async with connection(tx).cursor(name="audit_records") as cursor:
        await cursor.execute('SELECT * FROM app.audit_records ORDER BY stream COLLATE "C", seq')
        async for row in cursor:
            yield _record(row)


async def streams_of_run(tx: Transaction, run_id: UUID) -> list[str]:
    """The conversation's stream in which a run is recorded."""
    cursor = await connection(tx).execute(
        "SELECT DISTINCT stream FROM app.audit_records WHERE run_id = %s AND starts_with(stream, 'thread:') ORDER BY 1",
        (run_id,),
    )
    return [row["stream"] for row in await cursor.fetchall()]


async def stream_records(tx: Transaction, stream: str) -> list[Record]:
    cursor = await connection(tx).execute("SELECT * FROM app.audit_records WHERE stream = %s ORDER BY seq", (stream,))
    return [_record(row) for row in await cursor.fetchall()]


def _record(row: DictRow) -> Record:
    fields: dict[str, Any] = dict(row)
    return Record(**fields)
