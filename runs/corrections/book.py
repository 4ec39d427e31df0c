"""What a person wrote in the place of a checked field: theirs, beside what was checked, and never checked itself."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from core.crypto import DataKey
from core.database import Transaction
from core.errors import Conflict
from runs.corrections import store
from runs.sealing import correction_context

MOST: Final = 300
"""Corrections of one answer: sixty fields, each changed five times."""


@dataclass(frozen=True, slots=True)
class Correction:
    """One change of one field. The latest of a field counts; none is ever taken back or overwritten."""

    id: UUID
    person: str
    field: str
    text: str
    at: datetime


async def keep(tx: Transaction, key: DataKey, run_id: UUID, correction: Correction) -> None:
    """Keep it under the conversation's key. Raises `Conflict` beyond `MOST`."""
    if await store.count(tx, run_id) >= MOST:
        raise Conflict("This form was changed too often. Ask for it anew.")
    context = correction_context(tx.principal.tenant, run_id, correction.id)
    sealed = key.seal(correction.text.encode(), context)
    await store.insert(tx, correction.id, run_id, correction.person, correction.field, sealed, correction.at)


async def of_run(tx: Transaction, key: DataKey, run_id: UUID) -> list[Correction]:
    """Oldest first. Raises `SealBroken` for one that was altered."""
    return [_opened(tx.principal.tenant, key, run_id, row) for row in await store.of_run(tx, run_id)]


async def of_thread(tx: Transaction, key: DataKey, thread_id: UUID) -> dict[UUID, list[Correction]]:
    """By run, oldest first."""
    found: dict[UUID, list[Correction]] = {}
    for row in await store.of_thread(tx, thread_id):
        found.setdefault(row["run_id"], []).append(_opened(tx.principal.tenant, key, row["run_id"], row))
    return found


def _opened(tenant: str, key: DataKey, run_id: UUID, row: Mapping[str, Any]) -> Correction:
    text = key.open(bytes(row["sealed"]), correction_context(tenant, run_id, row["id"])).decode()
    return Correction(row["id"], row["person_id"], row["field"], text, row["at"])
