"""Append to the ledger in the transaction of the effect: when the record can't be written, nothing changes."""

from collections.abc import Sequence
from datetime import datetime

from audit import store
from audit.chain import link
from audit.records import Entry, Record
from core.database import Transaction


async def append(tx: Transaction, stream: str, entries: Sequence[Entry], *, actor: str, at: datetime) -> list[Record]:
    """Link entries to the stream's end. An entry whose step the stream holds already is left out, so that a node
    that runs again records nothing twice.

    `at` is stored with microseconds, UTC; `actor` is a person id or the system's.
    """
    head, kept = await store.lock_head(tx, stream, [entry.step for entry in entries])
    linked: list[Record] = []
    for entry in entries:
        if entry.step in kept:
            continue
        record = link(head, entry, tenant=tx.principal.tenant, stream=stream, actor=actor, at=at)
        head = type(head)(record.seq, record.hash)
        linked.append(record)
    if linked:
        await store.insert(tx, linked)
    return linked
