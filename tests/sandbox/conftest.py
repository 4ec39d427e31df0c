from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import httpx
import pytest

from sandbox.identity.app import create_identity_app
from sandbox.model.app import create_model_app
from sandbox.server import serving
from sandbox.settings import SandboxSettings

NOON = 1_800_000_000.0


@dataclass
class HandClock:
    """A clock that moves only when told to."""

    at: float = field(default=NOON)

    def __call__(self) -> float:
        return self.at


@dataclass(frozen=True)
class RunningProvider:
    settings: SandboxSettings
    clock: HandClock

    @property
    def issuer(self) -> str:
        return self.settings.issuer


@pytest.fixture(scope="session")
def sandbox_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("sandbox")


@pytest.fixture(scope="session")
def provider(sandbox_data: Path) -> Iterator[RunningProvider]:
    clock, settings = HandClock(), SandboxSettings(environment="development", data_dir=sandbox_data)
    with serving(lambda address: create_identity_app(replace(settings, issuer=address), clock)) as address:
        yield RunningProvider(replace(settings, issuer=address), clock)


@pytest.fixture
async def browser(provider: RunningProvider) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the provider that follows no redirect by itself."""
    async with httpx.AsyncClient(base_url=provider.issuer, trust_env=False) as client:
        yield client


@pytest.fixture(scope="session")
def model_server() -> Iterator[str]:
    with serving(lambda _address: create_model_app()) as address:
        yield address


@pytest.fixture
async def model(model_server: str) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a model server whose script has been reset."""
    async with httpx.AsyncClient(base_url=model_server, trust_env=False) as client:
        await client.delete("/control")
        yield client
