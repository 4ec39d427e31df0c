"""A PostgreSQL of a test's own, to be killed."""

import signal
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import psutil

from deploy import embedded_postgres
from deploy.embedded_postgres import EmbeddedPostgres
from deploy.migrate import prepare


@contextmanager
def mortal_postgres(database: str) -> Generator[EmbeddedPostgres]:
    """A server with one migrated database, stopped and deleted at the end whatever happened to it."""
    with tempfile.TemporaryDirectory(prefix="cs-") as folder:
        server = embedded_postgres.start(Path(folder) / "pg")
        try:
            prepare(server.urls(database))
            yield server
        finally:
            server.stop()


def kill_postgres(server: EmbeddedPostgres) -> None:
    """kill -9 of the postmaster; its children end by themselves when they notice."""
    pid = int((server.data / "postmaster.pid").read_text().splitlines()[0])
    postmaster = psutil.Process(pid)
    children = postmaster.children(recursive=True)
    postmaster.send_signal(signal.SIGKILL)
    psutil.wait_procs([postmaster, *children], timeout=10)
