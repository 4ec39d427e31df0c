"""Check every chain of a tenant against its records."""

from dataclasses import dataclass

from audit import store
from audit.chain import Fault, faults
from core.database import Database
from core.principal import Principal


@dataclass(frozen=True, slots=True)
class Verification:
    """What a walk over a tenant's ledger found."""

    tenant: str
    streams: int
    records: int
    faults: tuple[Fault, ...]


async def verify(database: Database, tenant: str) -> Verification:
    """Recompute every hash and link of the tenant's streams."""
    async with database.transaction(Principal.system(tenant)) as tx:
        records = [record async for record in store.records(tx)]
    return Verification(
        tenant=tenant,
        streams=len({record.stream for record in records}),
        records=len(records),
        faults=tuple(faults(records)),
    )
