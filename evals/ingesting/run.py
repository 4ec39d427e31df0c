"""`python -m jobs ingest` as a process under watch: its time, its memory, and what came of it."""

import asyncio
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from core.database import Database
from core.principal import Principal
from core.settings import ROOT
from evals.child_process import POLL_S, ChildProcess
from evals.errors import ServiceError
from evals.ingesting.store import Taken, taken_since, texts_since

TENANT: Final = "scratch"
SYSTEM: Final = Principal.system(TENANT)


@dataclass(frozen=True, slots=True)
class Ingested:
    """What came in; wall and processor time from the first job's start to the last one's end; and the most memory that
    the reader and its parser held."""

    texts: Sequence[str]
    seconds: float
    cpu_s: float
    reader_mb: float
    parser_mb: float


@dataclass(slots=True)
class _Watch:
    """Of a process and those that it started: the high-water marks of memory (KiB), and processor time."""

    pid: int
    own_kib: int = 0
    others_kib: int = 0
    cpu_s: float = 0.0
    idle_s: float | None = None
    """Processor time before the first job was begun."""

    def look(self) -> None:
        """Take the marks as they are now."""
        ticks = 0
        for pid in (self.pid, *_below(self.pid)):
            high, used = _marks(pid)
            ticks += used
            if pid == self.pid:
                self.own_kib = max(self.own_kib, high)
            else:
                self.others_kib = max(self.others_kib, high)
        self.cpu_s = max(self.cpu_s, ticks / os.sysconf("SC_CLK_TCK"))


async def ingest(database: Database, files: Sequence[Path], *, threads: int, within_s: float) -> Ingested:
    """Take the files in and wait until the command has ended. Raises `ServiceError` when it fails or takes longer."""
    environment = {
        "PATH": os.environ["PATH"],
        "ENVIRONMENT": "development",
        "DATABASE_URL": database.url,
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "INGEST_THREADS": str(threads),
        "LOG_LEVEL": "WARNING",
    }
    command = [sys.executable, "-m", "jobs", "ingest", *map(str, files), "--tenant", TENANT, "--library", "measured"]
    since = datetime.now(UTC)
    with tempfile.TemporaryDirectory(prefix="cs-ingest-") as folder:
        log = Path(folder) / "log"
        with ChildProcess.start("the ingest", command, environment=environment, log=log, cwd=ROOT) as child:
            watch = _Watch(child.process.pid)
            deadline = time.monotonic() + within_s
            while child.process.poll() is None:
                if time.monotonic() > deadline:
                    raise ServiceError(f"The ingest took longer than {within_s:.0f} s:\n{child.last_lines()}")
                watch.look()
                if watch.idle_s is None and (await _taken(database, since)).begun is not None:
                    watch.idle_s = watch.cpu_s
                await asyncio.sleep(POLL_S)
            if child.process.returncode != 0:
                raise ServiceError(f"The ingest failed:\n{child.last_lines()}")
    taken = await _taken(database, since)
    async with database.transaction(SYSTEM) as tx:
        texts = await texts_since(tx, since)
    if taken.begun is None or taken.ended is None or not texts:
        raise ServiceError("The files were known already, or held no text.")
    return Ingested(
        texts=texts,
        seconds=(taken.ended - taken.begun).total_seconds(),
        cpu_s=watch.cpu_s - (watch.idle_s or 0.0),
        reader_mb=watch.own_kib / 1024,
        parser_mb=watch.others_kib / 1024,
    )


async def _taken(database: Database, since: datetime) -> Taken:
    async with database.transaction(SYSTEM) as tx:
        return await taken_since(tx, since)


def _below(pid: int) -> list[int]:
    """The processes that it started, and those that they did."""
    found: list[int] = []
    try:
        tasks = list(Path(f"/proc/{pid}/task").iterdir())
        children = [int(child) for task in tasks for child in (task / "children").read_text().split()]
    except (FileNotFoundError, ProcessLookupError):
        return found  # it has ended
    for child in children:
        found += [child, *_below(child)]
    return found


def _marks(pid: int) -> tuple[int, int]:
    """High-water mark of resident memory in KiB and clock ticks used, of ended children too; (0, 0) once it ended."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return 0, 0
    high = next((int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM:")), 0)
    return high, sum(map(int, fields[11:15]))
