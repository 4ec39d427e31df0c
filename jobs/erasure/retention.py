"""Retention: erase what is older than the bank keeps it."""

from datetime import datetime, timedelta
from uuid import UUID

from core.database import Database
from core.errors import Conflict
from core.principal import Principal
from jobs.erasure import store
from jobs.erasure.erasing import erase
from jobs.erasure.models import Erased, ErasureReason, Retained


async def find_due(database: Database, tenant: str, *, days: int, now: datetime) -> Retained:
    """What would be erased: conversations with nothing under way whose last run ended more than `days` days ago."""
    async with database.transaction(Principal.system(tenant)) as tx:
        return Retained(tuple(await store.due(tx, now - timedelta(days=days))))


async def retain(database: Database, tenant: str, *, days: int, actor: str, now: datetime) -> Retained:
    """Erase what is due, each conversation in a transaction of its own: what breaks off is taken up by the next run.

    Checkpoints that were left by runs which ended are deleted too.
    """
    before = now - timedelta(days=days)
    due = (await find_due(database, tenant, days=days, now=now)).due
    erased: list[Erased] = []
    busy: list[UUID] = []
    for thread_id in due:
        done = await _erase_if_due(database, tenant, thread_id, before, actor, now)
        if done is None:
            busy.append(thread_id)
        else:
            erased.append(done)
    async with database.transaction(Principal.system(tenant)) as tx:
        await store.sweep_checkpoints(tx)
    return Retained(due, tuple(erased), tuple(busy))


async def _erase_if_due(
    database: Database, tenant: str, thread_id: UUID, before: datetime, actor: str, now: datetime
) -> Erased | None:
    """None where somebody went on with it meanwhile."""
    async with database.transaction(Principal.system(tenant)) as tx:
        await store.hold_key(tx, thread_id)
        if not await store.is_due(tx, thread_id, before):
            return None
        try:
            return await erase(tx, thread_id, actor=actor, reason=ErasureReason.RETENTION, now=now)
        except Conflict:
            return None
