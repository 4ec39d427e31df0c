"""SQL of threads, runs and messages. Texts arrive and leave sealed; nothing here reads them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, LiteralString
from uuid import UUID

from psycopg.errors import UniqueViolation
from psycopg.rows import DictRow
from psycopg.types.json import Jsonb

from core.database import Database, Transaction, connection
from core.errors import ThreadBusy
from core.principal import Principal

_RUN_COLUMNS = """
r.id, r.thread_id, r.person_id, r.status, r.mode, r.as_of, r.libraries, r.attempts, r.usage,
r.created_at, r.finished_at, r.asked_on, r.as_of_given, m.sealed AS question
"""
_RUNS = f"""
SELECT {_RUN_COLUMNS} FROM app.runs r
JOIN app.messages m ON m.tenant = r.tenant AND m.run_id = r.id AND m.role = 'user'
"""


@dataclass(frozen=True, slots=True)
class NewRun:
    id: UUID
    thread_id: UUID
    person: str
    mode: str
    as_of: date
    asked_on: date | None
    as_of_given: bool
    libraries: list[str] | None
    sealed_title: bytes
    sealed_question: bytes
    message_id: UUID
    at: datetime


async def insert_thread(tx: Transaction, thread_id: UUID, person: str, wrapped_key: bytes, at: datetime) -> None:
    await connection(tx).execute(
        """WITH thread AS (
               INSERT INTO app.threads (id, person_id, created_at, updated_at)
               VALUES (%(id)s, %(person)s, %(at)s, %(at)s)
           )
           INSERT INTO app.thread_keys (thread_id, wrapped, created_at) VALUES (%(id)s, %(wrapped)s, %(at)s)""",
        {"id": thread_id, "person": person, "at": at, "wrapped": wrapped_key},
    )


async def thread_key(tx: Transaction, thread_id: UUID, *, hold: bool = False) -> DictRow | None:
    """The wrapped key (None once destroyed) of a thread that this principal may see; None where there is none.

    With `hold` nobody destroys it until `tx` ends.
    """
    query: LiteralString = """
        SELECT k.wrapped FROM app.thread_keys k JOIN app.threads t ON t.tenant = k.tenant AND t.id = k.thread_id
        WHERE t.id = %s"""
    return await _one(tx, f"{query} FOR SHARE OF k" if hold else query, (thread_id,))


async def hide_thread(tx: Transaction, thread_id: UUID, at: datetime) -> bool:
    cursor = await connection(tx).execute(
        "UPDATE app.threads SET hidden_at = coalesce(hidden_at, %s) WHERE id = %s", (at, thread_id)
    )
    return cursor.rowcount == 1


async def thread(tx: Transaction, thread_id: UUID) -> DictRow | None:
    return await _one(
        tx,
        """SELECT t.id, t.person_id, t.title, t.created_at, t.updated_at, k.wrapped FROM app.threads t
           JOIN app.thread_keys k ON k.tenant = t.tenant AND k.thread_id = t.id WHERE t.id = %s""",
        (thread_id,),
    )


async def threads(tx: Transaction, before: tuple[datetime, UUID] | None, limit: int) -> list[DictRow]:
    """The principal's threads, the latest first, after the given place in that order."""
    at, last = before or (None, None)
    cursor = await connection(tx).execute(
        """SELECT t.id, t.person_id, t.title, t.created_at, t.updated_at, k.wrapped FROM app.threads t
           JOIN app.thread_keys k ON k.tenant = t.tenant AND k.thread_id = t.id
           WHERE t.person_id = app.current_person() AND t.hidden_at IS NULL AND t.title IS NOT NULL
             AND k.wrapped IS NOT NULL
             AND (%(at)s::timestamptz IS NULL OR (t.updated_at, t.id) < (%(at)s, %(last)s))
           ORDER BY t.updated_at DESC, t.id DESC LIMIT %(limit)s""",
        {"at": at, "last": last, "limit": limit},
    )
    return await cursor.fetchall()


async def insert_run(tx: Transaction, run: NewRun) -> None:
    """The run, its question, and its thread moved to the top of the history; the first question names the thread.

    Raises `ThreadBusy` while another run of the thread is under way or paused.
    """
    try:
        await connection(tx).execute(
            """WITH run AS (
                   INSERT INTO app.runs (id, thread_id, person_id, status, mode, as_of, asked_on, as_of_given,
                       libraries, created_at)
                   VALUES (%(id)s, %(thread)s, %(person)s, 'queued', %(mode)s, %(as_of)s, %(asked_on)s,
                       %(as_of_given)s, %(libraries)s, %(at)s)
               ), thread AS (
                   UPDATE app.threads SET updated_at = %(at)s, title = coalesce(title, %(title)s) WHERE id = %(thread)s
               )
               INSERT INTO app.messages (id, thread_id, run_id, person_id, role, sealed, created_at)
               VALUES (%(message)s, %(thread)s, %(id)s, %(person)s, 'user', %(question)s, %(at)s)""",
            {
                "id": run.id,
                "thread": run.thread_id,
                "person": run.person,
                "mode": run.mode,
                "as_of": run.as_of,
                "asked_on": run.asked_on,
                "as_of_given": run.as_of_given,
                "libraries": run.libraries,
                "at": run.at,
                "title": run.sealed_title,
                "message": run.message_id,
                "question": run.sealed_question,
            },
        )
    except UniqueViolation as error:
        raise ThreadBusy("Wait until the present answer is finished, or stop it, then ask again.") from error


async def insert_reply(
    tx: Transaction, message_id: UUID, run_id: UUID, thread_id: UUID, person: str, sealed: bytes, at: datetime
) -> None:
    await connection(tx).execute(
        """INSERT INTO app.messages (id, thread_id, run_id, person_id, role, sealed, created_at)
           VALUES (%s, %s, %s, %s, 'assistant', %s, %s) ON CONFLICT (tenant, run_id, role) DO NOTHING""",
        (message_id, thread_id, run_id, person, sealed, at),
    )


async def run(tx: Transaction, run_id: UUID) -> DictRow | None:
    """The run with its thread's wrapped key, None once that is destroyed."""
    return await _one(
        tx,
        f"""SELECT {_RUN_COLUMNS}, k.wrapped FROM app.runs r
            JOIN app.messages m ON m.tenant = r.tenant AND m.run_id = r.id AND m.role = 'user'
            JOIN app.thread_keys k ON k.tenant = r.tenant AND k.thread_id = r.thread_id
            WHERE r.id = %s""",
        (run_id,),
    )


async def runs_of_thread(tx: Transaction, thread_id: UUID) -> list[DictRow]:
    cursor = await connection(tx).execute(f"{_RUNS} WHERE r.thread_id = %s ORDER BY r.created_at, r.id", (thread_id,))
    return await cursor.fetchall()


async def history(tx: Transaction, thread_id: UUID, before: datetime, limit: int) -> list[DictRow]:
    """The last `limit` finished turns before a moment, oldest first: run id, sealed question, sealed answer."""
    cursor = await connection(tx).execute(
        """SELECT * FROM (
               SELECT r.id, r.created_at, q.sealed AS question, a.sealed AS answer FROM app.runs r
               JOIN app.messages q ON q.tenant = r.tenant AND q.run_id = r.id AND q.role = 'user'
               LEFT JOIN app.messages a ON a.tenant = r.tenant AND a.run_id = r.id AND a.role = 'assistant'
               WHERE r.thread_id = %s AND r.created_at < %s ORDER BY r.created_at DESC LIMIT %s
           ) latest ORDER BY created_at""",
        (thread_id, before, limit),
    )
    return await cursor.fetchall()


async def start_run(tx: Transaction, run_id: UUID, at: datetime) -> DictRow | None:
    """Count an attempt at a run that is not finished; None when it is finished. `follows`: others came before it."""
    return await _one(
        tx,
        """UPDATE app.runs SET status = 'running', attempts = attempts + 1, started_at = coalesce(started_at, %s)
           WHERE id = %s AND status IN ('queued', 'running')
           RETURNING attempts, attempts_from, cancel_requested_at,
               EXISTS (SELECT 1 FROM app.runs earlier WHERE earlier.thread_id = runs.thread_id
                       AND earlier.created_at < runs.created_at) AS follows""",
        (at, run_id),
    )


async def requeue_run(tx: Transaction, run_id: UUID) -> None:
    """A paused run may go on; the executions that it takes from here are counted anew."""
    await connection(tx).execute(
        """UPDATE app.runs
           SET status = CASE status WHEN 'paused' THEN 'queued' ELSE status END, attempts_from = attempts
           WHERE id = %s AND status IN ('running', 'paused')""",
        (run_id,),
    )


async def pause_run(tx: Transaction, run_id: UUID, attempt: int) -> bool:
    """Let a run wait for a person; False when it has finished or a later attempt is under way."""
    cursor = await connection(tx).execute(
        "UPDATE app.runs SET status = 'paused' WHERE id = %s AND attempts = %s AND status = 'running'",
        (run_id, attempt),
    )
    return cursor.rowcount == 1


async def finish_run(
    tx: Transaction,
    run_id: UUID,
    attempt: int,
    status: str,
    usage: dict[str, Any],
    at: datetime,
    *,
    despite_stop: bool = False,
) -> bool:
    """Compare-and-set to a terminal state; False when another had finished it, a later attempt is under way, or it is
    to end with an outcome although a stop was asked for (unless `despite_stop`)."""
    cursor = await connection(tx).execute(
        """UPDATE app.runs SET status = %(status)s, usage = %(usage)s, finished_at = %(at)s
           WHERE id = %(run)s AND attempts = %(attempt)s AND status IN ('queued', 'running', 'paused')
             AND (cancel_requested_at IS NULL OR %(despite)s
                  OR %(status)s IN ('cancelled', 'failed', 'budget_exceeded'))""",
        {
            "status": status,
            "usage": Jsonb(usage),
            "at": at,
            "run": run_id,
            "attempt": attempt,
            "despite": despite_stop,
        },
    )
    return cursor.rowcount == 1


async def request_cancel(tx: Transaction, run_id: UUID, at: datetime) -> bool:
    """Ask the worker to stop; False when the run is already finished, or has something signed: what is done is said."""
    cursor = await connection(tx).execute(
        """UPDATE app.runs SET cancel_requested_at = coalesce(cancel_requested_at, %s)
           WHERE id = %s AND status IN ('queued', 'running', 'paused')
             AND NOT EXISTS (SELECT 1 FROM app.approvals a
                             WHERE a.run_id = runs.id AND a.state IN ('approved', 'executed'))""",
        (at, run_id),
    )
    return cursor.rowcount == 1


async def hold_run(tx: Transaction, run_id: UUID, attempt: int) -> DictRow | None:
    """Lock the run for this transaction: `{stop}`, whether a stop was asked for. None when it has finished or a later
    attempt at it is under way, so that of two workers which both think the run is theirs only the later one writes."""
    return await _one(
        tx,
        """SELECT cancel_requested_at IS NOT NULL AS stop FROM app.runs
           WHERE id = %s AND attempts = %s AND status = 'running' FOR NO KEY UPDATE""",
        (run_id, attempt),
    )


_STOP_REQUESTED: LiteralString = "SELECT 1 FROM app.runs WHERE id = %s AND cancel_requested_at IS NOT NULL"


async def is_stop_requested(tx: Transaction, run_id: UUID) -> bool:
    return await _one(tx, _STOP_REQUESTED, (run_id,)) is not None


async def look_for_stop(database: Database, principal: Principal, run_id: UUID) -> bool:
    """As `is_stop_requested`, in a transaction of its own."""
    return bool(await database.look(principal, _STOP_REQUESTED, (run_id,)))


async def is_finished(tx: Transaction, run_id: UUID) -> bool:
    return await _one(tx, "SELECT 1 FROM app.runs WHERE id = %s AND finished_at IS NOT NULL", (run_id,)) is not None


async def insert_subjects(tx: Transaction, run_id: UUID, digests: Sequence[str]) -> None:
    await connection(tx).execute(
        """INSERT INTO app.run_subjects (run_id, subject) SELECT %s, unnest(%s::text[]) ON CONFLICT DO NOTHING""",
        (run_id, list(digests)),
    )


async def save_feedback(
    tx: Transaction, run_id: UUID, person: str, rating: str, sealed_comment: bytes | None, at: datetime
) -> None:
    await connection(tx).execute(
        """INSERT INTO app.feedback (run_id, person_id, rating, sealed_comment, at) VALUES (%s, %s, %s, %s, %s)
           ON CONFLICT (tenant, run_id, person_id)
           DO UPDATE SET rating = EXCLUDED.rating, sealed_comment = EXCLUDED.sealed_comment, at = EXCLUDED.at""",
        (run_id, person, rating, sealed_comment, at),
    )


async def ratings(tx: Transaction, thread_id: UUID) -> list[DictRow]:
    """The principal's own ratings of a thread's runs: run id and rating."""
    cursor = await connection(tx).execute(
        """SELECT f.run_id, f.rating FROM app.feedback f JOIN app.runs r ON r.tenant = f.tenant AND r.id = f.run_id
           WHERE r.thread_id = %s AND f.person_id = app.current_person()""",
        (thread_id,),
    )
    return await cursor.fetchall()


async def _one(tx: Transaction, query: LiteralString, values: Any) -> DictRow | None:
    return await (await connection(tx).execute(query, values)).fetchone()
