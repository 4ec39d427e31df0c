"""How the audit's proofs are made in this process, from what the composition root holds."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from uuid import UUID

import httpx

from api.auditing.proofs import Policy, Provers
from audit.integrity import LedgerWatch
from audit.notes import Verifier
from audit.pack import Parties, export
from audit.sealing import tenant_key
from audit.witness_client import Witness, WitnessClient
from core.clock import Clock
from core.crypto import Keyring
from core.database import Database
from core.settings import Settings
from graph.execute import TurnRunner
from graph.replay import Replay, replay, under_today
from jobs.assembly import Parts
from jobs.queue import Queue


@dataclass(slots=True)
class Replayer:
    """Replays runs with an executor of its own, which is made with the first replay."""

    parts: Parts
    database: Database
    keyring: Keyring
    clock: Clock
    queue: Queue
    _runner: TurnRunner | None = field(default=None)

    async def __call__(self, policy: Policy, tenant: str, run_id: UUID) -> Replay:
        if self._runner is None:
            self._runner = self.parts.runner(self.database, self.keyring, self.clock, self.queue)
        again = replay if policy == "recorded" else under_today
        return await again(self._runner, tenant, run_id)


@asynccontextmanager
async def proving(settings: Settings, clock: Clock, replayer: Replayer) -> AsyncGenerator[Provers]:
    """What this process can prove. Raises `NoteError` for a witness that is configured wrongly."""
    witness = Witness.of(settings.witness_url, settings.witness_keys)
    witnesses = () if witness is None else witness.keys

    def log_key(tenant: str) -> Verifier:
        return tenant_key(settings.audit_log_name, settings.audit_log_seed, tenant).verifier

    async with httpx.AsyncClient(trust_env=False) as http:
        watch = LedgerWatch(
            replayer.database,
            log_key,
            clock,
            interval_s=settings.sealing_interval_s,
            witnesses=witnesses,
            client=None if witness is None else WitnessClient(http, witness, clock),
        )

        async def pack(tenant: str, run_id: UUID, beside: Mapping[str, bytes]) -> bytes:
            parties = Parties(log_key(tenant), witnesses)
            return await export(replayer.database, tenant, run_id, parties, clock.now(), beside)

        yield Provers(replay=replayer, export=pack, integrity=watch.integrity, verify=watch.verify)
