"""SQL of a tenant's Merkle log: what waits, leaves with the subtrees that they complete, checkpoints, cosignatures."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from audit.merkle import HASH_BYTES, Node
from core.database import Transaction, connection


@dataclass(frozen=True, slots=True)
class Waiting:
    """A record without a leaf. `hash` is None where there is nothing to seal: no such record, or it has its leaf."""

    stream: str
    seq: int
    hash: str | None


@dataclass(frozen=True, slots=True)
class Leaf:
    """A record's place in the log."""

    position: int
    stream: str
    seq: int
    leaf: bytes
    completes: bytes


@dataclass(frozen=True, slots=True)
class KeptCheckpoint:
    """A checkpoint as it was signed; `root` and `size` are what the note says."""

    size: int
    root: bytes
    note: str
    at: datetime


@dataclass(frozen=True, slots=True)
class KeptCosignature:
    """A witness's signature line under a checkpoint, and the time that it signed."""

    size: int
    witness: str
    line: str
    signed_at: datetime
    kept_at: datetime


@dataclass(frozen=True, slots=True)
class WitnessReply:
    """How asking a witness ended last: `cosigned`, `unreachable` or `refused`."""

    witness: str
    outcome: str
    detail: str
    size: int
    at: datetime


async def lock(tx: Transaction) -> None:
    """Nobody else seals this tenant until the transaction ends."""
    await connection(tx).execute("SELECT app.lock_sealing()")


async def is_anything_waiting(tx: Transaction) -> bool:
    cursor = await connection(tx).execute("SELECT EXISTS (SELECT 1 FROM app.audit_waiting) AS waiting")
    row = await cursor.fetchone()
    return row is not None and bool(row["waiting"])


async def waiting(tx: Transaction, limit: int) -> list[Waiting]:
    """Records without a position, each stream's in order."""
    cursor = await connection(tx).execute(
        """SELECT w.stream, w.seq, CASE WHEN l.position IS NULL THEN r.hash END AS hash
           FROM app.audit_waiting w
           LEFT JOIN app.audit_records r ON (r.tenant, r.stream, r.seq) = (w.tenant, w.stream, w.seq)
           LEFT JOIN app.audit_leaves l ON (l.tenant, l.stream, l.seq) = (w.tenant, w.stream, w.seq)
           ORDER BY w.stream, w.seq LIMIT %s""",
        (limit,),
    )
    return [Waiting(row["stream"], row["seq"], row["hash"]) for row in await cursor.fetchall()]


async def take(tx: Transaction, taken: Sequence[Waiting]) -> None:
    """They wait no longer."""
    await connection(tx).execute(
        """DELETE FROM app.audit_waiting w USING unnest(%s::text[], %s::bigint[]) AS taken (stream, seq)
           WHERE (w.stream, w.seq) = (taken.stream, taken.seq)""",
        ([each.stream for each in taken], [each.seq for each in taken]),
    )


async def size(tx: Transaction) -> int:
    """How many leaves there are."""
    cursor = await connection(tx).execute("SELECT coalesce(max(position) + 1, 0) AS size FROM app.audit_leaves")
    row = await cursor.fetchone()
    return 0 if row is None else int(row["size"])


async def insert_leaves(tx: Transaction, leaves: Sequence[Leaf]) -> None:
    await connection(tx).execute(
        """INSERT INTO app.audit_leaves (position, stream, seq, leaf, completes)
           SELECT * FROM unnest(%s::bigint[], %s::text[], %s::bigint[], %b::bytea[], %b::bytea[])""",
        (
            [each.position for each in leaves],
            [each.stream for each in leaves],
            [each.seq for each in leaves],
            [each.leaf for each in leaves],
            [each.completes for each in leaves],
        ),
    )


async def leaves_of(tx: Transaction, streams: Sequence[str]) -> list[Leaf]:
    """The leaves of whole streams."""
    cursor = await connection(tx).execute(
        """SELECT position, stream, seq, leaf, completes FROM app.audit_leaves
           WHERE stream = ANY(%s) ORDER BY position""",
        (list(streams),),
    )
    return [
        Leaf(row["position"], row["stream"], row["seq"], bytes(row["leaf"]), bytes(row["completes"]))
        for row in await cursor.fetchall()
    ]


async def nodes(tx: Transaction, wanted: Sequence[Node]) -> dict[Node, bytes]:
    """The hashes of complete subtrees; those that are not there are left out."""
    by_position: dict[int, list[Node]] = {}
    for node in wanted:
        by_position.setdefault(node.completed_by, []).append(node)
    cursor = await connection(tx).execute(
        "SELECT position, leaf || completes AS hashes FROM app.audit_leaves WHERE position = ANY(%s)",
        (list(by_position),),
    )
    found: dict[Node, bytes] = {}
    for row in await cursor.fetchall():
        for node in by_position[row["position"]]:
            hashed = bytes(row["hashes"])[node.level * HASH_BYTES : (node.level + 1) * HASH_BYTES]
            if len(hashed) == HASH_BYTES:
                found[node] = hashed
    return found


async def insert_checkpoint(tx: Transaction, checkpoint: KeptCheckpoint) -> None:
    await connection(tx).execute(
        "INSERT INTO app.audit_checkpoints (size, root, note, at) VALUES (%s, %s, %s, %s)",
        (checkpoint.size, checkpoint.root, checkpoint.note, checkpoint.at),
    )


async def last_checkpoint(tx: Transaction) -> KeptCheckpoint | None:
    found = await _checkpoints(tx, "ORDER BY size DESC LIMIT 1")
    return found[0] if found else None


async def checkpoints(tx: Transaction, last: int | None = None) -> list[KeptCheckpoint]:
    """All of them, or the last so many; smallest first."""
    if last is None:
        return await _checkpoints(tx, "ORDER BY size")
    return (await _checkpoints(tx, "ORDER BY size DESC LIMIT %s", last))[::-1]


async def last_cosigned_checkpoint(tx: Transaction, witnesses: Sequence[str]) -> KeptCheckpoint | None:
    """The largest that one of the witnesses cosigned, as the database has it."""
    found = await _checkpoints(
        tx,
        """WHERE size = (SELECT max(size) FROM app.audit_cosignatures WHERE witness = ANY(%s))""",
        list(witnesses),
    )
    return found[0] if found else None


async def _checkpoints(tx: Transaction, which: str, *parameters: object) -> list[KeptCheckpoint]:
    cursor = await connection(tx).execute(
        f"SELECT size, root, note, at FROM app.audit_checkpoints {which}".encode(), parameters
    )
    return [KeptCheckpoint(row["size"], bytes(row["root"]), row["note"], row["at"]) for row in await cursor.fetchall()]


async def insert_cosignature(tx: Transaction, cosignature: KeptCosignature) -> None:
    """The first of a witness under a checkpoint is kept."""
    await connection(tx).execute(
        """INSERT INTO app.audit_cosignatures (size, witness, line, signed_at, kept_at)
           VALUES (%s, %s, %s, %s, %s) ON CONFLICT DO NOTHING""",
        (cosignature.size, cosignature.witness, cosignature.line, cosignature.signed_at, cosignature.kept_at),
    )


async def cosignatures(tx: Transaction, at_least: int = 0, at_most: int | None = None) -> list[KeptCosignature]:
    """Those under checkpoints of these sizes (None: without end); smallest first."""
    cursor = await connection(tx).execute(
        """SELECT size, witness, line, signed_at, kept_at FROM app.audit_cosignatures
           WHERE size >= %s AND size <= coalesce(%s, size) ORDER BY size, witness""",
        (at_least, at_most),
    )
    return [KeptCosignature(**row) for row in await cursor.fetchall()]


async def note_reply(tx: Transaction, reply: WitnessReply) -> None:
    await connection(tx).execute(
        """INSERT INTO app.audit_witness_replies (witness, outcome, detail, size, at) VALUES (%s, %s, %s, %s, %s)
           ON CONFLICT (tenant, witness) DO UPDATE
           SET outcome = excluded.outcome, detail = excluded.detail, size = excluded.size, at = excluded.at""",
        (reply.witness, reply.outcome, reply.detail, reply.size, reply.at),
    )


async def replies(tx: Transaction) -> list[WitnessReply]:
    cursor = await connection(tx).execute(
        "SELECT witness, outcome, detail, size, at FROM app.audit_witness_replies ORDER BY witness"
    )
    return [WitnessReply(**row) for row in await cursor.fetchall()]


@dataclass(frozen=True, slots=True)
class Standing:
    """How far sealing and cosigning are. `slowest_cosigning_s`: of the last hundred checkpoints, from signing to
    keeping the cosignature."""

    sealed_size: int
    sealed_at: datetime | None
    cosigned_size: int
    cosigned_at: datetime | None
    waiting: int
    waiting_since: datetime | None
    uncosigned_since: datetime | None
    slowest_cosigning_s: float
    replies: tuple[WitnessReply, ...]


async def standing(tx: Transaction, witnesses: Sequence[str]) -> Standing:
    """From the ends of the tables, whatever their size."""
    cursor = await connection(tx).execute(
        """WITH cosigned AS (
               SELECT size, max(signed_at) AS signed_at, min(kept_at) AS kept_at FROM app.audit_cosignatures
               WHERE witness = ANY(%s) GROUP BY size ORDER BY size DESC LIMIT 100),
           last AS (SELECT size, at FROM app.audit_checkpoints ORDER BY size DESC LIMIT 1)
           SELECT (SELECT size FROM last) AS sealed_size, (SELECT at FROM last) AS sealed_at,
                  (SELECT max(size) FROM cosigned) AS cosigned_size,
                  (SELECT signed_at FROM cosigned ORDER BY size DESC LIMIT 1) AS cosigned_at,
                  (SELECT count(*) FROM app.audit_waiting) AS waiting,
                  (SELECT min(since) FROM app.audit_waiting) AS waiting_since,
                  (SELECT at FROM app.audit_checkpoints
                   WHERE size > coalesce((SELECT max(size) FROM cosigned), 0) ORDER BY size LIMIT 1)
                      AS uncosigned_since,
                  (SELECT max(extract(epoch FROM c.kept_at - p.at)) FROM cosigned c
                   JOIN app.audit_checkpoints p ON p.size = c.size) AS slowest""",
        (list(witnesses),),
    )
    row = await cursor.fetchone()
    assert row is not None  # an aggregate always has one
    return Standing(
        sealed_size=int(row["sealed_size"] or 0),
        sealed_at=row["sealed_at"],
        cosigned_size=int(row["cosigned_size"] or 0),
        cosigned_at=row["cosigned_at"],
        waiting=int(row["waiting"]),
        waiting_since=row["waiting_since"],
        uncosigned_since=row["uncosigned_since"],
        slowest_cosigning_s=float(row["slowest"] or 0.0),
        replies=tuple(await replies(tx)),
    )
