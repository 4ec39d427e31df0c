"""SQL of corrections. Texts arrive and leave sealed; nothing here reads them."""

from datetime import datetime
from uuid import UUID

from psycopg.rows import DictRow

from core.database import Transaction, connection


async def insert(
    tx: Transaction, correction_id: UUID, run_id: UUID, person: str, field: str, sealed: bytes, at: datetime
) -> None:
    await connection(tx).execute(
        "INSERT INTO app.corrections (id, run_id, person_id, field, sealed, at) VALUES (%s, %s, %s, %s, %b, %s)",
        (correction_id, run_id, person, field, sealed, at),
    )


async def of_run(tx: Transaction, run_id: UUID) -> list[DictRow]:
    """Oldest first: id, person, field, sealed, at."""
    cursor = await connection(tx).execute(
        "SELECT id, person_id, field, sealed, at FROM app.corrections WHERE run_id = %s ORDER BY at, id", (run_id,)
    )
    return await cursor.fetchall()


async def of_thread(tx: Transaction, thread_id: UUID) -> list[DictRow]:
    """As `of_run`, with `run_id`."""
    cursor = await connection(tx).execute(
        """SELECT c.id, c.run_id, c.person_id, c.field, c.sealed, c.at FROM app.corrections c
           JOIN app.runs r ON r.tenant = c.tenant AND r.id = c.run_id WHERE r.thread_id = %s ORDER BY c.at, c.id""",
        (thread_id,),
    )
    return await cursor.fetchall()


async def count(tx: Transaction, run_id: UUID) -> int:
    """Of a run, which is held until `tx` ends so that nobody adds to it meanwhile."""
    await connection(tx).execute("SELECT 1 FROM app.runs WHERE id = %s FOR NO KEY UPDATE", (run_id,))
    row = await (
        await connection(tx).execute("SELECT count(*) AS n FROM app.corrections WHERE run_id = %s", (run_id,))
    ).fetchone()
    return 0 if row is None else int(row["n"])
