"""Bring a database to the present schema: `bootstrap` once as an administrator, `migrate` as the owner."""

import re
from dataclasses import dataclass
from pathlib import Path

import psycopg
from alembic import command
from alembic.config import Config
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict
from sqlalchemy import create_engine

_MIGRATIONS = Path(__file__).parent / "migrations"
_ADVISORY_LOCK = 0x636F756E
"""Held while migrating, so that several processes starting at once migrate once."""


@dataclass(frozen=True, slots=True)
class DatabaseUrls:
    """The three ways in: an administrator for `bootstrap`, the owner for migrations, the application."""

    admin: str
    owner: str
    app: str


def _role(url: str) -> tuple[str, str | None]:
    parts = conninfo_to_dict(url)
    user, password = str(parts.get("user") or ""), parts.get("password")
    if not re.fullmatch(r"[a-z_][a-z0-9_]*", user):
        raise ValueError(f"the role name {user!r} in a database URL must be a plain lower-case name")
    return user, None if password is None else str(password)


def bootstrap(urls: DatabaseUrls) -> None:
    """Create the two roles, the database and the vector extension, each only where missing."""
    owner, _ = _role(urls.owner)
    dbname = str(conninfo_to_dict(urls.app)["dbname"])
    with psycopg.connect(urls.admin, autocommit=True) as conn:
        for url in (urls.owner, urls.app):
            _ensure_role(conn, *_role(url))
        exists = conn.execute("SELECT 1 FROM pg_database WHERE datname = %s", (dbname,)).fetchone()
        if exists is None:
            conn.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(dbname), sql.Identifier(owner)))
    with psycopg.connect(urls.admin, dbname=dbname, autocommit=True) as conn:
        conn.execute("CREATE EXTENSION IF NOT EXISTS vector")
        conn.execute(sql.SQL("GRANT CREATE ON SCHEMA public TO {}").format(sql.Identifier(owner)))


def _ensure_role(conn: psycopg.Connection, name: str, password: str | None) -> None:
    attributes = sql.SQL("LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS")
    if conn.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (name,)).fetchone() is None:
        conn.execute(sql.SQL("CREATE ROLE {} {}").format(sql.Identifier(name), attributes))
    if password is not None:
        conn.execute(sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(name), sql.Literal(password)))


def migrate(owner_url: str, app_role: str) -> None:
    """Run the migrations that are missing, as the owner, in one transaction under a lock."""
    if not re.fullmatch(r"[a-z_][a-z0-9_]*", app_role):
        raise ValueError(f"the application's role name {app_role!r} must be a plain lower-case name")
    engine = create_engine(
        "postgresql+psycopg://",
        creator=lambda: psycopg.connect(owner_url),
        execution_options={"app_role": app_role},
    )
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    try:
        with engine.begin() as connection:
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_ADVISORY_LOCK})")
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    finally:
        engine.dispose()


def role_name(url: str) -> str:
    """The role that a connection string names. Raises `ValueError` unless it is a plain lower-case name."""
    return _role(url)[0]


def prepare(urls: DatabaseUrls) -> None:
    """`bootstrap` and `migrate`: what a laptop's start does."""
    bootstrap(urls)
    migrate(urls.owner, role_name(urls.app))
