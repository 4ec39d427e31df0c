"""SQL of erasing. Every transaction here is the system's; `clean` alone speaks to the database as the tables' owner."""

from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

import psycopg
from psycopg import sql
from psycopg.errors import LockNotAvailable
from psycopg.rows import DictRow

from core.database import Transaction, connection
from core.errors import Unavailable
from jobs.erasure.models import CLEANING_LIMITS

_REWRITTEN = (
    ("app", "thread_keys"),
    ("app", "run_subjects"),
    ("app", "idempotency_keys"),
    ("pg_catalog", "pg_statistic"),
)
"""What is readable in a dead row with the master key alone. The rest is sealed under the destroyed key. The statistics
may hold keys that ANALYZE sampled before it was told not to; who does not own the database is told so by a warning."""

_OF_THREAD: LiteralString = "IN (SELECT r.id FROM app.runs r WHERE r.thread_id = %(thread)s)"
_CHECKPOINTS: tuple[LiteralString, ...] = ("checkpoint_writes", "checkpoint_blobs", "checkpoints")


async def hold_key(tx: Transaction, thread_id: UUID) -> DictRow | None:
    """Lock a thread's key: `{destroyed}`. Nobody adds a run to the thread until `tx` ends. None: no such thread."""
    return await _one(
        tx, "SELECT wrapped IS NULL AS destroyed FROM app.thread_keys WHERE thread_id = %s FOR UPDATE", (thread_id,)
    )


async def hold_runs(tx: Transaction, thread_id: UUID) -> list[DictRow]:
    """Lock the runs of a thread: `{id, finished}`, the first first."""
    cursor = await connection(tx).execute(
        """SELECT id, finished_at IS NOT NULL AS finished FROM app.runs WHERE thread_id = %s
           ORDER BY created_at, id FOR NO KEY UPDATE""",
        (thread_id,),
    )
    return await cursor.fetchall()


async def destroy_key(tx: Transaction, thread_id: UUID, at: datetime) -> None:
    await connection(tx).execute(
        "UPDATE app.thread_keys SET wrapped = NULL, destroyed_at = %s WHERE thread_id = %s", (at, thread_id)
    )


async def delete_checkpoints(tx: Transaction, thread_id: UUID) -> None:
    """Those of runs that ended are gone already, but for what was being written meanwhile."""
    for table in _CHECKPOINTS:
        query: LiteralString = f"""
            DELETE FROM langgraph.{table}
            WHERE thread_id IN (SELECT r.id::text FROM app.runs r WHERE r.thread_id = %(thread)s)"""
        await connection(tx).execute(query, {"thread": thread_id})


async def delete_subjects(tx: Transaction, thread_id: UUID) -> int:
    """Nobody finds the thread's runs any more by what they were about."""
    cursor = await connection(tx).execute(
        f"DELETE FROM app.run_subjects WHERE run_id {_OF_THREAD}", {"thread": thread_id}
    )
    return cursor.rowcount


async def blank_replies(tx: Transaction, thread_id: UUID) -> int:
    """Take the replies out that were kept for the thread. Their keys stay for their day, so that nothing is done
    again for a client that repeats its request."""
    cursor = await connection(tx).execute(
        """UPDATE app.idempotency_keys SET sealed = NULL, request_digest = ''
           WHERE thread_id = %s AND sealed IS NOT NULL""",
        (thread_id,),
    )
    return cursor.rowcount


async def due(tx: Transaction, before: datetime) -> list[UUID]:
    """Conversations with nothing under way whose last run ended before a moment, and empty ones begun before it."""
    cursor = await connection(tx).execute(
        """SELECT t.id FROM app.threads t JOIN app.thread_keys k ON k.tenant = t.tenant AND k.thread_id = t.id
           WHERE k.wrapped IS NOT NULL AND t.updated_at < %(before)s
             AND NOT EXISTS (SELECT 1 FROM app.runs r WHERE r.tenant = t.tenant AND r.thread_id = t.id
                             AND coalesce(r.finished_at, 'infinity') >= %(before)s)
           ORDER BY t.updated_at, t.id""",
        {"before": before},
    )
    return [row["id"] for row in await cursor.fetchall()]


async def is_due(tx: Transaction, thread_id: UUID, before: datetime) -> bool:
    """Whether it still is: somebody may have gone on with it."""
    row = await _one(
        tx,
        """SELECT t.updated_at < %(before)s AND NOT EXISTS (
               SELECT 1 FROM app.runs r WHERE r.tenant = t.tenant AND r.thread_id = t.id
               AND coalesce(r.finished_at, 'infinity') >= %(before)s) AS due
           FROM app.threads t WHERE t.id = %(thread)s""",
        {"thread": thread_id, "before": before},
    )
    return row is not None and bool(row["due"])


async def sweep_checkpoints(tx: Transaction) -> None:
    """Delete what an execution wrote although its run had just been ended by another."""
    for table in _CHECKPOINTS:
        query: LiteralString = f"""
            DELETE FROM langgraph.{table} AS c USING app.runs r
            WHERE r.tenant = c.tenant AND r.id::text = c.thread_id AND r.finished_at IS NOT NULL"""
        await connection(tx).execute(query)


async def clean(owner_url: str) -> None:
    """Rewrite the tables whose dead rows would still tell something, so that no file of a table holds those rows.

    A plain VACUUM frees the room and leaves the bytes in it. Raises `Unavailable` where a table is in use for longer
    than `CLEANING_LIMITS.wait`, or the owner can't connect; calling it again goes on.
    """
    wait_ms = round(CLEANING_LIMITS.wait.total_seconds() * 1000)
    try:
        async with await psycopg.AsyncConnection.connect(owner_url, autocommit=True) as conn:
            await conn.execute(sql.SQL("SET lock_timeout = {}").format(sql.Literal(wait_ms)))
            for table in _REWRITTEN:
                await conn.execute(sql.SQL("VACUUM (FULL) {}").format(sql.Identifier(*table)))
    except LockNotAvailable as error:
        raise Unavailable("The tables are in use. Try again in a quieter moment.") from error
    except psycopg.OperationalError as error:
        raise Unavailable("The tables' owner cannot connect. Check DATABASE_OWNER_URL.") from error


async def _one(tx: Transaction, query: LiteralString, values: Any) -> DictRow | None:
    return await (await connection(tx).execute(query, values)).fetchone()
