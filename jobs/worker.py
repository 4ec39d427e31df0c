"""The worker: Procrastinate's, made prompt. Stock 3.10 forgets a wake-up that arrives while it fetches a job."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from procrastinate import App, RetryDecision
from procrastinate.job_context import JobContext, JobResult
from procrastinate.jobs import Job, Status
from procrastinate.worker import Worker

from core.telemetry import logger
from jobs import store

POLL_S = 2.0
"""A look without a wake-up; only caps what a lost connection could cost."""


_log = logger(__name__)


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """How often a worker says that it lives, and after how long a silent one is dead. The same for all workers."""

    every_s: float = 2.0
    dead_after_s: float = 8.0
    """Four heartbeats missed: then its jobs are freed, since their steps repeat nothing."""


HEARTBEAT = Heartbeat()

GRACE_S = 20.0
"""How long a stopping worker lets its turns end; uvicorn's own grace is longer."""


class WakeUp(asyncio.Event):
    """An event that counts how often it was set."""

    def __init__(self) -> None:
        super().__init__()
        self.sets = 0

    def set(self) -> None:
        self.sets += 1
        super().set()


class PromptWorker(Worker):
    """A worker that loses no wake-up, and leaves alone what was given to another."""

    def __init__(
        self, app: App, *, queues: Sequence[str], concurrency: int, heartbeat: Heartbeat = HEARTBEAT, **options: Any
    ) -> None:
        super().__init__(
            app,
            queues=queues,
            concurrency=concurrency,
            fetch_job_polling_interval=POLL_S,
            update_heartbeat_interval=heartbeat.every_s,
            stalled_worker_timeout=heartbeat.dead_after_s,
            shutdown_graceful_timeout=GRACE_S,
            delete_jobs="successful",
            **options,
        )
        self._wake_up = WakeUp()
        self._new_job_event = self._wake_up
        self._heartbeat = heartbeat
        self._looked_at = 0.0

    async def _fetch_and_process_jobs(self) -> None:
        """Fetch until there is nothing, and again while wake-ups came in: the stock loop clears those unseen."""
        await self._free_forgotten()
        seen = -1
        while seen != self._wake_up.sets:
            seen = self._wake_up.sets
            await super()._fetch_and_process_jobs()

    async def _free_forgotten(self) -> None:
        """Put back what the database has us doing and we don't. Where it failed before the end of a job was on disk, or
        could not be told of it, that job would hold its lock, and the conversation, for as long as we live."""
        now = asyncio.get_running_loop().time()
        if self.worker_id is None or now < self._looked_at + self._heartbeat.every_s:
            return
        self._looked_at = now
        at_work = [context.job.id for context in self._running_jobs.values() if context.job.id is not None]
        for job in await store.free_forgotten(self.app, self.worker_id, at_work):
            _log.warning("job.forgotten", job_id=job["id"], task=job["task_name"])

    async def _persist_job_status(
        self,
        job: Job,
        status: Status,
        retry_decision: RetryDecision | None,
        context: JobContext,
        job_result: JobResult | None,
    ) -> None:
        """Finish the job if it is still this worker's. The stock worker finishes any: one that was taken for dead
        would remove the job that another works on by then, and if that one died, nobody would go on."""
        assert self.worker_id is not None
        if status is Status.SUCCEEDED and retry_decision is None:
            is_ours = await store.remove_held(self.app, job, self.worker_id)
        else:
            is_ours = await store.is_held(self.app, job, self.worker_id)
            if is_ours:
                await super()._persist_job_status(job, status, retry_decision, context, job_result)
        if not is_ours:
            _log.warning("job.lost", job_id=job.id, task=job.task_name)

    async def _shutdown(self, side_tasks: list[asyncio.Task[Any]]) -> None:
        """Stay alive to the others while the last turns end, or their jobs would be taken for a dead worker's."""
        beating = asyncio.create_task(self._update_heartbeat(), name="last-heartbeats")
        try:
            await super()._shutdown(side_tasks)
        finally:
            beating.cancel()
            await asyncio.gather(beating, return_exceptions=True)
