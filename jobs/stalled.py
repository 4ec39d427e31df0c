"""Free the jobs of workers that died: a killed worker's job stays `doing` and keeps its lock."""

import asyncio

from procrastinate import App
from procrastinate.exceptions import ConnectorException

from core.telemetry import logger
from jobs.worker import STALLED_AFTER_S

EVERY_S = 2.0

_log = logger(__name__)


async def free_stalled_jobs(app: App) -> int:
    """Put every job of a silent worker back on the queue; returns how many."""
    jobs = list(await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_AFTER_S))
    for job in jobs:
        _log.warning("job.stalled", job_id=job.id, task=job.task_name)
        await app.job_manager.retry_job(job)
    return len(jobs)


async def keep_freeing(app: App) -> None:
    """`free_stalled_jobs` for as long as the process lives; an unreachable database is waited for."""
    while True:
        try:
            await free_stalled_jobs(app)
        except ConnectorException:
            _log.warning("job.stalled_check_failed", again_after_s=EVERY_S)
        await asyncio.sleep(EVERY_S)
