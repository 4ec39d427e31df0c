"""The processes of the crash test: killed with signal 9 and started again."""

import asyncio
import os
import signal
import time
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import psutil

from deploy import embedded_postgres
from evals.crash_plan import Victim
from evals.errors import ServiceError

ADDRESS: Final = "zygote.sock"
GONE_WITHIN_S: Final = 10.0
POLL_S: Final = 0.005


@dataclass(slots=True)
class Mortals:
    """API and worker, forked from the process that listens in `folder`, and the database over `folder/pg`."""

    folder: Path
    _pids: dict[str, int] = field(default_factory=dict[str, int])
    _one_at_a_time: defaultdict[str, asyncio.Lock] = field(default_factory=lambda: defaultdict(asyncio.Lock))

    async def start(self, name: str) -> None:
        """Begin the API or the worker, unless it runs."""
        reader, writer = await asyncio.open_unix_connection(str(self.folder / ADDRESS))
        try:
            writer.write(name.encode())
            self._pids[name] = int(await reader.read())
        finally:
            writer.close()

    async def strike(self, victim: Victim, down_s: float) -> None:
        """Kill it, leave it dead for so long, start it again. The API and the worker may not be ready yet then."""
        name = victim.process
        async with self._one_at_a_time[name]:
            if name == "database":
                await asyncio.to_thread(kill_postgres, self.folder / "pg", whole=victim is Victim.MACHINE)
                await asyncio.sleep(down_s)
                await asyncio.to_thread(embedded_postgres.start, self.folder / "pg")
            else:
                await self._kill(name)
                await asyncio.sleep(down_s)
                await self.start(name)

    async def _kill(self, name: str) -> None:
        if name not in self._pids:
            await self.start(name)  # it runs: this only tells its id
        pid = self._pids[name]
        try:
            os.kill(pid, signal.SIGKILL)
            deadline = time.monotonic() + GONE_WITHIN_S
            while time.monotonic() < deadline:
                os.kill(pid, 0)
                await asyncio.sleep(POLL_S)
        except ProcessLookupError:
            return
        raise ServiceError(f"the {name} (process {pid}) did not go away when it was killed")


def kill_postgres(data: Path, *, whole: bool) -> None:
    """kill -9 of the postmaster, whose processes end when they notice; `whole`: of all of them at once."""
    pid = int((data / "postmaster.pid").read_text().splitlines()[0])
    postmaster = psutil.Process(pid)
    children = postmaster.children(recursive=True)
    for one in [postmaster, *(children if whole else [])]:
        try:
            one.send_signal(signal.SIGKILL)
        except psutil.NoSuchProcess:
            continue
    _, alive = psutil.wait_procs([postmaster, *children], timeout=GONE_WITHIN_S)
    if alive:
        raise ServiceError(f"PostgreSQL's process {alive[0].pid} did not go away when its postmaster was killed")
