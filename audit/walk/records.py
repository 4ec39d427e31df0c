"""A walk over records: does each follow from the one before, is its content what was hashed, is its leaf its own."""

import hashlib
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID

import orjson

from audit.chain import GENESIS, Fault
from audit.merkle import leaf_hash
from audit.records import Record
from audit.walk.store import Place, RecordRow, Stretch
from core.canonical import NotCanonical, digest

_MICROSECONDS = len("2026-03-03 09:30:15.123456")


@dataclass(slots=True)
class Found:
    """What a walk found. `sealed`: how many records have one of the positions that it asked for. One fault a stream."""

    streams: int = 0
    records: int = 0
    sealed: int = 0
    faults: list[Fault] = field(default_factory=list[Fault])


@dataclass(slots=True)
class RecordWalk:
    """Takes a tenant's records in the order of stream and number, batch by batch.

    Those with a position below `sealed_below` are counted as sealed.
    """

    tenant: str
    sealed_below: int
    found: Found = field(default_factory=Found)
    _stream: str = ""
    _seq: int = 0
    _hash: str = GENESIS
    _unsealed: int = 0
    """The first record of the stream without a position in this stretch; 0: none so far."""
    _broken: bool = False

    @property
    def place(self) -> Place:
        """The last record that was taken."""
        return self._stream, self._seq

    def take(self, stretch: Stretch) -> None:
        """The next records. The one hot loop: a million of them pass here in seconds."""
        self._unsealed = 0  # what waited when the last stretch was read may have been sealed since
        sha256, dumps, loads, in_order = hashlib.sha256, orjson.dumps, orjson.loads, orjson.OPT_SORT_KEYS
        tenant, below, leaves, nowhere = self.tenant, self.sealed_below, stretch.leaves, (None, None)
        whole = self.found
        for row in stretch.records:
            stream, seq, kind, at, actor, run_id, step, body, prev_hash, kept_hash = row
            position, leaf = leaves.get((stream, seq), nowhere)
            whole.records += 1
            if position is not None and position < below:
                whole.sealed += 1
            if stream != self._stream:
                self._enter(stream)
            try:
                found = sha256(
                    dumps(
                        {
                            "actor": actor,
                            "at": f"{at[:10]}T{at[11:]}+00:00" if len(at) == _MICROSECONDS else _moment(at),
                            "body": loads(body),
                            "kind": kind,
                            "prev_hash": prev_hash,
                            "run_id": run_id,
                            "seq": seq,
                            "step": step,
                            "stream": stream,
                            "tenant": tenant,
                        },
                        option=in_order,
                    )
                ).hexdigest()
            except (ValueError, TypeError):  # a value that this way can't read: the slow one says whether it is wrong
                found = ""
            if (
                found != kept_hash
                or prev_hash != self._hash
                or seq != self._seq + 1
                or leaf is None
                or self._unsealed
                or leaf != sha256(b"\x00" + bytes.fromhex(found)).digest()
            ) and not self._broken:
                self._look_closer(RecordRow(*row), stretch)
            self._seq, self._hash = seq, kept_hash

    def _enter(self, stream: str) -> None:
        self.found.streams += 1
        self._stream, self._seq, self._hash, self._unsealed, self._broken = stream, 0, GENESIS, 0, False

    def _look_closer(self, row: RecordRow, stretch: Stretch) -> None:
        """Whatever the hot loop does not take for whole at once: a record that waits, a fraction in a body, a fault."""
        seq, reason = row.seq, self._reason(row, stretch)
        if reason is None and (row.stream, row.seq) not in stretch.leaves:
            self._unsealed = self._unsealed or row.seq
        elif reason is None and self._unsealed:
            seq, reason = self._unsealed, "it has no position in the log, and a record after it has one"
        if reason is not None:
            self._broken = True
            self.found.faults.append(Fault(self.tenant, row.stream, seq, reason))

    def _reason(self, row: RecordRow, stretch: Stretch) -> str | None:
        if row.seq != self._seq + 1:
            return f"record {self._seq + 1} is missing before record {row.seq}"
        if row.prev_hash != self._hash:
            return "it does not follow from the record before it"
        if not _is_whole(row, self.tenant):
            return "its content does not match its hash"
        place = (row.stream, row.seq)
        if place not in stretch.leaves:
            return None if place in stretch.waiting else "it was never given a position in the log"
        position, leaf = stretch.leaves[place]
        if leaf != leaf_hash(bytes.fromhex(row.hash)):
            return f"it is not the record that was sealed at position {position}"
        return None


def _is_whole(row: RecordRow, tenant: str) -> bool:
    """As `audit.chain` hashes it, without a shortcut."""
    try:
        record = Record(
            tenant=tenant,
            stream=row.stream,
            seq=row.seq,
            kind=row.kind,
            at=datetime.fromisoformat(row.at).replace(tzinfo=UTC),
            actor=row.actor,
            run_id=None if row.run_id is None else UUID(row.run_id),
            step=row.step,
            body=json.loads(row.body),
            prev_hash=row.prev_hash,
            hash=row.hash,
        )
        return digest(record.hashed_fields()) == row.hash
    except (ValueError, TypeError, NotCanonical):  # a time, a number or a body that no record ever had
        return False


def _moment(at: str) -> str:
    """ISO 8601 with microseconds of a time that the database writes shorter. Raises `ValueError`."""
    return datetime.fromisoformat(at).replace(tzinfo=UTC).isoformat(timespec="microseconds")
