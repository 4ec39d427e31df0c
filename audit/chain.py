"""The hash chain of a stream: each record's hash covers the record and the hash before it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from audit.records import Entry, Record
from core.canonical import digest

GENESIS = "0" * 64
"""What the first record of every stream has as the hash before it."""


LOG_STREAM = "log"
"""Where a fault is told of the tenant's Merkle log itself and no single record can be named; its number is a size."""


@dataclass(frozen=True, slots=True)
class Head:
    """The last record of a stream: its number (0 where there is none) and hash."""

    seq: int = 0
    hash: str = GENESIS


@dataclass(frozen=True, slots=True)
class Fault:
    """The first place in a stream where the record doesn't hold."""

    tenant: str
    stream: str
    seq: int
    reason: str


def link(head: Head, entry: Entry, *, tenant: str, stream: str, actor: str, at: datetime) -> Record:
    """The record of an entry after `head`."""
    unhashed = Record(
        tenant=tenant,
        stream=stream,
        seq=head.seq + 1,
        kind=entry.kind.value,
        at=at,
        actor=actor,
        run_id=entry.run_id,
        step=entry.step,
        body=entry.body,
        prev_hash=head.hash,
        hash="",
    )
    return replace(unhashed, hash=digest(unhashed.hashed_fields()))


def faults(records: Iterable[Record]) -> Iterator[Fault]:
    """Where the streams break; records come ordered by stream and number. One fault a stream, the first."""
    stream: str | None = None
    head = Head()
    broken = False
    for record in records:
        if record.stream != stream:
            stream, head, broken = record.stream, Head(), False
        if broken:
            continue
        reason = _fault(head, record)
        if reason is not None:
            broken = True
            yield Fault(record.tenant, record.stream, record.seq, reason)
        head = Head(record.seq, record.hash)


def _fault(head: Head, record: Record) -> str | None:
    if record.seq != head.seq + 1:
        return f"record {head.seq + 1} is missing before record {record.seq}"
    if record.prev_hash != head.hash:
        return "it does not follow from the record before it"
    if record.hash != digest(record.hashed_fields()):
        return "its content does not match its hash"
    return None
