"""The database as its superuser sees it, whom no row-level security stops: to look for what must not be there, and
to do what an attacker on the server could."""

from collections.abc import Generator
from contextlib import contextmanager

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict
from psycopg.rows import TupleRow

from deploy.migrate import DatabaseUrls


@contextmanager
def superuser(urls: DatabaseUrls) -> Generator[psycopg.Connection[TupleRow]]:
    """An autocommit connection to the application's database."""
    dbname = str(conninfo_to_dict(urls.app)["dbname"])
    with psycopg.connect(urls.admin, dbname=dbname, autocommit=True) as conn:
        yield conn


def tables_showing(urls: DatabaseUrls, marker: str) -> list[str]:
    """The tables with a row that shows the marker, as text or among the bytes of a column."""
    found: list[str] = []
    with superuser(urls) as conn:
        tables = conn.execute(
            """SELECT schemaname, tablename FROM pg_tables
               WHERE schemaname IN ('app', 'langgraph', 'queue', 'public') ORDER BY 1, 2"""
        ).fetchall()
        assert len(tables) > 20
        for schema, table in tables:
            for kind, needle in (("", marker), (" (binary)", marker.encode().hex())):
                query = sql.SQL("SELECT 1 FROM {} AS t WHERE t::text ILIKE %s LIMIT 1")
                if conn.execute(query.format(sql.Identifier(schema, table)), (f"%{needle}%",)).fetchone():
                    found.append(f"{schema}.{table}{kind}")
    return found
