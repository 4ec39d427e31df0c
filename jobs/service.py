"""The worker's process life: open the queue, work, survive a database that goes away, stop in order."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager, suppress

from procrastinate import App

from core.telemetry import logger
from jobs.stalled import keep_freeing
from jobs.worker import GRACE_S, HEARTBEAT, Heartbeat, PromptWorker

RESTART_S = 1.0

_log = logger(__name__)


class WorkerService:
    """Works on queues until stopped. A worker that loses the database is replaced by a fresh one."""

    def __init__(self, app: App, *, queues: Sequence[str], concurrency: int, heartbeat: Heartbeat = HEARTBEAT) -> None:
        self._app = app
        self._queues = queues
        self._concurrency = concurrency
        self._heartbeat = heartbeat
        self._worker: PromptWorker | None = None
        self._stopping = asyncio.Event()
        self._ended = False

    @property
    def is_alive(self) -> bool:
        """False once `run` has returned or failed."""
        return not self._ended

    def stop(self) -> None:
        """Take no more jobs; `run` returns when those under way have ended."""
        self._stopping.set()
        if self._worker is not None:
            self._worker.stop()

    async def run(self) -> None:
        """Work until `stop()`."""
        freeing = asyncio.create_task(keep_freeing(self._app, self._heartbeat), name="free-stalled-jobs")
        try:
            while not self._stopping.is_set():
                await self._work()
        finally:
            self._ended = True
            freeing.cancel()
            with suppress(asyncio.CancelledError):
                await freeing

    async def _work(self) -> None:
        self._worker = PromptWorker(
            self._app,
            queues=self._queues,
            concurrency=self._concurrency,
            heartbeat=self._heartbeat,
            install_signal_handlers=False,
        )
        try:
            await self._worker.run()
        except Exception:  # noqa: BLE001 -- whatever ends a worker, the process must not go on without one
            _log.warning("worker.failed", exc_info=True)
        if not self._stopping.is_set():  # one whose listener or heartbeat failed returns as if it had been stopped
            _log.warning("worker.restarting", after_s=RESTART_S)
            await asyncio.sleep(RESTART_S)


@asynccontextmanager
async def working(
    app: App, *, queues: Sequence[str], concurrency: int, heartbeat: Heartbeat = HEARTBEAT
) -> AsyncGenerator[WorkerService]:
    """A worker beside the block, in this process. `app` is open."""
    service = WorkerService(app, queues=queues, concurrency=concurrency, heartbeat=heartbeat)
    task = asyncio.create_task(service.run(), name=f"worker-{'-'.join(queues)}")
    try:
        yield service
    finally:
        service.stop()
        with suppress(TimeoutError, asyncio.CancelledError):
            await asyncio.wait_for(task, GRACE_S + 5)
