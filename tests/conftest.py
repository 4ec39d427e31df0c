"""One real PostgreSQL for the test run; a clone of the migrated database for each module that asks."""

import tempfile
import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from core.database import Database
from deploy import embedded_postgres
from deploy.embedded_postgres import EmbeddedPostgres
from deploy.migrate import DatabaseUrls, prepare

TEMPLATE = "countersign_template"


@pytest.fixture(scope="session")
def postgres() -> Iterator[EmbeddedPostgres]:
    """A server of this test run's own, stopped and deleted at its end."""
    with tempfile.TemporaryDirectory(prefix="cs-") as folder:
        server = embedded_postgres.start(Path(folder) / "pg")
        try:
            prepare(server.urls(TEMPLATE))
            yield server
        finally:
            server.stop()


@pytest.fixture(scope="module")
def database_urls(postgres: EmbeddedPostgres) -> Iterator[DatabaseUrls]:
    """A fresh migrated database for the module."""
    name = f"test_{uuid.uuid4().hex[:12]}"
    urls = postgres.urls(name)
    with psycopg.connect(urls.admin, autocommit=True) as conn:
        conn.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {} OWNER {}").format(
                sql.Identifier(name), sql.Identifier(TEMPLATE), sql.Identifier(embedded_postgres.OWNER_ROLE)
            )
        )
    yield urls
    with psycopg.connect(urls.admin, autocommit=True) as conn:
        conn.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture(scope="module")
async def database(database_urls: DatabaseUrls) -> AsyncIterator[Database]:
    """The application's pool over the module's database."""
    database = await Database(database_urls.app, min_size=1, max_size=8).open()
    yield database
    await database.close()
