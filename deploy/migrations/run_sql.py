"""Run a migration's plain SQL. Alembic keeps the order and the version; the SQL is ours to read."""

from pathlib import Path

from procrastinate.schema import SchemaManager
from sqlalchemy import Connection

_VERSIONS = Path(__file__).parent / "versions"


def run_file(bind: Connection, name: str) -> None:
    """Execute a file of `versions/`, with `{app_role}` replaced by the application's role."""
    app_role = str(bind.get_execution_options()["app_role"])
    _execute(bind, (_VERSIONS / name).read_text().replace("{app_role}", app_role))


def install_queue(bind: Connection) -> None:
    """Create Procrastinate's own schema, from the installed package, in `queue`, and grant its use."""
    app_role = str(bind.get_execution_options()["app_role"])
    _execute(
        bind,
        "SET LOCAL search_path = queue;"
        + SchemaManager.get_schema()
        + f"""
        GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA queue TO {app_role};
        GRANT USAGE ON ALL SEQUENCES IN SCHEMA queue TO {app_role};
        SET LOCAL search_path = app, public;
        """,
    )


def _execute(bind: Connection, sql: str) -> None:
    """Through the driver's cursor: no parameters, so no percent sign is read as one."""
    cursor = bind.connection.cursor()
    try:
        cursor.execute(sql)
    finally:
        cursor.close()
