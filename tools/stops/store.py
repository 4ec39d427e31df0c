"""SQL of the stop switch, and the lock that keeps a stop and the work that it stops from passing each other.

The lock is an advisory one per tenant, held to the end of the transaction: shared by whoever is about to work,
exclusive for whoever stops or restarts. A row lock would not do: a stop is a new row, and nobody can lock that before
it is there. What is read after the lock is read by a statement of its own, because a statement sees only what had been
committed when it began, before it waited.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

from psycopg.rows import DictRow

from core.database import Transaction, connection

_PLACE = "hashtextextended('stops|' || app.current_tenant(), 0)"

_STOPS = """
SELECT s.id, s.scope, s.state, s.stopped_by, coalesce(p.name, s.stopped_by) AS stopped_by_name, s.sealed_reason,
    s.stopped_at, s.lifted_at
FROM app.stops s LEFT JOIN app.people p ON p.tenant = s.tenant AND p.person_id = s.stopped_by
"""


async def lock_for_work(tx: Transaction) -> None:
    """No stop begins or ends until this transaction does."""
    await connection(tx).execute(f"SELECT pg_advisory_xact_lock_shared({_PLACE})")


async def lock_for_change(tx: Transaction) -> None:
    """Wait for the work that is being begun, and let none begin until this transaction ends."""
    await connection(tx).execute(f"SELECT pg_advisory_xact_lock({_PLACE})")


async def insert_stop(
    tx: Transaction, *, stop_id: UUID, scope: str, person: str, sealed_reason: bytes, at: datetime
) -> None:
    await connection(tx).execute(
        "INSERT INTO app.stops (id, scope, stopped_by, sealed_reason, stopped_at) VALUES (%s, %s, %s, %s, %s)",
        (stop_id, scope, person, sealed_reason, at),
    )


async def active_stops(tx: Transaction, scopes: Sequence[str]) -> list[DictRow]:
    """The active stops of these scopes, in the order of the scopes."""
    return await _all(
        tx,
        f"{_STOPS} WHERE s.state = 'active' AND s.scope = ANY (%(scopes)s)"
        " ORDER BY array_position(%(scopes)s, s.scope)",
        {"scopes": list(scopes)},
    )


async def stop(tx: Transaction, stop_id: UUID) -> DictRow | None:
    found = await _all(tx, f"{_STOPS} WHERE s.id = %(id)s", {"id": stop_id})
    return found[0] if found else None


async def stops(tx: Transaction, limit: int) -> list[DictRow]:
    """The active ones first, then the lifted ones; of each the latest first."""
    return await _all(
        tx,
        f"{_STOPS} ORDER BY s.state = 'active' DESC, s.stopped_at DESC, s.id DESC LIMIT %(limit)s",
        {"limit": limit},
    )


async def restarts(tx: Transaction, stop_ids: Sequence[UUID]) -> list[DictRow]:
    """The signatures under the restarts of these stops, the first first."""
    return await _all(
        tx,
        """SELECT r.stop_id, r.person_id, coalesce(p.name, r.person_id) AS name, r.at FROM app.stop_restarts r
           LEFT JOIN app.people p ON p.tenant = r.tenant AND p.person_id = r.person_id
           WHERE r.stop_id = ANY (%(ids)s) ORDER BY r.at, r.person_id""",
        {"ids": list(stop_ids)},
    )


async def insert_restart(tx: Transaction, stop_id: UUID, person: str, at: datetime) -> bool:
    """False when this person has signed it before."""
    cursor = await connection(tx).execute(
        "INSERT INTO app.stop_restarts (stop_id, person_id, at) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING",
        (stop_id, person, at),
    )
    return cursor.rowcount == 1


async def lift(tx: Transaction, stop_id: UUID, at: datetime) -> None:
    await connection(tx).execute(
        "UPDATE app.stops SET state = 'lifted', lifted_at = %s WHERE id = %s AND state = 'active'", (at, stop_id)
    )


async def _all(tx: Transaction, query: LiteralString, values: dict[str, Any]) -> list[DictRow]:
    return await (await connection(tx).execute(query, values)).fetchall()
