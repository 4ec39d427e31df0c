"""SQL of the values behind a conversation's placeholders. They arrive and leave sealed; nothing here reads them."""

from collections.abc import Sequence
from uuid import UUID

from psycopg.rows import DictRow

from core.database import Transaction, connection


async def insert(tx: Transaction, thread_id: UUID, run_id: UUID, sealed: Sequence[tuple[int, bytes]]) -> None:
    """Keep values by ordinal; one that is kept already stands."""
    await connection(tx).execute(
        """INSERT INTO app.thread_masks (thread_id, ordinal, run_id, sealed)
           SELECT %s, ordinal, %s, sealed FROM unnest(%s::integer[], %b::bytea[]) AS new (ordinal, sealed)
           ON CONFLICT DO NOTHING""",
        (thread_id, run_id, [ordinal for ordinal, _ in sealed], [each for _, each in sealed]),
    )


async def of_threads(tx: Transaction, thread_ids: Sequence[UUID]) -> list[DictRow]:
    """Of several conversations, each in its order."""
    cursor = await connection(tx).execute(
        "SELECT thread_id, ordinal, sealed FROM app.thread_masks WHERE thread_id = ANY(%s) ORDER BY thread_id, ordinal",
        (list(thread_ids),),
    )
    return await cursor.fetchall()
