"""SQL of the ingest measurement: what became of the files that came in since a moment."""

from dataclasses import dataclass
from datetime import datetime

from psycopg.rows import class_row

from core.database import Transaction, connection


@dataclass(frozen=True, slots=True)
class Taken:
    """When the first of the jobs was begun and the last one ended, and how many ended badly."""

    begun: datetime | None
    ended: datetime | None
    failed: int


async def taken_since(tx: Transaction, moment: datetime) -> Taken:
    cursor = connection(tx).cursor(row_factory=class_row(Taken))
    await cursor.execute(
        """SELECT min(started_at) AS begun, max(finished_at) AS ended,
            count(*) FILTER (WHERE state = 'failed') AS failed
        FROM app.jobs WHERE created_at >= %s""",
        (moment,),
    )
    taken = await cursor.fetchone()
    assert taken is not None
    return taken


async def texts_since(tx: Transaction, moment: datetime) -> list[str]:
    """The passages of the editions of those jobs."""
    cursor = await connection(tx).execute(
        """SELECT c.text FROM app.chunks c WHERE c.edition_id IN (
            SELECT edition_id FROM app.jobs WHERE created_at >= %s) ORDER BY c.edition_id, c.ordinal""",
        (moment,),
    )
    return [row["text"] async for row in cursor]
