"""Migrations over data: what an older version left is taken along."""

import uuid

import psycopg
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict
from psycopg.types.json import Jsonb
from sqlalchemy import create_engine

from audit import sealing
from audit.chain import Head, link
from audit.records import Entry, RecordKind
from audit.verify import verify
from core.database import Database, connection
from core.principal import Principal
from deploy import migrate
from deploy.embedded_postgres import APP_ROLE, EmbeddedPostgres
from tests.audit.bench import NOW, append, key
from tests.superuser import superuser


def up_to(urls: migrate.DatabaseUrls, revision: str) -> None:
    """As `migrate` does, but not to the end."""
    engine = create_engine(
        "postgresql+psycopg://",
        creator=lambda: psycopg.connect(urls.owner),
        execution_options={"app_role": APP_ROLE},
    )
    config = Config()
    config.set_main_option("script_location", str(migrate._MIGRATIONS))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
    engine.dispose()


async def append_as_then(database: Database, stream: str, count: int, tenant: str) -> None:
    """Records as a release before this one wrote them."""
    head = Head()
    async with database.transaction(Principal.system(tenant)) as tx:
        for number in range(count):
            entry = Entry(RecordKind.CLAIM_RELEASED, f"{uuid.uuid4()}", {"n": number})
            record = link(head, entry, tenant=tenant, stream=stream, actor="anna", at=NOW)
            head = Head(record.seq, record.hash)
            await connection(tx).execute(
                """INSERT INTO app.audit_records (stream, seq, kind, at, actor, step, body, prev_hash, hash)
                   VALUES (%s, %s, %s, %s, 'anna', %s, %s, %s, %s)""",
                (
                    stream,
                    record.seq,
                    record.kind,
                    NOW,
                    record.step,
                    Jsonb(dict(record.body)),
                    record.prev_hash,
                    record.hash,
                ),
            )


async def test_records_from_before_the_log_are_sealed_too(postgres: EmbeddedPostgres) -> None:
    urls = postgres.urls(f"old_{uuid.uuid4().hex[:8]}")
    migrate.bootstrap(urls)
    up_to(urls, "0002")
    database = await Database(urls.app, min_size=1).open()
    try:
        for tenant in ("harbour", "vale"):
            await append_as_then(database, "a", 3, tenant)
        migrate.migrate(urls.owner, APP_ROLE)
        await append(database, "a", 2)
        for tenant, size in (("harbour", 5), ("vale", 3)):
            sealed = await sealing.seal_all(database, tenant, key(tenant), NOW)
            assert (sealed.added, sealed.size) == (size, size)
            assert (await verify(database, tenant)).faults == ()
    finally:
        await database.close()
    with superuser(urls) as admin:
        row = admin.execute(
            "SELECT relforcerowsecurity FROM pg_class WHERE oid = 'app.audit_records'::regclass"
        ).fetchone()
    assert row == (True,)
    with psycopg.connect(urls.admin, autocommit=True) as conn:
        name = str(conninfo_to_dict(urls.app)["dbname"])
        conn.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def test_migrations_stand_in_one_line() -> None:
    """Two branches that each add one after the same last one can't be migrated to the end."""
    config = Config()
    config.set_main_option("script_location", str(migrate._MIGRATIONS))
    scripts = ScriptDirectory.from_config(config)
    assert len(scripts.get_heads()) == 1
    assert len(list(scripts.walk_revisions())) == len(list((migrate._MIGRATIONS / "versions").glob("[0-9]*.sql")))
