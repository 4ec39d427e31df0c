"""A witness beside the service: what it has cosigned can't be altered unseen."""

import base64
import json
import os
import socket
import subprocess
import sys
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path

from audit.sealing import tenant_key
from core.settings import LAPTOP_LOG_NAME, ROOT
from evals.child_process import ChildProcess

TENANTS = ("harbour", "vale")
READY_WITHIN_S = 30.0


@contextmanager
def witnessed(folder: Path) -> Generator[Mapping[str, str]]:
    """`python -m witness` for the logs of the sandbox banks; the settings of a service that it is to cosign for."""
    seed = os.urandom(32)
    known = [str(tenant_key(LAPTOP_LOG_NAME, seed, tenant).verifier) for tenant in TENANTS]
    data = ("--data", str(folder / "witness"))
    key = subprocess.run(
        [sys.executable, "-m", "witness", "key", *data], cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True
    ).stdout.strip()
    port = _free_port()
    logs = [argument for each in known for argument in ("--log-key", each)]
    command = [sys.executable, "-m", "witness", "serve", *data, "--port", str(port), *logs]
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    with ChildProcess.start(
        "the witness", command, environment=environment, log=folder / "witness.log", cwd=ROOT
    ) as process:
        process.wait_until(lambda: process.said("witness "), within_s=READY_WITHIN_S)
        yield {
            "AUDIT_LOG_KEY": base64.b64encode(seed).decode(),
            "AUDIT_LOG_NAME": LAPTOP_LOG_NAME,
            "WITNESS_URL": f"http://127.0.0.1:{port}",
            "WITNESS_KEYS": json.dumps([key]),
            "SEALING_INTERVAL_S": "0.5",
        }


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])
