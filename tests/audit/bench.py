"""A ledger to be sealed, cosigned and attacked: records by tenant and stream, a log's key, a witness here."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import httpx

from audit import ledger, sealing
from audit.notes import LogKey, Verifier
from audit.records import Entry, Record, RecordKind
from audit.sealing import Sealing
from audit.trust import Trust
from audit.verify import Verification, verify
from audit.witness_client import Witness, WitnessClient
from core.clock import FixedClock
from core.database import Database
from core.principal import Principal
from witness.app import create_app
from witness.memory import open_witness
from witness.notes import LogKey as KnownLog
from witness.service import Witness as WitnessService

NOW = datetime(2026, 3, 3, 9, 30, 15, 123456, tzinfo=UTC)
SEED = bytes(range(32))
TENANTS = ("harbour", "vale", "lone")


def key(tenant: str = "harbour", seed: bytes = SEED) -> LogKey:
    return LogKey(sealing.log_name("bank.example", tenant), seed)


async def append(database: Database, stream: str, count: int = 1, *, tenant: str = "harbour") -> list[Record]:
    """`count` more records of a stream."""
    async with database.transaction(Principal.system(tenant)) as tx:
        entries = [
            Entry(RecordKind.CLAIM_RELEASED, f"{uuid4()}", {"n": number, "code": "ok"}) for number in range(count)
        ]
        return await ledger.append(tx, stream, entries, actor="anna", at=NOW + timedelta(seconds=count))


async def seal(database: Database, *, tenant: str = "harbour") -> Sealing:
    return await sealing.seal_all(database, tenant, key(tenant), NOW)


async def check(database: Database, *, tenant: str = "harbour", trust: Trust | None = None) -> Verification:
    return await verify(database, tenant, Trust(key(tenant).verifier) if trust is None else trust)


def told(verification: Verification) -> list[tuple[str, int, str]]:
    return [(fault.stream, fault.seq, fault.reason) for fault in verification.faults]


@asynccontextmanager
async def witnessed(folder: Path) -> AsyncGenerator[tuple[WitnessClient, Verifier]]:
    """A witness over a folder, told of every tenant's log, its client and its key."""
    witness_key, memory = open_witness(folder, "witness.example/w")
    logs = {key(tenant).verifier.name: KnownLog.read(str(key(tenant).verifier)) for tenant in TENANTS}
    app = create_app(WitnessService(witness_key, memory, logs, NOW.timestamp))
    verifier = Verifier.parse(witness_key.verifier)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app)) as http:
        yield WitnessClient(http, Witness("http://witness.example", (verifier,)), FixedClock(NOW)), verifier
    memory.close()
