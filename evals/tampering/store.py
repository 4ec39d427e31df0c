"""The rows of the ledger as a database superuser reads and writes them: no row-level security, no trigger, no key."""

from collections.abc import Generator, Iterable
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict
from psycopg.rows import DictRow, dict_row
from psycopg.types.json import Jsonb

from audit.records import Record
from audit.tree.store import KeptCheckpoint, KeptCosignature, Leaf
from deploy.migrate import DatabaseUrls
from evals.tampering.ledger import Ledger

_TABLES = ("records", "leaves", "checkpoints", "cosignatures", "waiting")


class Superuser:
    """A connection that may do everything."""

    def __init__(self, connection: psycopg.Connection[DictRow]) -> None:
        self._connection = connection

    def read(self, tenant: str) -> Ledger:
        """Every row of a tenant."""
        ledger = Ledger(tenant)
        ledger.records = [Record(**row) for row in self._rows("records", "*", tenant, "stream, seq")]
        for row in self._rows("leaves", "position, stream, seq, leaf, completes", tenant, "position"):
            ledger.leaves.append(Leaf(row["position"], row["stream"], row["seq"], row["leaf"], row["completes"]))
        ledger.checkpoints = [
            KeptCheckpoint(**row) for row in self._rows("checkpoints", "size, root, note, at", tenant, "size")
        ]
        ledger.cosignatures = [
            KeptCosignature(**row)
            for row in self._rows("cosignatures", "size, witness, line, signed_at, kept_at", tenant, "size")
        ]
        ledger.waiting = [
            (row["stream"], row["seq"]) for row in self._rows("waiting", "stream, seq", tenant, "stream, seq")
        ]
        return ledger

    def write(self, ledger: Ledger) -> None:
        """Put these rows in the place of the tenant's."""
        tenant = ledger.tenant
        with self._connection.transaction(), self._connection.cursor() as cursor:
            for table in _TABLES:
                cursor.execute(f"DELETE FROM app.audit_{table} WHERE tenant = %s", (tenant,))
            cursor.executemany(
                "INSERT INTO app.audit_records VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
                [_record(record) for record in ledger.records],
            )
            # The trigger that puts new records into the queue is off: the queue is written as it is to be.
            cursor.executemany(
                "INSERT INTO app.audit_waiting (tenant, stream, seq) VALUES (%s, %s, %s)",
                [(tenant, *place) for place in ledger.waiting],
            )
            cursor.executemany(
                """INSERT INTO app.audit_leaves (tenant, position, stream, seq, leaf, completes)
                   VALUES (%s, %s, %s, %s, %s, %s)""",
                [(tenant, leaf.position, leaf.stream, leaf.seq, leaf.leaf, leaf.completes) for leaf in ledger.leaves],
            )
            cursor.executemany(
                "INSERT INTO app.audit_checkpoints (tenant, size, root, note, at) VALUES (%s, %s, %s, %s, %s)",
                [(tenant, each.size, each.root, each.note, each.at) for each in ledger.checkpoints],
            )
            cursor.executemany(
                """INSERT INTO app.audit_cosignatures (tenant, size, witness, line, signed_at, kept_at)
                   VALUES (%s, %s, %s, %s, %s, %s)""",
                [
                    (tenant, each.size, each.witness, each.line, each.signed_at, each.kept_at)
                    for each in ledger.cosignatures
                ],
            )

    def copy_in(self, records: Iterable[Record]) -> int:
        """Add many records at once; returns how many. They wait to be sealed."""
        count = 0
        query = "COPY app.audit_records FROM STDIN"
        with self._connection.cursor() as cursor, cursor.copy(query) as copy:
            for record in records:
                copy.write_row(_record(record))
                count += 1
        self._connection.execute(
            """INSERT INTO app.audit_waiting (tenant, stream, seq) SELECT tenant, stream, seq FROM app.audit_records
               ON CONFLICT DO NOTHING"""
        )
        self._connection.execute("ANALYZE app.audit_records, app.audit_waiting")
        return count

    def empty(self) -> None:
        """Remove every tenant's ledger."""
        self._connection.execute(f"TRUNCATE {', '.join(f'app.audit_{table}' for table in _TABLES)} CASCADE")

    def _rows(self, table: str, columns: str, tenant: str, order: str) -> list[DictRow]:
        query = f"SELECT {columns} FROM app.audit_{table} WHERE tenant = %s ORDER BY {order}"
        return self._connection.execute(query.encode(), (tenant,)).fetchall()


def _record(record: Record) -> tuple[Any, ...]:
    return (
        record.tenant, record.stream, record.seq, record.kind, record.at, record.actor, record.run_id, record.step,
        Jsonb(dict(record.body)), record.prev_hash, record.hash,
    )  # fmt: skip


@contextmanager
def superuser(urls: DatabaseUrls) -> Generator[Superuser]:
    """Triggers and foreign keys are off for this connection, as whoever owns the server can have them."""
    dbname = str(conninfo_to_dict(urls.app)["dbname"])
    with psycopg.Connection[DictRow].connect(
        urls.admin, dbname=dbname, autocommit=True, row_factory=dict_row
    ) as connection:
        connection.execute("SET session_replication_role = replica")
        yield Superuser(connection)
