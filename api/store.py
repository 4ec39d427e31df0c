"""SQL of the HTTP door: browser sessions, stored replies, and what runs wait for and came to."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from psycopg.rows import DictRow

from core.database import Database, Transaction, connection


@dataclass(frozen=True, slots=True)
class StoredReply:
    """What an idempotency key stands for."""

    request_digest: str
    status: int
    sealed: bytes
    """Empty once the conversation that it told of was erased."""
    thread_id: UUID | None
    wrapped: bytes | None
    """The key of that conversation; None once it was destroyed."""


async def ping(database: Database) -> None:
    """Raises `Unavailable` when the database does not answer."""
    async with database.connect() as conn:
        await conn.execute("SELECT 1")


async def insert_session(
    tx: Transaction, id_hash: bytes, sealed: bytes, *, created_at: datetime, expires_at: datetime
) -> None:
    await connection(tx).execute(
        """INSERT INTO app.sessions (id_hash, person_id, sealed, created_at, expires_at)
           VALUES (%s, %s, %s, %s, %s)""",
        (id_hash, tx.principal.person, sealed, created_at, expires_at),
    )


async def session(tx: Transaction, id_hash: bytes, now: datetime) -> bytes | None:
    """The sealed tokens of the principal's session while it lasts."""
    cursor = await connection(tx).execute(
        "SELECT sealed FROM app.sessions WHERE id_hash = %s AND person_id = %s AND expires_at > %s",
        (id_hash, tx.principal.person, now),
    )
    row = await cursor.fetchone()
    return None if row is None else bytes(row["sealed"])


async def delete_session(tx: Transaction, id_hash: bytes) -> bool:
    cursor = await connection(tx).execute(
        "DELETE FROM app.sessions WHERE id_hash = %s AND person_id = %s", (id_hash, tx.principal.person)
    )
    return cursor.rowcount == 1


async def delete_expired_sessions(tx: Transaction, now: datetime) -> None:
    await connection(tx).execute("DELETE FROM app.sessions WHERE expires_at <= %s", (now,))


async def claim_key(
    tx: Transaction, key: str, request_digest: str, *, at: datetime, forget_before: datetime
) -> StoredReply | None:
    """Take the key for this request (None), or what it stands for already; the person's older keys are deleted.

    A request under the same key in another transaction is waited for, so its reply is whole when it is seen.
    """
    conn = connection(tx)
    person = tx.principal.person
    # Those that another request has in hand are left to it, so that no two wait for each other.
    await conn.execute(
        """DELETE FROM app.idempotency_keys WHERE person_id = %(person)s AND key IN (
               SELECT key FROM app.idempotency_keys
               WHERE person_id = %(person)s AND key <> %(key)s AND created_at < %(before)s FOR UPDATE SKIP LOCKED)""",
        {"person": person, "key": key, "before": forget_before},
    )
    cursor = await conn.execute(
        """INSERT INTO app.idempotency_keys AS k (person_id, key, request_digest, created_at)
           VALUES (%s, %s, %s, %s)
           ON CONFLICT (tenant, person_id, key) DO UPDATE
           SET request_digest = excluded.request_digest, created_at = excluded.created_at, sealed = NULL,
               thread_id = NULL
           WHERE k.created_at < %s""",
        (person, key, request_digest, at, forget_before),
    )
    if cursor.rowcount == 1:
        return None
    cursor = await conn.execute(
        """SELECT i.request_digest, i.status, i.sealed, i.thread_id, k.wrapped FROM app.idempotency_keys i
           LEFT JOIN app.thread_keys k ON k.tenant = i.tenant AND k.thread_id = i.thread_id
           WHERE i.person_id = %s AND i.key = %s""",
        (person, key),
    )
    row = await cursor.fetchone()
    is_erased = row is not None and row["thread_id"] is not None and row["wrapped"] is None
    if row is None or (row["sealed"] is None and not is_erased):
        raise LookupError("an idempotency key was committed without its reply")
    return StoredReply(
        str(row["request_digest"]), int(row["status"]), bytes(row["sealed"] or b""), row["thread_id"], row["wrapped"]
    )


async def save_reply(tx: Transaction, key: str, status: int, sealed: bytes, thread_id: UUID | None) -> None:
    """`thread_id`: the conversation under whose key it is sealed; None: under the service's own."""
    await connection(tx).execute(
        "UPDATE app.idempotency_keys SET status = %s, sealed = %s, thread_id = %s WHERE person_id = %s AND key = %s",
        (status, sealed, thread_id, tx.principal.person, key),
    )


async def call_results(tx: Transaction, call_ids: Sequence[UUID]) -> list[DictRow]:
    """The sealed results of those calls that have one, with the wrapped keys of their threads. `tx` is the system's."""
    cursor = await connection(tx).execute(
        """SELECT c.call_id, c.sealed_result, r.thread_id, k.wrapped FROM app.tool_calls c
           JOIN app.runs r ON r.tenant = c.tenant AND r.id = c.run_id
           JOIN app.thread_keys k ON k.tenant = r.tenant AND k.thread_id = r.thread_id
           WHERE c.call_id = ANY (%s) AND c.sealed_result IS NOT NULL AND k.wrapped IS NOT NULL""",
        (list(call_ids),),
    )
    return await cursor.fetchall()


async def open_approvals(tx: Transaction, run_ids: Sequence[UUID]) -> list[DictRow]:
    """`{run_id, id, state}` of the request that each of the principal's own runs waits for."""
    cursor = await connection(tx).execute(
        """SELECT run_id, id, state FROM app.approvals
           WHERE run_id = ANY (%s) AND state IN ('pending', 'approved')""",
        (list(run_ids),),
    )
    return await cursor.fetchall()
