"""What the database's own catalogue says about who can do what."""

from typing import LiteralString

import psycopg
import pytest

from core.database import Database, connection
from core.errors import Unavailable
from core.principal import Principal
from deploy.embedded_postgres import APP_ROLE
from deploy.migrate import DatabaseUrls, prepare

TENANT_SCHEMAS = ["app", "langgraph"]


def test_every_table_has_a_tenant_and_forced_row_level_security(database_urls: DatabaseUrls) -> None:
    with psycopg.connect(database_urls.owner) as conn:
        rows = conn.execute(
            """
            SELECT c.oid::regclass::text, c.relrowsecurity AND c.relforcerowsecurity,
                   EXISTS (SELECT 1 FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'tenant'
                           AND a.attnotnull),
                   EXISTS (SELECT 1 FROM pg_policy p WHERE p.polrelid = c.oid
                           AND pg_get_expr(p.polqual, p.polrelid) LIKE '%%current_tenant()%%'),
                   (SELECT a.attname FROM pg_index i JOIN pg_attribute a ON a.attrelid = c.oid
                        AND a.attnum = i.indkey[0] WHERE i.indrelid = c.oid AND i.indisprimary)
            FROM pg_class c WHERE c.relkind IN ('r', 'p') AND c.relnamespace::regnamespace::text = ANY(%s)
            """,
            (TENANT_SCHEMAS,),
        ).fetchall()
    assert len(rows) > 15
    lacking = [row for row in rows if row[1:] != (True, True, True, "tenant")]
    assert lacking == [("langgraph.checkpoint_migrations", False, False, False, "v")]


def test_the_application_role_owns_nothing_and_bypasses_nothing(database_urls: DatabaseUrls) -> None:
    with psycopg.connect(database_urls.owner) as conn:
        assert conn.execute(
            "SELECT rolsuper, rolbypassrls, rolcreaterole, rolcreatedb FROM pg_roles WHERE rolname = %s",
            (APP_ROLE,),
        ).fetchone() == (False, False, False, False)
        assert conn.execute("SELECT count(*) FROM pg_class WHERE relowner = %s::regrole", (APP_ROLE,)).fetchone() == (
            0,
        )


def test_no_view_runs_with_its_owners_rights(database_urls: DatabaseUrls) -> None:
    with psycopg.connect(database_urls.owner) as conn:
        rows = conn.execute(
            """SELECT oid::regclass::text FROM pg_class WHERE relkind IN ('v', 'm')
               AND relnamespace::regnamespace::text = ANY(%s)
               AND NOT coalesce(reloptions @> '{security_invoker=true}', false)""",
            (TENANT_SCHEMAS,),
        ).fetchall()
    assert rows == []


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE app.audit_records SET kind = 'x'",
        "DELETE FROM app.audit_records",
        "TRUNCATE app.audit_records",
        "ALTER TABLE app.audit_records DISABLE ROW LEVEL SECURITY",
        "DELETE FROM app.run_events",
        "UPDATE app.run_events SET kind = 'x'",
    ],
)
def test_the_application_role_can_only_add_to_the_record(database_urls: DatabaseUrls, statement: LiteralString) -> None:
    with psycopg.connect(database_urls.app) as conn, pytest.raises(psycopg.errors.InsufficientPrivilege):
        conn.execute(statement)


def test_preparing_again_changes_nothing(database_urls: DatabaseUrls) -> None:
    prepare(database_urls)


async def test_a_transaction_sees_its_own_tenant_only(database: Database) -> None:
    insert = """INSERT INTO app.people (person_id, name, roles, first_seen, last_seen)
                VALUES ('anna', 'Anna', '{staff}', now(), now())"""
    async with database.transaction(Principal.system("harbour")) as tx:
        await connection(tx).execute(insert)
    async with database.transaction(Principal.system("vale")) as tx:
        rows = await (await connection(tx).execute("SELECT * FROM app.people")).fetchall()
        assert rows == []
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            await connection(tx).execute(
                """INSERT INTO app.people (tenant, person_id, name, roles, first_seen, last_seen)
                   VALUES ('harbour', 'mallory', 'M', '{staff}', now(), now())"""
            )
    async with database.connect() as conn:
        assert await (await conn.execute("SELECT * FROM app.people")).fetchall() == []


async def test_a_database_that_is_not_there_is_said_so() -> None:
    nowhere = Database("postgresql://nobody@127.0.0.1:1/none", min_size=1, timeout_s=0.5)
    with pytest.raises(Unavailable, match="DATABASE_URL"):
        await nowhere.open()
