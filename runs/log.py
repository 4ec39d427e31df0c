"""The event log of a run: append a step's events in the caller's transaction, read them, follow them live."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from core.crypto import DataKey
from core.database import Database, Transaction
from core.principal import Principal
from runs import store
from runs.event_log import store as event_store
from runs.events import Event, event_data
from runs.feed import WakeUp
from runs.models import StoredEvent
from runs.sealing import event_context

READ_LIMIT = 500
"""Events read at once; a turn has far fewer."""

POLL_S = 5.0
"""A tail looks again after this long even if no wake-up came: a lost notification costs seconds, never an event."""

Subscribe = Callable[[UUID], AbstractAsyncContextManager[WakeUp]]
"""Opens a subscription to a run's wake-ups: the event is set whenever something was appended."""


async def append(
    tx: Transaction, key: DataKey, run_id: UUID, step: str, events: Sequence[Event], at: datetime
) -> list[int]:
    """Keep a step's events; returns their sequence numbers, or [] when this step had been kept before.

    A step is unique within its run, so a node that runs again after a crash shows nothing twice.
    """
    sealed = _sealed(tx.principal.tenant, key, run_id, step, events, at)
    return await event_store.append_events(tx, run_id, step, [event.event for event in events], sealed, at)


async def keep_step(
    tx: Transaction,
    key: DataKey,
    run_id: UUID,
    step: str,
    events: Sequence[Event],
    at: datetime,
    taken: event_store.Inputs,
) -> None:
    """As `append`, also of no event, with what the execution took from outside to come there."""
    sealed = _sealed(tx.principal.tenant, key, run_id, step, events, at)
    await event_store.keep_step(tx, run_id, step, [event.event for event in events], sealed, at, taken)


def _sealed(tenant: str, key: DataKey, run_id: UUID, step: str, events: Sequence[Event], at: datetime) -> list[bytes]:
    return [
        key.seal(
            orjson.dumps(event_data(event, run_id=run_id, at=at)),
            event_context(tenant, run_id, step, ordinal),
        )
        for ordinal, event in enumerate(events, start=1)
    ]


async def read(tx: Transaction, key: DataKey, run_id: UUID, *, after: int = 0) -> list[StoredEvent]:
    """The events after a sequence number, in order. The caller has checked that the run is this principal's."""
    rows = await event_store.events(tx, run_id, after, READ_LIMIT)
    entries = [_entry(tx.principal.tenant, key, run_id, row) for row in rows]
    return [StoredEvent(entry.seq, entry.kind, orjson.loads(entry.data)) for entry in entries]


@dataclass(frozen=True, slots=True)
class Entry:
    """An event as it is kept: `data` is its JSON."""

    seq: int
    kind: str
    data: bytes


def _entry(tenant: str, key: DataKey, run_id: UUID, row: Mapping[str, Any]) -> Entry:
    context = event_context(tenant, run_id, row["step"], row["ordinal"])
    return Entry(row["seq"], row["kind"], key.open(bytes(row["sealed"]), context))


async def read_by_step(tx: Transaction, key: DataKey, run_id: UUID) -> dict[str, list[tuple[str, bytes]]]:
    """Kind and JSON of every event of a run, byte for byte as they were kept, by the step that kept them."""
    tenant = tx.principal.tenant
    found: dict[str, list[tuple[str, bytes]]] = {}
    for row in await event_store.events(tx, run_id, 0, READ_LIMIT):
        context = event_context(tenant, run_id, row["step"], row["ordinal"])
        found.setdefault(row["step"], []).append((row["kind"], key.open(bytes(row["sealed"]), context)))
    return found


async def tail(
    database: Database,
    principal: Principal,
    subscribe: Subscribe,
    key: DataKey,
    run_id: UUID,
    *,
    after: int = 0,
    leaving: Callable[[], bool] = lambda: False,
) -> AsyncGenerator[list[Entry]]:
    """Every event of a run after a sequence number, as it is committed, those together that are; ends after
    `run.finished`, and soon where a finished run has nothing after that number.

    With the wake-up after which `leaving` says so, it ends sooner: after what has been committed until then.
    """
    finished = False
    async with subscribe(run_id) as woken:
        while True:
            woken.clear()
            rows = await event_store.look_at_events(database, principal, run_id, after, READ_LIMIT)
            entries = [_entry(principal.tenant, key, run_id, row) for row in rows]
            if entries:
                after = woken.seen = entries[-1].seq
                yield entries
                if entries[-1].kind == "run.finished":
                    return
            if len(entries) == READ_LIMIT:
                continue  # there may be more; what came meanwhile has set `woken` again
            if finished or leaving():
                return
            try:
                async with asyncio.timeout(POLL_S):
                    await woken.wait()
            except TimeoutError:
                async with database.transaction(principal) as tx:
                    finished = await store.is_finished(tx, run_id)
