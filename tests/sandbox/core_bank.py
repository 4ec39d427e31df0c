"""What the tests of the core bank share: a running one, tokens for it, and requests to it."""

import time
import uuid
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from jose import jws

from sandbox.corebank.app import create_core_app
from sandbox.server import serving
from sandbox.settings import SandboxSettings
from tests.sandbox.conftest import HandClock

SECRET = "a-secret-of-the-tests-with-32-characters-or-more"
SWITCH = {"Authorization": "Bearer of-the-switch"}
NOTES = "/v1/cases/C-1042/notes"


def claims(now: float | None = None, **changes: Any) -> dict[str, Any]:
    """Claims of a good token; a change to None leaves the claim out."""
    issued = int(time.time() if now is None else now)
    made: dict[str, Any] = {
        "iss": "countersign",
        "aud": "core-banking",
        "iat": issued,
        "exp": issued + 30,
        "jti": str(uuid.uuid4()),
        "tenant": "harbour",
        "act": {"sub": "anna"},
        "approved_by": ["sam"],
    }
    return {name: value for name, value in (made | changes).items() if value is not None}


def bearer(content: dict[str, Any], secret: str = SECRET, algorithm: str = "HS256", **header: Any) -> dict[str, str]:
    return {"Authorization": "Bearer " + jws.sign(content, secret, headers=header or None, algorithm=algorithm)}


@dataclass(frozen=True)
class CoreBank:
    """A core bank whose clock moves only when told to."""

    client: httpx.Client
    clock: HandClock

    def get(self, path: str, **changes: Any) -> httpx.Response:
        return self.client.get(path, headers=bearer(claims(self.clock(), **changes)))

    def write(
        self, path: str, body: Any, key: str | None = None, *, method: str = "POST", **changes: Any
    ) -> httpx.Response:
        """A write under `key`, or under a new one."""
        headers = bearer(claims(self.clock(), **changes)) | {"Idempotency-Key": key or str(uuid.uuid4())}
        return self.client.request(method, path, json=body, headers=headers)

    def fail(self, *rules: dict[str, Any], seed: int = 0) -> None:
        body = {"rules": list(rules), "seed": seed}
        self.client.put("/control/faults", json=body, headers=SWITCH).raise_for_status()

    def effects(self, key: str | None = None) -> list[dict[str, Any]]:
        params = {} if key is None else {"key": key}
        return self.client.get("/control/effects", params=params, headers=SWITCH).json()["items"]


@contextmanager
def running(data_dir: Path) -> Generator[CoreBank]:
    settings = SandboxSettings("development", core_secret=SECRET, fault_secret="of-the-switch", data_dir=data_dir)
    clock = HandClock()
    with (
        serving(lambda _: create_core_app(settings, clock)) as address,
        httpx.Client(base_url=address, trust_env=False, timeout=20) as client,
    ):
        yield CoreBank(client, clock)
