"""Keep what a conversation's placeholders stand for, sealed under its key, and open it again."""

from collections.abc import Sequence
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
    tenant = tx.principal.tenant
    rows = await store.of_thread(tx, thread_id)
    opened = [
        orjson.loads(key.open(bytes(row["sealed"]), mask_context(tenant, thread_id, row["ordinal"]))) for row in rows
    ]
    return tuple([KeptValue(placeholder, kind, value) for placeholder, kind, value in opened])
