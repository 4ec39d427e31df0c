"""The processes of the crash test: killed with signal 9 and started again, or made to stand still."""

import asyncio
import os
import signal
import subprocess
import time
from collections import Counter, defaultdict
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import psutil

from deploy import embedded_postgres
from evals.crash_plan import Victim
from evals.errors import ServiceError

ADDRESS: Final = "zygote.sock"
GONE_WITHIN_S: Final = 30.0
STARTED_WITHIN_S: Final = 60.0
POLL_S: Final = 0.005
WATCH_S: Final = 0.2


@dataclass(slots=True)
class Mortals:
    """API and workers, forked from the process that listens in `folder`, and the database over `folder/pg`."""

    folder: Path
    ended: Counter[str] = field(default_factory=Counter[str])
    """How often one ended by itself: without a database the service does not start, and is started again."""
    _pids: dict[str, int] = field(default_factory=dict[str, int])
    _one_at_a_time: defaultdict[str, asyncio.Lock] = field(default_factory=lambda: defaultdict(asyncio.Lock))

    async def start(self, name: str) -> None:
        """Begin the API or a worker, unless it runs."""
        reader, writer = await asyncio.open_unix_connection(str(self.folder / ADDRESS))
        try:
            writer.write(name.encode())
            self._pids[name] = int(await reader.read())
        finally:
            writer.close()

    async def strike(self, victim: Victim, down_s: float) -> None:
        """Kill it, leave it dead for so long, start it again. The API and a worker may not be ready yet then."""
        name = victim.process
        async with self._one_at_a_time[name]:
            if name == "database":
                await asyncio.to_thread(kill_postgres, self.folder / "pg", whole=victim is Victim.MACHINE)
                await asyncio.sleep(down_s)
                await asyncio.to_thread(start_postgres, self.folder / "pg")
            elif victim is Victim.FROZEN:
                with suppress(ProcessLookupError):
                    os.kill(self._pids[name], signal.SIGSTOP)
                    await asyncio.sleep(down_s)
                    os.kill(self._pids[name], signal.SIGCONT)
            else:
                await self._kill(name)
                await asyncio.sleep(down_s)
                await self.start(name)

    async def watch(self) -> None:
        """Start again whatever ends by itself, as every supervisor does; until cancelled."""
        while True:
            for name, pid in list(self._pids.items()):
                async with self._one_at_a_time[name]:
                    if self._pids[name] == pid and not _lives(pid):
                        self.ended[name] += 1
                        await self.start(name)
            await asyncio.sleep(WATCH_S)

    async def _kill(self, name: str) -> None:
        pid = self._pids[name]
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        deadline = time.monotonic() + GONE_WITHIN_S
        while _lives(pid):
            if time.monotonic() > deadline:
                raise ServiceError(f"the {name} (process {pid}) did not go away when it was killed")
            await asyncio.sleep(POLL_S)


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def start_postgres(data: Path) -> None:
    """As its supervisor does: again, where recovery takes longer than its starter waits for."""
    deadline = time.monotonic() + STARTED_WITHIN_S
    while True:
        try:
            embedded_postgres.start(data)
        except (subprocess.SubprocessError, AssertionError):
            if time.monotonic() > deadline:
                raise
        else:
            return
        time.sleep(WATCH_S)


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
