"""SQL of effects: one row per signed write that was begun. Outcomes arrive and leave sealed; `tx` is the system's."""

from datetime import datetime
from uuid import UUID

from psycopg.rows import DictRow

from core.database import Transaction, connection


async def effect(tx: Transaction, approval_id: UUID) -> DictRow | None:
    cursor = await connection(tx).execute(
        "SELECT effect_key, state, sealed_result, started_at, finished_at FROM app.effects WHERE approval_id = %s",
        (approval_id,),
    )
    return await cursor.fetchone()


async def insert(tx: Transaction, approval_id: UUID, key: str, at: datetime) -> None:
    """Raises `psycopg.errors.UniqueViolation` where the approval's effect was begun before."""
    await connection(tx).execute(
        "INSERT INTO app.effects (approval_id, effect_key, state, started_at) VALUES (%s, %s, 'started', %s)",
        (approval_id, key, at),
    )


async def finish(tx: Transaction, approval_id: UUID, state: str, sealed_result: bytes | None, at: datetime) -> bool:
    """Compare-and-set from `started`; False where there is no such effect or it was finished before."""
    cursor = await connection(tx).execute(
        """UPDATE app.effects SET state = %s, sealed_result = %s, finished_at = %s
           WHERE approval_id = %s AND state = 'started'""",
        (state, sealed_result, at, approval_id),
    )
    return cursor.rowcount == 1
