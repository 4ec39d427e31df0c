"""The real API over the module's real database, with an identity provider of the test's own."""

import asyncio
import base64
import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from api.app import create_app
from core.clock import SystemClock
from core.database import Database
from core.settings import Environment, IssuerSettings, Settings
from deploy.migrate import DatabaseUrls
from jobs.documents import EditionReader
from retrieval.chunking import chunks
from retrieval.ingest import Reading
from retrieval.parsing import parse
from retrieval.parsing.spool import here
from tests.api.bench import KEY, Bench, build
from tests.api.provider import Key, Provider, new_key
from tests.api.scripted import Assembly
from tests.api.serving import address, free_socket, serving
from tests.retrieval.shelf import HashingEmbedder
from tools.connector.memory import MemoryConnector

PERSONAS: dict[str, dict[str, Any]] = {
    "anna": {"name": "Anna Keller", "branch": "001", "roles": ["staff"]},
    "omar": {"name": "Omar Haddad", "roles": ["analyst", "fraud_desk"]},
    "sam": {"name": "Sam Okafor", "branch": "001", "roles": ["supervisor"], "signing_limit": 20_000},
    "sofia": {"name": "Sofia Lindqvist", "branch": "002", "roles": ["supervisor"], "signing_limit": 50_000},
    "lea": {"name": "Lea Marsh", "branch": "002", "roles": ["staff"]},
    "alex": {"name": "Alex Admin", "roles": ["platform_admin"]},
    "sasha": {"name": "Sasha Ruiz", "tenant": "vale", "roles": ["supervisor"]},
    "carla": {"name": "Carla Mendes", "roles": ["compliance"]},
    "pia": {"name": "Pia Novak", "roles": ["policy_owner", "hr"]},
    "paul": {"name": "Paul Brandt", "roles": ["policy_owner", "fraud_desk"]},
    "nobody": {"name": "No Role", "roles": []},
    "boris": {"name": "Boris Wendt", "tenant": "vale", "roles": ["staff"]},
}


@dataclass(slots=True)
class Api:
    """The running service and ways to call it as somebody."""

    url: str
    provider: Provider
    settings: Settings
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    bank: MemoryConnector = field(default_factory=MemoryConnector)
    clients: list[httpx.AsyncClient] = field(default_factory=list)

    def token(self, who: str, **changes: Any) -> str:
        return self.provider.token(datetime.now(UTC), **({"sub": who, **PERSONAS[who]} | changes))

    def as_(self, who: str) -> httpx.AsyncClient:
        """A client with this persona's bearer token."""
        return self.client({"Authorization": f"Bearer {self.token(who)}"})

    def client(self, headers: dict[str, str] | None = None) -> httpx.AsyncClient:
        """A client that keeps cookies, follows no redirect and is closed with the test module."""
        client = httpx.AsyncClient(base_url=self.url, headers=headers, trust_env=False, timeout=20)
        self.clients.append(client)
        return client


@pytest.fixture(scope="session")
def signing_key() -> Key:
    return new_key("k1")


@pytest.fixture(scope="module")
async def provider(signing_key: Key) -> AsyncGenerator[Provider]:
    listening = free_socket()
    provider = Provider(signing_key, issuer=address(listening))
    async with serving(provider, listening):
        yield provider


def settings_for(provider: Provider, database_url: str, listening: socket.socket, **changes: Any) -> Settings:
    """A service on that socket which trusts that provider; `changes` are other settings."""
    return Settings(
        _env_file=None,  # type: ignore[call-arg]
        environment=Environment.DEVELOPMENT,
        port=listening.getsockname()[1],
        database_url=SecretStr(database_url),
        database_pool_size=4,
        master_key=SecretStr(base64.b64encode(b"k" * 32).decode()),
        oidc_issuers=(IssuerSettings(issuer=provider.issuer, tenants=("harbour", "vale")),),
        **changes,
    )


@asynccontextmanager
async def serving_api(
    provider: Provider, database_url: str, *, connected: bool = True, **changes: Any
) -> AsyncGenerator[Api]:
    """The service over a database, with scripted turns and a bank in memory; `changes` are settings."""
    listening = free_socket()
    settings = settings_for(provider, database_url, listening, **changes)
    bank = MemoryConnector()
    assembly = Assembly(bank if connected else None)
    async with serving(create_app(settings, assemble=assembly), listening) as url:
        api = Api(url, provider, settings, assembly.gate, bank)
        yield api
        for client in api.clients:
            await client.aclose()


@pytest.fixture(scope="module")
async def api(provider: Provider, database_urls: DatabaseUrls) -> AsyncGenerator[Api]:
    """One that lets a test's person ask as fast as the test can."""
    async with serving_api(provider, database_urls.app, questions_burst=1_000) as api:
        yield api


@pytest.fixture
async def provider_http() -> AsyncGenerator[tuple[Provider, httpx.AsyncClient]]:
    provider = Provider(KEY)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(provider)) as http:
        yield provider, http


@pytest.fixture
async def bench(provider_http: tuple[Provider, httpx.AsyncClient]) -> AsyncGenerator[Bench]:
    bench = build(*provider_http)
    yield bench
    await bench.keys.close()


@pytest.fixture
def reader(database: Database) -> EditionReader:
    return EditionReader(database, Reading(here(parse), chunks, HashingEmbedder()), SystemClock())


@pytest.fixture
def pia(api: Api) -> httpx.AsyncClient:
    return api.as_("pia")


@pytest.fixture
def anna(api: Api) -> httpx.AsyncClient:
    return api.as_("anna")


@pytest.fixture
def sam(api: Api) -> httpx.AsyncClient:
    return api.as_("sam")


@pytest.fixture
def sofia(api: Api) -> httpx.AsyncClient:
    return api.as_("sofia")
