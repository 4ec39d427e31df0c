"""SQL of the event log and of the inputs behind it. Texts arrive and leave sealed; nothing here reads them."""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import LiteralString
from uuid import UUID

import psycopg
from psycopg.rows import DictRow

from core.database import Database, Transaction, connection
from core.principal import Principal

CHANNEL = "run_events"

ALL = 2**31
"""Beyond every number of a log."""


async def append_events(
    tx: Transaction, run_id: UUID, step: str, kinds: Sequence[str], sealed: Sequence[bytes], at: datetime
) -> list[int]:
    """Number and keep a step's events and wake the listeners; [] when the step had been kept before."""
    cursor = await connection(tx).execute(
        "SELECT app.append_events(%s, %s, %b, %b, %s) AS seqs", (run_id, step, list(kinds), list(sealed), at)
    )
    row = await cursor.fetchone()
    return list(row["seqs"] or []) if row else []


_EVENTS: LiteralString = """
    SELECT seq, step, ordinal, kind, sealed FROM app.run_events
    WHERE run_id = %s AND seq > %s ORDER BY seq LIMIT %s"""


async def events(tx: Transaction, run_id: UUID, after: int, limit: int) -> list[DictRow]:
    return await (await connection(tx).execute(_EVENTS, (run_id, after, limit))).fetchall()


async def look_at_events(
    database: Database, principal: Principal, run_id: UUID, after: int, limit: int
) -> list[DictRow]:
    """As `events`, in a transaction of its own."""
    return await database.look(principal, _EVENTS, (run_id, after, limit))


@dataclass(frozen=True, slots=True)
class Inputs:
    """What an execution took from outside since its last commit, sealed; `ordinal` counts its commits."""

    attempt: int
    ordinal: int
    sealed: bytes


async def keep_step(
    tx: Transaction,
    run_id: UUID,
    step: str,
    kinds: Sequence[str],
    sealed: Sequence[bytes],
    at: datetime,
    taken: Inputs,
) -> None:
    """As `append_events`, also where there are none, with the inputs behind them."""
    await connection(tx).execute(
        # In binary: as text, an array of bytes costs the process three times as much.
        "SELECT app.keep_step(%s, %s, %b::text[], %b::bytea[], %s, %s, %s, %s)",
        (run_id, step, list(kinds), list(sealed), at, taken.attempt, taken.ordinal, taken.sealed),
    )


async def inputs(tx: Transaction, run_id: UUID) -> list[DictRow]:
    """What each execution of a run took from outside, in order: attempt, ordinal, sealed."""
    cursor = await connection(tx).execute(
        "SELECT attempt, ordinal, sealed FROM app.run_inputs WHERE run_id = %s ORDER BY attempt, ordinal", (run_id,)
    )
    return await cursor.fetchall()


async def last_outcomes(tx: Transaction, thread_id: UUID) -> list[DictRow]:
    """The event that ended each run of a thread: answer, abstained, refused or error."""
    cursor = await connection(tx).execute(
        """SELECT DISTINCT ON (e.run_id) e.run_id, e.seq, e.step, e.ordinal, e.kind, e.sealed
           FROM app.run_events e JOIN app.runs r ON r.tenant = e.tenant AND r.id = e.run_id
           WHERE r.thread_id = %s AND e.kind IN ('answer', 'abstained', 'refused', 'error')
           ORDER BY e.run_id, e.seq DESC""",
        (thread_id,),
    )
    return await cursor.fetchall()


async def notifications(url: str) -> AsyncGenerator[tuple[UUID, int] | None]:
    """The run of each append anywhere, as it commits, and how far its log has come; None when listening has begun.

    Ends by raising `psycopg.OperationalError` as `ConnectionError` when the database goes away.
    """
    try:
        async with await psycopg.AsyncConnection.connect(url, autocommit=True) as conn:
            await conn.execute(f"LISTEN {CHANNEL}")
            yield None
            async for notify in conn.notifies():
                run_id, _, last_seq = notify.payload.partition(" ")
                yield UUID(run_id), int(last_seq or ALL)
    except psycopg.Error as error:
        raise ConnectionError("the database went away while listening") from error
