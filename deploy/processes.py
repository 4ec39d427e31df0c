"""Processes of a local start: begun, watched, begun again when they die, and ended without leaving any behind."""

import asyncio
import ctypes
import os
import signal
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

STOP_GRACE_S = 30.0
"""Longer than a worker lets its turns end."""

RESTART_S = 1.0
HOPELESS_AFTER = 5
"""Deaths in a row, each within seconds of the start, after which a process is not begun again."""

HEALTHY_AFTER_S = 10.0
_PR_SET_PDEATHSIG = 1


def _end_with_parent() -> None:
    """Linux: the kernel ends this process when the supervisor dies, even by kill -9."""
    os.setpgrp()
    try:
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    except (OSError, AttributeError):
        return


@dataclass(slots=True)
class Process:
    """One supervised command; its output goes to a log file."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    log: Path
    cwd: Path
    restart_s: float = RESTART_S
    stop_grace_s: float = STOP_GRACE_S
    _process: asyncio.subprocess.Process | None = None
    _task: asyncio.Task[None] | None = None
    _stopping: asyncio.Event = field(default_factory=asyncio.Event)
    hopeless: asyncio.Event = field(default_factory=asyncio.Event)

    def start(self) -> None:
        """Begin it and watch over it."""
        self._task = asyncio.create_task(self._watch(), name=f"process-{self.name}")

    async def stop(self) -> None:
        """End it: politely, then for good."""
        self._stopping.set()
        process = self._process
        if process is not None and process.returncode is None:
            process.terminate()
            try:
                await asyncio.wait_for(process.wait(), self.stop_grace_s)
            except TimeoutError:
                process.kill()
                await process.wait()
        if self._task is not None:
            await self._task

    async def _watch(self) -> None:
        loop = asyncio.get_running_loop()
        early_deaths = 0
        while not self._stopping.is_set() and early_deaths < HOPELESS_AFTER:
            begun = loop.time()
            await self._run()
            early_deaths = early_deaths + 1 if loop.time() - begun < HEALTHY_AFTER_S else 0
            if not self._stopping.is_set():
                print(f"  {self.name} ended unexpectedly; starting it again (its log: {self.log})", flush=True)
                await asyncio.sleep(self.restart_s)
        if not self._stopping.is_set():
            self.hopeless.set()

    async def _run(self) -> None:
        with self.log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *self.command,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=dict(self.environment),
                cwd=self.cwd,
                preexec_fn=_end_with_parent,
            )
        await self._process.wait()
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)  # what it began itself and left behind
