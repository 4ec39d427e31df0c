"""SQL of jobs: deferring inside the caller's transaction, and what `GET /v1/jobs/{id}` shows of ingestion."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from procrastinate import App
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import Job
from psycopg import InterfaceError, OperationalError
from psycopg.rows import DictRow
from psycopg.types.json import Jsonb

from core.database import Transaction, connection


async def defer(
    app: App,
    tx: Transaction,
    task: str,
    *,
    queue: str,
    lock: str | None,
    args: dict[str, Any],
    at: datetime | None = None,
) -> None:
    """Put a task on the queue as part of `tx`: it runs if and only if that commits, and not before `at`."""
    deferrer = app.configure_task(task, queue=queue, lock=lock, schedule_at=at, connection=connection(tx))
    try:
        await deferrer.defer_async(**args)
    except ConnectorException as error:
        # Procrastinate wraps what psycopg says, and then the transaction would not know a lost database for one.
        if isinstance(error.__cause__, OperationalError | InterfaceError):
            raise error.__cause__ from None
        raise


_HELD = "id = %(job)s AND status = 'doing' AND worker_id = %(worker)s AND attempts = %(attempts)s"


async def is_held(app: App, job: Job, worker_id: int) -> bool:
    """Whether the job is still this worker's, in the attempt that it began."""
    row = await app.connector.execute_query_one_async(
        f"SELECT EXISTS (SELECT FROM procrastinate_jobs WHERE {_HELD}) AS held", **_holding(job, worker_id)
    )
    return bool(row["held"])


async def remove_held(app: App, job: Job, worker_id: int) -> bool:
    """Remove a job that is done; False, and nothing removed, where it is no longer this worker's."""
    rows = await app.connector.execute_query_all_async(
        f"DELETE FROM procrastinate_jobs WHERE {_HELD} RETURNING id", **_holding(job, worker_id)
    )
    return bool(rows)


def _holding(job: Job, worker_id: int) -> dict[str, Any]:
    return {"job": job.id, "worker": worker_id, "attempts": job.attempts}


async def free_stalled(app: App, dead_after_s: float) -> list[dict[str, Any]]:
    """Put the jobs of silent workers back on the queue, each once whoever else looks, and wake those that listen;
    `{id, task_name}` of each."""
    return await app.connector.execute_query_all_async(
        """WITH stalled AS (
               SELECT j.id FROM procrastinate_jobs j LEFT JOIN procrastinate_workers w ON w.id = j.worker_id
               WHERE j.status = 'doing'
                 AND (w.id IS NULL OR w.last_heartbeat < now() - make_interval(secs => %(seconds)s))
               FOR UPDATE OF j SKIP LOCKED
           ), freed AS (
               UPDATE procrastinate_jobs j SET status = 'todo', attempts = attempts + 1 FROM stalled s
               WHERE j.id = s.id RETURNING j.id, j.task_name, j.queue_name
           )
           SELECT id, task_name, pg_notify('procrastinate_queue_v1#' || queue_name,
                                           json_build_object('type', 'job_inserted', 'job_id', id)::text)
           FROM freed""",
        seconds=dead_after_s,
    )


async def free_forgotten(app: App, worker_id: int, at_work: Sequence[int]) -> list[dict[str, Any]]:
    """Put the jobs back that are down as this worker's, but that it does not work on; `{id, task_name}` of each."""
    return await app.connector.execute_query_all_async(
        """UPDATE procrastinate_jobs SET status = 'todo', attempts = attempts + 1
           WHERE status = 'doing' AND worker_id = %(worker)s AND id <> ALL(%(at_work)s::bigint[])
           RETURNING id, task_name""",
        worker=worker_id,
        at_work=list(at_work),
    )


async def is_queue_full(tx: Transaction, queue: str, most: int) -> bool:
    """Whether `most` jobs of the principal's tenant wait or are worked on. It reads no more rows than that of them."""
    cursor = await connection(tx).execute(
        """SELECT count(*) >= %(most)s AS full FROM (
               SELECT 1 FROM queue.procrastinate_jobs
               WHERE queue_name = %(queue)s AND status IN ('todo', 'doing') AND args ->> 'tenant' = %(tenant)s
               LIMIT %(most)s
           ) AS waiting""",
        {"queue": queue, "tenant": tx.principal.tenant, "most": most},
    )
    row = await cursor.fetchone()
    return row is not None and bool(row["full"])


async def insert_job(
    tx: Transaction, job_id: UUID, *, kind: str, edition_id: UUID, publish: bool, at: datetime
) -> None:
    await connection(tx).execute(
        """INSERT INTO app.jobs (id, kind, state, edition_id, publish, person_id, created_at)
           VALUES (%s, %s, 'queued', %s, %s, %s, %s)""",
        (job_id, kind, edition_id, publish, tx.principal.person, at),
    )


async def job(tx: Transaction, job_id: UUID) -> DictRow | None:
    cursor = await connection(tx).execute("SELECT * FROM app.jobs WHERE id = %s", (job_id,))
    return await cursor.fetchone()


async def open_job(tx: Transaction, edition_id: UUID) -> UUID | None:
    """The job that reads the edition in or is going to."""
    cursor = await connection(tx).execute(
        """SELECT id FROM app.jobs WHERE edition_id = %s AND state IN ('queued', 'running')
           ORDER BY created_at DESC, id LIMIT 1""",
        (edition_id,),
    )
    row = await cursor.fetchone()
    return None if row is None else row["id"]


async def start_job(tx: Transaction, job_id: UUID, at: datetime) -> bool:
    """Take up a job that is not finished; False when it is."""
    cursor = await connection(tx).execute(
        """UPDATE app.jobs SET state = 'running', started_at = coalesce(started_at, %s)
           WHERE id = %s AND state IN ('queued', 'running')""",
        (at, job_id),
    )
    return cursor.rowcount == 1


async def note_progress(tx: Transaction, job_id: UUID, done: int, total: int) -> None:
    await connection(tx).execute("UPDATE app.jobs SET done = %s, total = %s WHERE id = %s", (done, total, job_id))


async def finish_job(tx: Transaction, job_id: UUID, *, state: str, error: dict[str, Any] | None, at: datetime) -> None:
    await connection(tx).execute(
        "UPDATE app.jobs SET state = %s, error = %s, finished_at = %s WHERE id = %s",
        (state, None if error is None else Jsonb(error), at, job_id),
    )


async def unfinished(tx: Transaction, job_ids: Sequence[UUID]) -> int:
    cursor = await connection(tx).execute(
        "SELECT count(*) AS n FROM app.jobs WHERE id = ANY(%s) AND state IN ('queued', 'running')", (list(job_ids),)
    )
    row = await cursor.fetchone()
    return int(row["n"]) if row else 0
