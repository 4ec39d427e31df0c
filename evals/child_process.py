"""A process that a measurement starts: its output in a file, ended with us whatever happens."""

import ctypes
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self, TypeVar

from evals.errors import ServiceError

Found = TypeVar("Found")

STOP_GRACE_S: Final = 15.0
"""The API lets open streams end for 8 s."""

POLL_S: Final = 0.1
_LOG_LINES: Final = 15
_PR_SET_PDEATHSIG: Final = 1


@dataclass(slots=True)
class ChildProcess:
    """A running command. Leaving the block ends it: politely, then for good."""

    name: str
    log: Path
    process: subprocess.Popen[bytes]

    @classmethod
    def start(cls, name: str, command: Sequence[str], *, environment: Mapping[str, str], log: Path, cwd: Path) -> Self:
        """Begin it in a session of its own, so that Ctrl-C reaches only us and the order of ending is ours."""
        with log.open("wb") as output:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=dict(environment),
                cwd=cwd,
                preexec_fn=_end_with_parent,  # noqa: PLW1509 -- no thread is running yet when children are started
            )
        return cls(name, log, process)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(STOP_GRACE_S)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def wait_until(self, ready: Callable[[], Found | None], *, within_s: float) -> Found:
        """What `ready` gives once it gives something. Raises `ServiceError` when the process ends or takes longer."""
        deadline = time.monotonic() + within_s
        while time.monotonic() < deadline:
            if (found := ready()) is not None:
                return found
            if self.process.poll() is not None:
                raise ServiceError(
                    f"{self.name} ended at once (status {self.process.returncode}):\n{self.last_lines()}"
                )
            time.sleep(POLL_S)
        raise ServiceError(f"{self.name} was not ready within {within_s:.0f} s:\n{self.last_lines()}")

    def cpu_s(self) -> float:
        """Processor seconds that it has used so far, in all its threads; 0 where the system does not say."""
        try:
            fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        except FileNotFoundError:
            return 0.0
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def said(self, prefix: str) -> str | None:
        """The rest of the first whole line of its output that starts with `prefix`."""
        for line in self.log.read_text(encoding="utf-8", errors="replace").splitlines(keepends=True):
            if line.startswith(prefix) and line.endswith("\n"):
                return line.removeprefix(prefix).strip()
        return None

    def last_lines(self) -> str:
        """The end of its output."""
        lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines()
        return "\n".join(lines[-_LOG_LINES:]) or "(it said nothing)"


def _end_with_parent() -> None:
    """Linux: the kernel ends this process when the measurement dies, even by kill -9."""
    os.setsid()
    try:
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    except (OSError, AttributeError):
        return
