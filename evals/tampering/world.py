"""A ledger worth attacking, made by the product's own code: two banks, records of many kinds, sealed and cosigned."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, Final
from uuid import UUID

import httpx

from audit import ledger as audit_ledger
from audit.notes import LogKey, Note, Verifier
from audit.records import DOCUMENTS_STREAM, SIGN_INS_STREAM, Entry, RecordKind, thread_stream
from audit.sealing import log_name, seal_all
from audit.trust import Trust
from audit.verify import Verification, verify
from audit.witness_client import Witness, WitnessClient
from core.clock import SystemClock
from core.database import Database
from core.principal import Principal
from evals.errors import ServiceError
from evals.tampering.ledger import Ledger
from evals.tampering.store import Superuser

LOG_BASE: Final = "evals.example"
STAGES: Final = (4, 6)
PEOPLE: Final = ("anna", "omar", "sam", "system")


def log_key(tenant: str, seed: int) -> LogKey:
    seeded = Random(f"log key {seed}")  # noqa: S311 -- a campaign is drawn by its seed, keys too
    return LogKey(log_name(LOG_BASE, tenant), seeded.randbytes(32))


@dataclass(frozen=True, slots=True)
class Ground:
    """Where it happens: the database, two ways into it, and the witness."""

    database: Database
    superuser: Superuser
    client: WitnessClient
    witness: Verifier


@dataclass(frozen=True, slots=True)
class World:
    """Two tenants' ledgers: as they are, and the first's as it was before. `seen`: what the witness cosigned last."""

    ground: Ground
    key: LogKey
    mine: Ledger
    before: Ledger
    theirs: Ledger
    seen: Note
    false_alarms: int

    async def verify(self) -> Verification:
        trust = Trust(self.key.verifier, (self.ground.witness,), (self.seen,))
        return await verify(self.ground.database, self.mine.tenant, trust)

    def put_back(self) -> None:
        """As it was before an attack."""
        for whole in (self.mine, self.theirs):
            self.ground.superuser.write(whole)


async def build(ground: Ground, number: int, seed: int) -> World:
    """Several times: append, seal, cosign, and check that nothing is wrong. The last are sealed only, or wait."""
    random = Random(f"world {seed}/{number}")  # noqa: S311 -- drawn by seed
    tenants = (f"harbour-{number}", f"vale-{number}")
    ground.superuser.empty()
    stages, alarms, before = random.randint(*STAGES), 0, Ledger(tenants[0])
    kept = random.randrange(1, stages - 1)
    streams = {tenant: _streams(random) for tenant in tenants}
    for stage in range(stages + 1):
        for tenant in tenants:
            await _append(ground.database, tenant, streams[tenant], random)
            await seal_all(ground.database, tenant, log_key(tenant, seed), datetime.now(UTC))
            if stage < stages:
                await ground.client.cosign(ground.database, tenant)
        alarms += bool((await verify(ground.database, tenants[0], Trust(log_key(tenants[0], seed).verifier))).faults)
        if stage == kept:
            before = ground.superuser.read(tenants[0])
    for tenant in tenants:
        await _append(ground.database, tenant, streams[tenant], random)
    key = log_key(tenants[0], seed)
    seen = await ground.client.last_seen(key.verifier.name)
    if seen is None:
        raise ServiceError("The witness cosigned nothing.")
    mine, theirs = (ground.superuser.read(tenant) for tenant in tenants)
    return World(ground, key, mine, before, theirs, seen, alarms)


def _streams(random: Random) -> list[str]:
    threads = [thread_stream(UUID(int=random.getrandbits(128))) for _ in range(random.randint(2, 5))]
    return [*threads, DOCUMENTS_STREAM, SIGN_INS_STREAM]


async def _append(database: Database, tenant: str, streams: list[str], random: Random) -> None:
    for stream in random.sample(streams, random.randint(2, len(streams))):
        entries = [_entry(random) for _ in range(random.randint(1, 5))]
        async with database.transaction(Principal.system(tenant)) as tx:
            await audit_ledger.append(tx, stream, entries, actor=random.choice(PEOPLE), at=_moment(random))


def _entry(random: Random) -> Entry:
    body: dict[str, Any] = {
        "code": random.choice(("ok", "weak_evidence", "limit")),
        "count": random.randrange(10),
        "passages": [{"chunk": str(UUID(int=random.getrandbits(128))), "score": f"{random.random():.6f}"}],
    }
    run = UUID(int=random.getrandbits(128)) if random.random() < 0.8 else None
    return Entry(random.choice(list(RecordKind)), f"{random.getrandbits(64):x}", body, run)


def _moment(random: Random) -> datetime:
    return datetime(2026, 3, 3, tzinfo=UTC) + timedelta(microseconds=random.randrange(10**12))


@asynccontextmanager
async def grounds(url: str, superuser: Superuser, witness_url: str, verifier: str) -> AsyncGenerator[Ground]:
    """`verifier`: the witness's key."""
    database = await Database(url, min_size=2, max_size=4).open()
    try:
        async with httpx.AsyncClient(trust_env=False) as http:
            key = Verifier.parse(verifier)
            yield Ground(database, superuser, WitnessClient(http, Witness(witness_url, (key,)), SystemClock()), key)
    finally:
        await database.close()
