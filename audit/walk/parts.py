"""The walk over records, in one process or, for a large ledger, in several: hashing is all it does, on every core."""

import asyncio
import os
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from multiprocessing import get_context

from audit.walk import store
from audit.walk.records import Found, RecordWalk
from audit.walk.store import BEGINNING, Place
from core.database import Database, Transaction
from core.principal import Principal

BATCH = 20_000
"""Records in memory at once: some 30 MB."""

LARGE = 200_000
"""Records from which starting a second process (half a second) pays."""


@dataclass(frozen=True, slots=True)
class Part:
    """Records after one place, up to and with another (None: the end)."""

    tenant: str
    sealed_below: int
    after: Place = BEGINNING
    last: Place | None = None


Progress = Callable[[int], None]


async def walk_records(database: Database, tx: Transaction, sealed_below: int, progress: Progress) -> Found:
    """Every record of the transaction's tenant."""
    tenant, parts = tx.principal.tenant, min(os.cpu_count() or 1, 4)
    if sealed_below < LARGE or parts == 1:
        return await walk_part(tx, Part(tenant, sealed_below), progress)
    bounds = [BEGINNING, *[await store.last_of_part(tx, part, parts) for part in range(1, parts)], None]
    loop = asyncio.get_running_loop()
    with ProcessPoolExecutor(parts, mp_context=get_context("spawn")) as processes:
        walks = [
            loop.run_in_executor(processes, _walk_apart, database.url, Part(tenant, sealed_below, after, last))
            for after, last in pairwise(bounds)
            if after is not None and after != last
        ]
        return _together(await asyncio.gather(*walks), progress)


def _together(parts: list[Found], progress: Progress) -> Found:
    whole = Found()
    for part in parts:
        whole.streams += part.streams
        whole.records += part.records
        whole.sealed += part.sealed
        whole.faults.extend(part.faults)
    progress(whole.records)
    return whole


def _walk_apart(url: str, part: Part) -> Found:
    """In a process of its own, over a connection of its own."""

    async def walk() -> Found:
        database = await Database(url, min_size=1, max_size=1).open()
        try:
            async with database.transaction(Principal.system(part.tenant)) as tx:
                return await walk_part(tx, part)
        finally:
            await database.close()

    return asyncio.run(walk())


async def walk_part(tx: Transaction, part: Part, progress: Progress = lambda _records: None) -> Found:
    """One batch is checked in a thread while the next is read."""
    walk = RecordWalk(part.tenant, part.sealed_below)
    await store.by_index(tx)
    batch = await store.stretch(tx, part.after, BATCH, part.last)
    while batch.records:
        reading = asyncio.create_task(store.stretch(tx, batch.records[-1][:2], BATCH, part.last))
        await asyncio.to_thread(walk.take, batch)
        progress(walk.found.records)
        batch = await reading
    return walk.found
