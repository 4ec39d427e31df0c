"""SQL of a walk over a tenant's whole ledger: records stream by stream, leaves by position, a batch at a time."""

from typing import Any, LiteralString, NamedTuple

from psycopg.rows import tuple_row

from core.database import Transaction, connection


class RecordRow(NamedTuple):
    """A record as it is kept; its time is UTC, as the database writes one without zone."""

    stream: str
    seq: int
    kind: str
    at: str
    actor: str
    run_id: str | None
    step: str
    body: str
    prev_hash: str
    hash: str


class LeafRow(NamedTuple):
    """A leaf as it is kept."""

    position: int
    stream: str
    seq: int
    leaf: bytes
    completes: bytes


Place = tuple[str, int]
"""Stream and number of a record."""

BEGINNING: Place = ("", 0)


class Stretch(NamedTuple):
    """Some records in order of stream and number, as plain tuples of `RecordRow`, and where each stands in the log."""

    records: list[tuple[Any, ...]]
    leaves: dict[Place, tuple[int, bytes]]
    waiting: frozenset[Place]


async def by_index(tx: Transaction) -> None:
    """Each batch is a short way along an index, whatever the planner believes about the size of a new table."""
    await _rows(tx, "SELECT set_config('enable_seqscan', 'off', true)", ())


async def stretch(tx: Transaction, after: Place, limit: int, last: Place | None = None) -> Stretch:
    """The next records after a place, up to and with `last` (None: to the end).

    One statement after the other, not joined, which is ten times faster; in an order in which no record that is sealed
    meanwhile seems to have neither leaf nor place in the queue.
    """
    here: LiteralString = "(stream, seq) > (%s, %s)" + ("" if last is None else " AND (stream, seq) <= (%s, %s)")
    records = await _rows(
        tx,
        f"""SELECT stream, seq, kind, (at AT TIME ZONE 'UTC')::text, actor, run_id::text, step, body::text,
                   prev_hash, hash
            FROM app.audit_records WHERE {here} ORDER BY stream, seq LIMIT %s""",
        (*after, *(last or ()), limit),
    )
    if not records:
        return Stretch([], {}, frozenset())
    within = (*after, *records[-1][:2])
    waiting = await _rows(
        tx,
        "SELECT stream, seq FROM app.audit_waiting WHERE (stream, seq) > (%s, %s) AND (stream, seq) <= (%s, %s)",
        within,
    )
    leaves = await _rows(
        tx,
        """SELECT stream, seq, position, leaf FROM app.audit_leaves
           WHERE (stream, seq) > (%s, %s) AND (stream, seq) <= (%s, %s)""",
        within,
    )
    places = {(stream, seq): (position, leaf) for stream, seq, position, leaf in leaves}
    return Stretch(records, places, frozenset((stream, seq) for stream, seq in waiting))


async def _rows(tx: Transaction, query: LiteralString, parameters: tuple[object, ...]) -> list[tuple[Any, ...]]:
    cursor = connection(tx).cursor(binary=True, row_factory=tuple_row)
    await cursor.execute(query, parameters)
    return await cursor.fetchall()


async def last_of_part(tx: Transaction, part: int, parts: int) -> Place | None:
    """Where the records fall into parts of about the same number: the last record of the last stream of a part."""
    rows = await _rows(
        tx,
        """SELECT stream, max(seq) FROM app.audit_records
           WHERE stream = (SELECT stream FROM app.audit_records ORDER BY stream, seq
                           OFFSET (SELECT count(*) FROM app.audit_records) * %s::bigint / %s::bigint LIMIT 1)
           GROUP BY stream""",
        (part, parts),
    )
    return (rows[0][0], rows[0][1]) if rows else None


async def leaves(tx: Transaction, after: int, limit: int) -> list[tuple[Any, ...]]:
    """The leaves after a position in order, as plain tuples of `LeafRow`."""
    return await _rows(
        tx,
        """SELECT position, stream, seq, leaf, completes FROM app.audit_leaves
           WHERE position > %s ORDER BY position LIMIT %s""",
        (after, limit),
    )


async def leaves_without_record(tx: Transaction, limit: int) -> list[LeafRow]:
    """Positions that were given to records which are no longer there; smallest first."""
    rows = await _rows(
        tx,
        """SELECT l.position, l.stream, l.seq, l.leaf, l.completes FROM app.audit_leaves l
           WHERE NOT EXISTS (SELECT 1 FROM app.audit_records r
                             WHERE (r.tenant, r.stream, r.seq) = (l.tenant, l.stream, l.seq))
           ORDER BY l.position LIMIT %s""",
        (limit,),
    )
    return [LeafRow(*row) for row in rows]
