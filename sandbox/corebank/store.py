"""The bank's records in one SQLite file: a write is one transaction, and what was told of survives a killed process."""

import sqlite3
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import orjson

from sandbox.corebank.problems import Busy

FILE = "core-banking.sqlite3"
SCHEMA_VERSION = 1
BUSY_S = 10.0
SEED = Path(__file__).parent / "seed.json"

_TABLES = """
CREATE TABLE customers (tenant TEXT, id TEXT, name TEXT, segment TEXT, address TEXT,
  daily_card INTEGER, daily_transfer INTEGER, PRIMARY KEY (tenant, id)) STRICT;
CREATE TABLE accounts (tenant TEXT, customer_id TEXT, id TEXT, kind TEXT, state TEXT, PRIMARY KEY (tenant, id)) STRICT;
CREATE TABLE cards (tenant TEXT, customer_id TEXT, last4 TEXT, kind TEXT, state TEXT, reason TEXT, blocked_at TEXT,
  PRIMARY KEY (tenant, customer_id, last4)) STRICT;
CREATE TABLE cases (tenant TEXT, id TEXT, state TEXT, kind TEXT, customer_id TEXT, opened_on TEXT, closed_on TEXT,
  PRIMARY KEY (tenant, id)) STRICT;
CREATE TABLE notes (tenant TEXT, number INTEGER, case_id TEXT, text TEXT, author TEXT, at TEXT,
  PRIMARY KEY (tenant, number)) STRICT;
CREATE INDEX notes_of_case ON notes (tenant, case_id, number);
CREATE TABLE tasks (tenant TEXT, number INTEGER, title TEXT, due_on TEXT, customer_id TEXT, case_id TEXT, owner TEXT,
  created_at TEXT, PRIMARY KEY (tenant, number)) STRICT;
CREATE TABLE operations (tenant TEXT, key TEXT, fingerprint TEXT, operation TEXT, status INTEGER, reply BLOB, at TEXT,
  PRIMARY KEY (tenant, key)) STRICT;
-- Without a key of its own over (tenant, key): a second effect under one key would stand here as a second row.
CREATE TABLE effects (number INTEGER PRIMARY KEY AUTOINCREMENT, tenant TEXT, key TEXT, operation TEXT, target TEXT,
  maker TEXT, approved_by TEXT, at TEXT) STRICT;
CREATE INDEX effects_by_key ON effects (key);
CREATE TABLE used_tokens (id TEXT PRIMARY KEY, tenant TEXT, key TEXT, expires_at REAL) STRICT;
"""

Row = Mapping[str, Any]


class Records:
    """One transaction's view. Rows are mappings from column to value."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def rows(self, query: str, *values: object) -> list[Row]:
        return [dict(cast("sqlite3.Row", row)) for row in self._connection.execute(query, values)]

    def row(self, query: str, *values: object) -> Row | None:
        return next(iter(self.rows(query, *values)), None)

    def insert(self, table: str, values: Mapping[str, object]) -> None:
        """Add a row; table and columns are names of this module's own."""
        columns, marks = ", ".join(values), ", ".join("?" * len(values))
        self._connection.execute(f"INSERT INTO {table} ({columns}) VALUES ({marks})", tuple(values.values()))

    def change(self, statement: str, *values: object) -> None:
        self._connection.execute(statement, values)

    def next_number(self, table: str, tenant: str) -> int:
        """The next number of a bank's own sequence, so that one bank's numbers tell nothing of the other's."""
        row = self.row(f"SELECT coalesce(max(number), 0) + 1 AS number FROM {table} WHERE tenant = ?", tenant)
        return int(row["number"]) if row else 1


@dataclass(frozen=True, slots=True)
class Store:
    """The file, opened anew for each transaction: requests run in threads, and processes may share it."""

    path: Path

    @classmethod
    def open(cls, data_dir: Path, prepare: Callable[[Records], None]) -> "Store":
        """The store under `data_dir`; where there is none, tables are made and `prepare` fills them at once."""
        data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        store = cls(data_dir / FILE)
        with closing(store._connect()) as connection:
            connection.execute("PRAGMA journal_mode = WAL")
        with store.writing() as records:
            version = records.rows("PRAGMA user_version")[0]["user_version"]
            if version == 0:
                for statement in _TABLES.split(";"):
                    records.change(statement)
                prepare(records)
                records.change(f"PRAGMA user_version = {SCHEMA_VERSION}")
            elif version != SCHEMA_VERSION:
                raise RuntimeError(f"{store.path} is of another version. Delete it to start with fresh records.")
        return store

    @contextmanager
    def reading(self) -> Generator[Records]:
        """A view of one moment."""
        with closing(self._connect()) as connection:
            connection.execute("BEGIN")
            yield Records(connection)
            connection.execute("COMMIT")

    @contextmanager
    def writing(self) -> Generator[Records]:
        """The only writer of this moment: committed and on disk when the block ends, undone when it raises.

        Raises `Busy` where others have been writing for too long.
        """
        with closing(self._connect()) as connection:
            try:
                connection.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError as error:
                raise Busy("Too many writes are waiting. Try again in a moment.") from error
            try:
                yield Records(connection)
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")

    def tenants(self) -> frozenset[str]:
        """The banks whose records are kept."""
        with self.reading() as records:
            return frozenset(row["tenant"] for row in records.rows("SELECT DISTINCT tenant FROM customers"))

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self.path, timeout=BUSY_S, isolation_level=None)
        connection.row_factory = sqlite3.Row
        connection.execute("PRAGMA synchronous = FULL")
        return connection


def seed(records: Records) -> None:
    """Put the made-up records of both banks into empty tables."""
    banks = cast("dict[str, dict[str, list[Any]]]", orjson.loads(SEED.read_bytes()))
    for tenant, bank in banks.items():
        for customer in bank["customers"]:
            _seed_customer(records, tenant, customer)
        for case in bank["cases"]:
            notes = cast("Sequence[Sequence[str]]", case.pop("notes"))
            records.insert("cases", {"tenant": tenant, "closed_on": None, **case})
            for author, at, text in notes:
                number = records.next_number("notes", tenant)
                note = {"tenant": tenant, "number": number, "case_id": case["id"], "text": text}
                records.insert("notes", {**note, "author": author, "at": at})


def _seed_customer(records: Records, tenant: str, customer: dict[str, Any]) -> None:
    belongs = {"tenant": tenant, "customer_id": customer["id"]}
    for suffix, kind, state in customer.pop("accounts"):
        records.insert("accounts", {**belongs, "id": f"{customer['id']}-{suffix}", "kind": kind, "state": state})
    for last4, kind, state in customer.pop("cards"):
        records.insert("cards", {**belongs, "last4": last4, "kind": kind, "state": state})
    records.insert("customers", {"tenant": tenant, **customer})
