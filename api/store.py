"""SQL of the HTTP door: browser sessions, what authentications said of people, and stored replies."""

from dataclasses import dataclass
from datetime import datetime

from core.database import Database, Transaction, connection
from core.principal import Principal


@dataclass(frozen=True, slots=True)
class StoredReply:
    """What an idempotency key stands for; `status` and `sealed` are None while its request is being worked on."""

    request_digest: str
    status: int | None
    sealed: bytes | None
    created_at: datetime


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


async def note_person(tx: Transaction, principal: Principal, at: datetime) -> None:
    """Keep what this authentication said; a dated entry is added where it differs from the one before."""
    values = {
        "person": principal.person,
        "name": principal.name,
        "branch": principal.branch,
        "roles": sorted(principal.roles),
        "at": at,
    }
    conn = connection(tx)
    await conn.execute(
        """INSERT INTO app.people_history (person_id, seen_at, name, branch, roles)
           SELECT %(person)s, %(at)s, %(name)s, %(branch)s::text, %(roles)s::text[]
           WHERE NOT EXISTS (
               SELECT 1 FROM app.people WHERE person_id = %(person)s AND name = %(name)s
                 AND branch IS NOT DISTINCT FROM %(branch)s::text AND roles = %(roles)s::text[])
           ON CONFLICT DO NOTHING""",
        values,
    )
    await conn.execute(
        """INSERT INTO app.people (person_id, name, branch, roles, first_seen, last_seen)
           VALUES (%(person)s, %(name)s, %(branch)s, %(roles)s, %(at)s, %(at)s)
           ON CONFLICT (tenant, person_id) DO UPDATE
           SET name = excluded.name, branch = excluded.branch, roles = excluded.roles,
               last_seen = greatest(app.people.last_seen, excluded.last_seen)""",
        values,
    )


async def claim_key(tx: Transaction, key: str, request_digest: str, at: datetime) -> StoredReply | None:
    """Take the key for this request (None), or what it already stands for."""
    conn = connection(tx)
    cursor = await conn.execute(
        """INSERT INTO app.idempotency_keys (person_id, key, request_digest, created_at)
           VALUES (%s, %s, %s, %s) ON CONFLICT DO NOTHING""",
        (tx.principal.person, key, request_digest, at),
    )
    if cursor.rowcount == 1:
        return None
    cursor = await conn.execute(
        """SELECT request_digest, status, sealed, created_at FROM app.idempotency_keys
           WHERE person_id = %s AND key = %s""",
        (tx.principal.person, key),
    )
    row = await cursor.fetchone()
    if row is None:
        return None
    sealed = None if row["sealed"] is None else bytes(row["sealed"])
    return StoredReply(str(row["request_digest"]), row["status"], sealed, row["created_at"])


async def save_reply(tx: Transaction, key: str, status: int, sealed: bytes) -> None:
    await connection(tx).execute(
        "UPDATE app.idempotency_keys SET status = %s, sealed = %s WHERE person_id = %s AND key = %s",
        (status, sealed, tx.principal.person, key),
    )


async def release_key(tx: Transaction, key: str) -> None:
    """Forget a key whose request failed without effect, so that it may be tried again."""
    await connection(tx).execute(
        "DELETE FROM app.idempotency_keys WHERE person_id = %s AND key = %s AND status IS NULL",
        (tx.principal.person, key),
    )


async def delete_old_keys(tx: Transaction, before: datetime) -> None:
    await connection(tx).execute(
        "DELETE FROM app.idempotency_keys WHERE person_id = %s AND created_at < %s",
        (tx.principal.person, before),
    )
