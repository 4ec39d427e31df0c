"""Free the jobs of workers that died: a killed worker's job stays `doing` and keeps its lock."""

import asyncio

from procrastinate import App
from procrastinate.exceptions import ConnectorException

from core.telemetry import logger
from jobs import store
from jobs.worker import HEARTBEAT, Heartbeat

_log = logger(__name__)


async def free_stalled_jobs(app: App, heartbeat: Heartbeat = HEARTBEAT) -> int:
    """Put every job of a silent worker back on the queue; returns how many."""
    jobs = await store.free_stalled(app, heartbeat.dead_after_s)
    for job in jobs:
        _log.warning("job.stalled", job_id=job["id"], task=job["task_name"])
    return len(jobs)


async def keep_freeing(app: App, heartbeat: Heartbeat = HEARTBEAT) -> None:
    """`free_stalled_jobs` with every heartbeat for as long as the process lives; an unreachable database is waited
    for."""
    while True:
        try:
            await free_stalled_jobs(app, heartbeat)
        except ConnectorException:
            _log.warning("job.stalled_check_failed", again_after_s=heartbeat.every_s)
        await asyncio.sleep(heartbeat.every_s)
