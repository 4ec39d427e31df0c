"""Check a tenant's whole ledger: chains, leaves, roots, signatures, and what a witness has seen of it."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from audit.chain import LOG_STREAM, Fault
from audit.tree import store as tree
from audit.trust import Papers, Trust
from audit.walk import store
from audit.walk.leaves import LeafWalk
from audit.walk.parts import BATCH, walk_records
from audit.walk.records import Found
from core.database import Database, Transaction
from core.principal import Principal

MOST_FAULTS = 100
"""Removed records that are named; one is enough to know."""

NOTHING_TRUSTED = Trust()


@dataclass(frozen=True, slots=True)
class Verification:
    """What a walk over a tenant's ledger found. `cosigned`: how many records, from the first, a witness vouches for."""

    tenant: str
    streams: int
    records: int
    faults: tuple[Fault, ...]
    sealed: int = 0
    checkpoints: int = 0
    cosigned: int = 0


async def verify(
    database: Database,
    tenant: str,
    trust: Trust = NOTHING_TRUSTED,
    *,
    progress: Callable[[int], None] = lambda _records: None,
) -> Verification:
    """Recompute every hash, link and root of the tenant, and hold them against signatures. Records may be appended and
    sealed meanwhile."""
    principal = Principal.system(tenant)
    papers = await read_papers(database, tenant, trust)
    leaves = LeafWalk(tenant, papers.sizes)
    async with database.transaction(principal) as tx, database.transaction(principal) as other:
        records, _ = await asyncio.gather(
            walk_records(database, tx, papers.size, progress), _walk_leaves(other, leaves, papers.size)
        )
        return await conclude(tx, papers, records, leaves)


async def read_papers(database: Database, tenant: str, trust: Trust, *, last: int | None = None) -> Papers:
    """How large the log is now, and what was signed of it: all, or the last so many checkpoints, whose roots cover all
    before them. What is sealed after this is not asked for."""
    async with database.transaction(Principal.system(tenant)) as tx:
        await tree.lock(tx)  # so that the three fit together
        size, checkpoints = await tree.size(tx), await tree.checkpoints(tx, last)
        first = checkpoints[0].size if last is not None and checkpoints else 0
        cosignatures = await tree.cosignatures(tx, first)
    return await asyncio.to_thread(Papers.read, tenant, trust, size, checkpoints, cosignatures)


async def conclude(tx: Transaction, papers: Papers, records: Found, leaves: LeafWalk) -> Verification:
    """What both walks and the papers say together."""
    tenant, size = papers.tenant, papers.size
    gone = [] if records.sealed == size else await store.leaves_without_record(tx, MOST_FAULTS)
    removed = [
        Fault(tenant, leaf.stream, leaf.seq, f"it was sealed at position {leaf.position} and is gone")
        for leaf in gone
        if leaf.position < size
    ]
    of_log = [*leaves.faults, *papers.compare(leaves.roots)]
    if records.sealed != size and not removed:
        of_log.append(Fault(tenant, LOG_STREAM, size, f"{size} positions were given to {records.sealed} records"))
    return Verification(
        tenant=tenant,
        streams=records.streams,
        records=records.records,
        faults=(*_first_of_each_stream([*records.faults, *removed]), *of_log),
        sealed=records.sealed,
        checkpoints=papers.checkpoints,
        cosigned=papers.cosigned,
    )


async def _walk_leaves(tx: Transaction, walk: LeafWalk, size: int) -> None:
    """Those that were there at the beginning."""
    while not walk.faults and (rows := await store.leaves(tx, walk.size - 1, min(BATCH, size - walk.size))):
        await asyncio.to_thread(walk.take, rows)


def _first_of_each_stream(faults: list[Fault]) -> list[Fault]:
    first: dict[str, Fault] = {}
    for fault in sorted(faults, key=lambda fault: (fault.stream, fault.seq)):
        first.setdefault(fault.stream, fault)
    return list(first.values())
