"""A database and a witness of a measurement's own, ended with it."""

import contextlib
import os
import socket
import sys
from collections.abc import Generator
from pathlib import Path
from typing import Final

from core.settings import ROOT
from deploy import embedded_postgres
from deploy.migrate import DatabaseUrls, prepare
from evals.child_process import ChildProcess
from evals.tampering.world import log_key

DATABASE: Final = "ledger"


@contextlib.contextmanager
def postgres(folder: Path) -> Generator[DatabaseUrls]:
    server = embedded_postgres.start(folder / "pg")
    try:
        urls = server.urls(DATABASE)
        prepare(urls)
        yield urls
    finally:
        server.stop()


@contextlib.contextmanager
def witness(folder: Path, tenants: list[str], seed: int) -> Generator[tuple[str, str]]:
    """The witness as a process of its own; yields its address and its key."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = int(free.getsockname()[1])
    keys = [argument for tenant in tenants for argument in ("--log-key", str(log_key(tenant, seed).verifier))]
    serve = ["serve", "--data", str(folder / "witness"), "--port", str(port), *keys]
    command = [sys.executable, "-m", "witness", *serve]
    with ChildProcess.start("witness", command, environment=os.environ, log=folder / "witness.log", cwd=ROOT) as child:
        said = child.wait_until(lambda: child.said("witness "), within_s=30)
        url = said.rpartition(" on ")[2]
        child.wait_until(lambda: _answers(port) or None, within_s=30)
        yield url, said.partition(" ")[0]


def _answers(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False
