"""The worker: Procrastinate's, made prompt. Stock 3.10 forgets a wake-up that arrives while it fetches a job."""

import asyncio
from collections.abc import Sequence
from typing import Any, Literal

from procrastinate import App
from procrastinate.worker import Worker

POLL_S = 2.0
"""A look without a wake-up; only caps what a lost connection could cost."""

HEARTBEAT_S = 2.0
STALLED_AFTER_S = 8.0
"""A worker that missed four heartbeats is dead: its jobs are freed, since their steps repeat nothing."""

GRACE_S = 20.0
"""How long a stopping worker lets its turns end; uvicorn's own grace is longer."""


class WakeUp(asyncio.Event):
    """An event that `clear()` leaves set when it was set again since `mark()`."""

    def __init__(self) -> None:
        super().__init__()
        self._sets = 0
        self._marked = 0

    def mark(self) -> None:
        """A fetch begins: what is set from now on is news to it."""
        self._marked = self._sets

    def set(self) -> None:
        self._sets += 1
        super().set()

    def clear(self) -> None:
        if self._sets == self._marked:
            super().clear()


class _MarkingSemaphore(asyncio.Semaphore):
    """The worker takes a slot right before each fetch; that is when the fetch begins."""

    def __init__(self, slots: int, wake_up: WakeUp) -> None:
        super().__init__(slots)
        self._wake_up = wake_up

    async def acquire(self) -> Literal[True]:
        await super().acquire()
        self._wake_up.mark()
        return True


class PromptWorker(Worker):
    """A worker that loses no wake-up."""

    def __init__(self, app: App, *, queues: Sequence[str], concurrency: int, **options: Any) -> None:
        super().__init__(
            app,
            queues=queues,
            concurrency=concurrency,
            fetch_job_polling_interval=POLL_S,
            update_heartbeat_interval=HEARTBEAT_S,
            stalled_worker_timeout=STALLED_AFTER_S,
            shutdown_graceful_timeout=GRACE_S,
            delete_jobs="successful",
            **options,
        )
        wake_up = WakeUp()
        self._new_job_event = wake_up
        self._job_semaphore = _MarkingSemaphore(concurrency, wake_up)
