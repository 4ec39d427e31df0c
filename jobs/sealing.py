"""Sealing, again and again: every tenant's new records get positions, and the witness is asked for its cosignature."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from functools import partial

import httpx

from audit.notes import LogKey
from audit.sealing import LogBroken, seal, tenant_key
from audit.tree.store import WitnessReply
from audit.witness_client import Outcome, Witness, WitnessClient
from core.clock import Clock, SystemClock
from core.database import Database
from core.errors import Unavailable
from core.settings import Settings
from core.telemetry import logger

LONGEST_PAUSE_S = 60.0
"""A witness that refuses or is away is asked less and less often, at least once a minute."""

_log = logger(__name__)


@dataclass(slots=True)
class Sealer:
    """Seals the tenants of one process. Several processes may do it: each record gets its position once."""

    database: Database
    tenants: Sequence[str]
    key_of: Callable[[str], LogKey]
    clock: Clock
    client: WitnessClient | None = None
    interval_s: float = 2.0
    _said: dict[str, str] = field(default_factory=dict[str, str])
    _ask_again: dict[str, tuple[float, float]] = field(default_factory=dict[str, tuple[float, float]])
    """Of a tenant whose witness did not cosign: when to ask next (the loop's time), and how long that pause is."""

    async def run(self) -> None:
        """Until cancelled; a database that is away is waited for."""
        while True:
            await self.round()
            await asyncio.sleep(self.interval_s)

    async def round(self) -> None:
        """Every tenant once: one that can't be sealed keeps no other waiting."""
        for tenant in self.tenants:
            try:
                while (await seal(self.database, tenant, self.key_of(tenant), self.clock.now())).added:
                    self._say(tenant, "")
                await self._cosign(tenant)
            except LogBroken as error:
                self._say(tenant, str(error))
            except Unavailable:
                self._say(tenant, "the database cannot be reached")
            except Exception as error:  # noqa: BLE001 -- whatever it is, the other tenants and the next round go on
                self._say(tenant, type(error).__name__)

    async def _cosign(self, tenant: str) -> None:
        now = asyncio.get_running_loop().time()
        next_time, pause = self._ask_again.get(tenant, (0.0, self.interval_s))
        if self.client is None or now < next_time:
            return
        reply = await self.client.cosign(self.database, tenant)
        if reply is None or reply.outcome == Outcome.COSIGNED:
            self._ask_again.pop(tenant, None)
        else:
            self._ask_again[tenant] = (now + pause, min(pause * 2, LONGEST_PAUSE_S))
        self._say_reply(tenant, reply)

    def _say(self, tenant: str, trouble: str) -> None:
        """Once, not every two seconds."""
        if trouble and self._said.get(tenant) != trouble:
            _log.error("sealing.stopped", tenant=tenant, why=trouble)
        self._said[tenant] = trouble

    def _say_reply(self, tenant: str, reply: WitnessReply | None) -> None:
        place = f"witness of {tenant}"
        detail = "" if reply is None or reply.outcome == Outcome.COSIGNED else f"{reply.outcome}: {reply.detail}"
        if detail and self._said.get(place) != detail:
            _log.warning("witness.not_cosigned", tenant=tenant, why=detail)
        self._said[place] = detail


@asynccontextmanager
async def sealing(settings: Settings, database: Database, clock: Clock | None = None) -> AsyncGenerator[Sealer]:
    """A sealer beside the block, for the tenants of the configured identity providers."""
    witness = Witness.of(settings.witness_url, settings.witness_keys)
    chosen = clock or SystemClock()
    async with httpx.AsyncClient(trust_env=False) as http:
        sealer = Sealer(
            database,
            settings.tenants,
            partial(tenant_key, settings.audit_log_name, settings.audit_log_seed),
            chosen,
            None if witness is None else WitnessClient(http, witness, chosen),
            settings.sealing_interval_s,
        )
        task = asyncio.create_task(sealer.run(), name="sealing")
        try:
            yield sealer
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
