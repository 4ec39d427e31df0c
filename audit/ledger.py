"""Append to the ledger in the transaction of the effect: when the record can't be written, nothing changes."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from audit import store
from audit.chain import Head, link
from audit.records import Entry, Record
from core.database import Transaction

NEW_STREAM = Head()


async def append(
    tx: Transaction, stream: str, entries: Sequence[Entry], *, actor: str, at: datetime, after: Head = NEW_STREAM
) -> list[Record]:
    """Link entries to the stream's end. An entry whose step the stream holds already is left out, so that a node
    that runs again records nothing twice.

    `at` is stored with microseconds, UTC; `actor` is a person id or the system's. `after`: where the stream is likely
    to end; a wrong guess costs a second look.
    """
    linked = _linked(tx, stream, entries, actor, at, after)
    if not linked:
        return []
    found = await store.add(tx, linked)
    if found is None:
        return linked
    end, kept = found
    linked = _linked(tx, stream, (entry for entry in entries if entry.step not in kept), actor, at, end)
    if linked and await store.add(tx, linked) is not None:
        raise RuntimeError("the end of a stream moved although it was locked")
    return linked


def _linked(
    tx: Transaction, stream: str, entries: Iterable[Entry], actor: str, at: datetime, head: Head
) -> list[Record]:
    records: list[Record] = []
    for entry in entries:
        record = link(head, entry, tenant=tx.principal.tenant, stream=stream, actor=actor, at=at)
        head = Head(record.seq, record.hash)
        records.append(record)
    return records
