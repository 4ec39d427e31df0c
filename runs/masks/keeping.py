"""Keep what a conversation's placeholders stand for, sealed under its key, and open it again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

import orjson

from core.crypto import DataKey
from core.database import Transaction
from runs.masks import store
from runs.sealing import mask_context


@dataclass(frozen=True, slots=True)
class KeptValue:
    """What one placeholder stands for, in one of its spellings."""

    placeholder: str
    kind: str
    value: str = field(repr=False)


async def keep(
    tx: Transaction, key: DataKey, thread_id: UUID, run_id: UUID, values: Sequence[KeptValue], *, after: int
) -> None:
    """Keep values that follow the `after` first of a conversation. `tx` is the system's."""
    sealed: list[tuple[int, bytes]] = []
    for ordinal, each in enumerate(values, start=after + 1):
        text = orjson.dumps([each.placeholder, each.kind, each.value])
        sealed.append((ordinal, key.seal(text, mask_context(tx.principal.tenant, thread_id, ordinal))))
    if sealed:
        await store.insert(tx, thread_id, run_id, sealed)


async def kept(tx: Transaction, key: DataKey, thread_id: UUID) -> tuple[KeptValue, ...]:
    """All of a conversation's, in the order in which they were met. `tx` is the system's. Raises `SealBroken`."""
    return (await kept_of(tx, {thread_id: key})).get(thread_id, ())


async def kept_of(tx: Transaction, keys: Mapping[UUID, DataKey]) -> dict[UUID, tuple[KeptValue, ...]]:
    """As `kept`, of several conversations, by their keys; those that have hidden nothing are left out."""
    tenant = tx.principal.tenant
    found: dict[UUID, tuple[KeptValue, ...]] = {}
    for row in await store.of_threads(tx, sorted(keys)):
        thread_id = row["thread_id"]
        context = mask_context(tenant, thread_id, row["ordinal"])
        placeholder, kind, value = orjson.loads(keys[thread_id].open(bytes(row["sealed"]), context))
        found[thread_id] = (*found.get(thread_id, ()), KeptValue(placeholder, kind, value))
    return found
