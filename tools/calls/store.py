"""SQL of a run's proposed calls. Calls and results arrive and leave sealed."""

from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg.rows import DictRow

from core.database import Transaction, connection


async def insert_call(tx: Transaction, values: dict[str, Any]) -> None:
    """Raises `psycopg.errors.UniqueViolation` when the run has a call of that ordinal."""
    await connection(tx).execute(
        """INSERT INTO app.tool_calls (run_id, ordinal, call_id, tool, effect, ruling, sealed, proposed_at)
           VALUES (%(run_id)s, %(ordinal)s, %(call_id)s, %(tool)s, %(effect)s, %(ruling)s, %(sealed)s, %(at)s)""",
        values,
    )


async def calls_of_run(tx: Transaction, run_id: UUID) -> list[DictRow]:
    cursor = await connection(tx).execute(
        """SELECT run_id, ordinal, call_id, tool, effect, ruling, sealed, sealed_result, executed_at
           FROM app.tool_calls WHERE run_id = %s ORDER BY ordinal""",
        (run_id,),
    )
    return await cursor.fetchall()


async def keep_result(tx: Transaction, call_id: UUID, sealed: bytes, at: datetime) -> bool:
    """Keep what came back; False when a result was kept before."""
    cursor = await connection(tx).execute(
        """UPDATE app.tool_calls SET sealed_result = %s, executed_at = %s
           WHERE call_id = %s AND sealed_result IS NULL""",
        (sealed, at, call_id),
    )
    return cursor.rowcount == 1
