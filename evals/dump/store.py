"""The whole database as its superuser, or a thief of a backup, has it. Reads only, but for a checkpoint."""

import subprocess
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.rows import DictRow, dict_row

from deploy.embedded_postgres import EmbeddedPostgres
from deploy.migrate import DatabaseUrls

Row = dict[str, Any]
Connection = psycopg.Connection[DictRow]


@contextmanager
def superuser(urls: DatabaseUrls) -> Generator[Connection]:
    """An autocommit connection that no row-level security stops."""
    with Connection.connect(_admin(urls), autocommit=True, row_factory=dict_row) as conn:
        yield conn


def rows(conn: Connection, table: str) -> Iterator[Row]:
    """Every row of `schema.table`."""
    return iter(conn.execute(sql.SQL("SELECT * FROM {}").format(sql.Identifier(*table.split(".")))).fetchall())


def binary_columns(conn: Connection) -> set[str]:
    """`schema.table.column` of every column of ours that holds bytes."""
    found = conn.execute(
        """SELECT table_schema || '.' || table_name || '.' || column_name AS name FROM information_schema.columns
           WHERE table_schema NOT IN ('pg_catalog', 'information_schema') AND data_type = 'bytea'"""
    )
    return {row["name"] for row in found.fetchall()}


def sample_everything(conn: Connection) -> None:
    """As the server does by itself, now and then: statistics hold copies of values."""
    conn.execute("ANALYZE")


def write_everything_down(conn: Connection) -> None:
    """Have the server's memory in its files."""
    conn.execute("CHECKPOINT")


def dump(server: EmbeddedPostgres, urls: DatabaseUrls, to: Path) -> Path:
    """`pg_dump` of the application's database, as text. Raises `CalledProcessError`."""
    subprocess.run([server.bin_path / "pg_dump", "--dbname", _admin(urls), "--file", to], check=True)
    return to


def _admin(urls: DatabaseUrls) -> str:
    """The administrator in the application's database."""
    return make_conninfo(urls.admin, dbname=str(conninfo_to_dict(urls.app)["dbname"]))
