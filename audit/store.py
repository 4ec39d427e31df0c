"""SQL of the ledger: insert and read; the application role has no other right on it."""

from collections.abc import AsyncIterator, Sequence
from typing import Any
from uuid import UUID

import orjson
from psycopg.rows import DictRow
from psycopg.types.json import Jsonb

from audit.chain import Head
from audit.records import Record
from core.database import Transaction, connection


async def add(tx: Transaction, records: Sequence[Record]) -> tuple[Head, frozenset[str]] | None:
    """Keep records that follow each other in one stream, of one actor and moment.

    Where they don't follow its end, or it holds one of their steps, nothing is kept: then where it ends, and which of
    the steps it holds. Nobody else extends the stream until this transaction ends.
    """
    first = records[0]
    entries = [
        {"kind": r.kind, "run_id": r.run_id, "step": r.step, "body": dict(r.body), "hash": r.hash} for r in records
    ]
    cursor = await connection(tx).execute(
        "SELECT * FROM app.append_records(%s, %s, %s, %s, %s, %s)",
        (first.stream, first.seq - 1, first.prev_hash, first.actor, first.at, Jsonb(entries, orjson.dumps)),
    )
    row = await cursor.fetchone()
    if row is None or row["added"]:
        return None
    return Head(row["last_seq"], row["last_hash"]), frozenset(row["kept"])


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
