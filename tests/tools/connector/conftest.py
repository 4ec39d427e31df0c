"""Both connectors over fresh records: one suite runs against either."""

from collections.abc import AsyncIterator, Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from core.clock import SystemClock
from sandbox.corebank.app import create_core_app
from sandbox.server import serving
from sandbox.settings import SandboxSettings
from tools.catalogue.load import CORE_BANKING, load
from tools.catalogue.models import Catalogue
from tools.connector.http import HttpConnector
from tools.connector.memory import MemoryConnector, Mishap
from tools.connector.ports import Connector

SECRET = "a-secret-of-the-tests-with-32-characters-or-more"
FAULTS = {"Authorization": "Bearer of-the-switch"}


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    return load(CORE_BANKING)


@dataclass(frozen=True)
class Bank:
    """A connector, what its bank really did, and a way to make it fail."""

    connector: Connector
    effects: Callable[[str], int]
    """How many effects there were under a key."""
    fail: Callable[[Mishap, int], None]
    """What happens to the next so many attempts."""


@dataclass(frozen=True)
class CoreBank:
    """A running core banking system of the sandbox."""

    address: str
    client: httpx.Client

    def fail(self, fault: str, count: int | None = 1, **more: Any) -> None:
        rules = [{"fault": fault, "count": count, **more}]
        self.client.put("/control/faults", json={"rules": rules}, headers=FAULTS).raise_for_status()

    def effects(self, key: str | None = None) -> list[dict[str, Any]]:
        params = {} if key is None else {"key": key}
        return self.client.get("/control/effects", params=params, headers=FAULTS).json()["items"]


@contextmanager
def core_banking(data_dir: Path) -> Generator[CoreBank]:
    settings = SandboxSettings("development", core_secret=SECRET, fault_secret="of-the-switch", data_dir=data_dir)
    with (
        serving(lambda _: create_core_app(settings)) as address,
        httpx.Client(base_url=address, trust_env=False) as client,
    ):
        yield CoreBank(address, client)


@pytest.fixture
def core_bank(tmp_path: Path) -> Iterator[CoreBank]:
    with core_banking(tmp_path) as bank:
        yield bank


@pytest.fixture
async def http_connector(core_bank: CoreBank) -> AsyncIterator[HttpConnector]:
    connector = HttpConnector(core_bank.address, SECRET, clock=SystemClock())
    yield connector
    await connector.aclose()


@pytest.fixture(params=["http", "memory"])
async def bank(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Bank]:
    if request.param == "memory":
        memory = MemoryConnector()
        yield Bank(
            memory,
            lambda key: sum(effect.key == key for effect in memory.effects),
            lambda mishap, times: memory.mishaps.extend([mishap] * times),
        )
        await memory.aclose()
        return
    faults = {Mishap.BEFORE: "drop", Mishap.AFTER: "drop_after"}
    with core_banking(tmp_path) as running:
        connector = HttpConnector(running.address, SECRET, clock=SystemClock())
        yield Bank(
            connector,
            lambda key: len(running.effects(key)),
            lambda mishap, times: running.fail(faults[mishap], times),
        )
        await connector.aclose()
