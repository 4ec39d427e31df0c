"""The queue: Procrastinate over the same database, its tables in the schema `queue`. Arguments are ids, never texts."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from procrastinate import App, BaseRetryStrategy, PsycopgConnector, RetryDecision
from procrastinate.jobs import Job

from core.database import Transaction, with_options
from core.errors import Unavailable
from gateway.errors import ModelUnavailable
from jobs import store

TURNS = "turns"
"""Runs of the graph: quick, many at once."""

DOCUMENTS = "documents"
"""Reading documents: slow and greedy, in a process of its own."""

DOCUMENTS_AT_ONCE = 3
"""Editions that a worker reads in together, of which one is parsed at a time: the next file is parsed while the last is
embedded, and a short one need not wait for a long one's end."""

APPROVALS = "approvals"
"""Approvals that may have expired: each waits here for its hour, beside the turns and not counted with them."""

RUN_TURN = "turns.run"
READ_EDITION = "documents.read"
EXPIRE_APPROVAL = "approvals.expire"


class TryAgain(BaseRetryStrategy):
    """Jobs that an outage broke off, or the end of their worker's time to stop, wait for the next worker.

    A long outage is looked at less and less often.
    """

    wait = timedelta(seconds=2)
    longest = timedelta(seconds=30)

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision | None:
        if isinstance(exception, Unavailable | ModelUnavailable | asyncio.CancelledError):
            return RetryDecision(retry_at=datetime.now(UTC) + min(self.wait * max(job.attempts, 1), self.longest))
        return None


@dataclass(frozen=True, slots=True)
class Queue:
    """Puts work on the queue inside the caller's transaction: it is there if and only if that commits."""

    app: App

    async def turn(self, tx: Transaction, run_id: UUID, thread_id: UUID) -> None:
        """Have a worker execute the run. One run of a thread at a time, also across workers."""
        await store.defer(
            self.app, tx, RUN_TURN, queue=TURNS, lock=f"thread:{thread_id}", args=_args(tx, run_id=run_id)
        )

    async def read_edition(self, tx: Transaction, job_id: UUID, document_id: UUID) -> None:
        """Have a worker parse and index the edition of a job. A document's editions are read in, and put in force, one
        after the other as they came, since of two with one first day the one published last counts."""
        lock = f"document:{document_id}"
        await store.defer(self.app, tx, READ_EDITION, queue=DOCUMENTS, lock=lock, args=_args(tx, job_id=job_id))

    async def expire(self, tx: Transaction, approval_id: UUID, at: datetime) -> None:
        """Have a worker look at the approval when its time is over."""
        args = _args(tx, approval_id=approval_id)
        await store.defer(self.app, tx, EXPIRE_APPROVAL, queue=APPROVALS, lock=None, args=args, at=at)


def _args(tx: Transaction, **ids: UUID) -> dict[str, Any]:
    return {"tenant": tx.principal.tenant, **{name: str(value) for name, value in ids.items()}}


_LAZY = "-c synchronous_commit=off"
"""Taking and ending a job wait for no disk. What a server that fails loses of it comes to this: a job is taken again
that was taken or done already, and every job bears that. One is put on the queue in its caller's transaction."""


def queue_app(database_url: str, *, pool_size: int = 4) -> App:
    """The Procrastinate app. Open it with `async with app.open_async():` before use."""
    return App(
        connector=PsycopgConnector(
            conninfo=with_options(database_url, _LAZY),
            min_size=1,
            max_size=pool_size,
            configure=_stand_alone,
            kwargs={"prepare_threshold": 0},
        )
    )


async def _stand_alone(connection: Any) -> None:
    """No BEGIN and COMMIT around the queue's single statements. Not an argument of the pool: its listener's connection
    takes those too, sets autocommit by itself, and would fail on the second."""
    await connection.set_autocommit(True)
