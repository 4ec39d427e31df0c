"""The state of a tenant's ledger for those who watch it: what is sealed and cosigned, how long that takes, and what a
walk that never ends finds, some records at each look."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime

from audit.chain import LOG_STREAM, Fault
from audit.notes import Verifier
from audit.tree import store as tree
from audit.tree.store import Standing
from audit.trust import Papers, Trust
from audit.verify import Verification, conclude, read_papers, verify
from audit.walk import store
from audit.walk.leaves import LeafWalk
from audit.walk.records import RecordWalk
from audit.witness_client import Outcome, WitnessClient, WitnessUnreachable
from core.clock import Clock
from core.database import Database, Transaction
from core.principal import Principal

BUDGET = 20_000
"""Records and leaves that one look goes through at most: about half a second on one core."""

CHECKPOINTS = 100
"""Whose signatures a walk looks at, from the last on: their roots cover everything before. `verify` looks at all."""

SPACING_S = 1.0
"""Looks that follow each other faster than this find nothing new: many pages may ask."""


@dataclass(frozen=True, slots=True)
class Integrity:
    """What the banner says. `window_s`: the longest that a record stood, or stands now, before it was cosigned."""

    ok: bool
    records: int
    sealed_size: int
    sealed_at: datetime | None
    cosigned_size: int
    cosigned_at: datetime | None
    witness: str | None
    window_s: float | None
    faults: tuple[Fault, ...]
    waiting: int = 0
    witness_trouble: str = ""
    walked_at: datetime | None = None
    """When the last whole walk ended; None: the first is under way."""


@dataclass(slots=True)
class _Walk:
    """One walk over everything, in as many steps as it takes."""

    papers: Papers
    records: RecordWalk
    leaves: LeafWalk
    records_done: bool = False

    async def step(self, tx: Transaction, budget: int) -> Verification | None:
        """Go on; what was found when it is through."""
        await store.by_index(tx)
        if not self.records_done:
            batch = await store.stretch(tx, self.records.place, budget)
            await asyncio.to_thread(self.records.take, batch)
            if len(batch.records) == budget:
                return None
            self.records_done, budget = True, budget - len(batch.records)
        rows = await store.leaves(tx, self.leaves.size - 1, min(budget, self.papers.size - self.leaves.size))
        await asyncio.to_thread(self.leaves.take, rows)
        if self.leaves.size < self.papers.size and rows and not self.leaves.faults:
            return None
        return await conclude(tx, self.papers, self.records.found, self.leaves)


@dataclass(slots=True)
class _Watched:
    """What is remembered of a tenant between looks."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    walk: _Walk | None = None
    looked: float = float("-inf")
    faults: tuple[Fault, ...] = ()
    walked_at: datetime | None = None
    witness_trouble: str = ""


class LedgerWatch:
    """Looks at the ledgers of one process's tenants. `log_key_of`: by which key each log is known."""

    def __init__(
        self,
        database: Database,
        log_key_of: Callable[[str], Verifier],
        clock: Clock,
        *,
        interval_s: float,
        witnesses: tuple[Verifier, ...] = (),
        client: WitnessClient | None = None,
    ) -> None:
        self._database = database
        self._log_key_of = log_key_of
        self._clock = clock
        self._interval_s = interval_s
        self._witnesses = witnesses
        self._client = client
        self._watched: dict[str, _Watched] = {}

    async def integrity(self, tenant: str) -> Integrity:
        """The present state; goes on with the walk where the last look ended."""
        watched = self._watched.setdefault(tenant, _Watched())
        async with watched.lock:
            if time.monotonic() - watched.looked >= SPACING_S:
                await self._go_on(tenant, watched)
                watched.looked = time.monotonic()
        async with self._database.transaction(Principal.system(tenant)) as tx:
            standing = await tree.standing(tx, [witness.name for witness in self._witnesses])
        return self._told(tenant, watched, standing)

    async def verify(self, tenant: str) -> Verification:
        """A whole walk at once."""
        trust, _ = await self._trust(tenant)
        return await verify(self._database, tenant, trust)

    async def _go_on(self, tenant: str, watched: _Watched) -> None:
        if watched.walk is None:
            trust, watched.witness_trouble = await self._trust(tenant)
            papers = await read_papers(self._database, tenant, trust, last=CHECKPOINTS)
            watched.walk = _Walk(papers, RecordWalk(tenant, papers.size), LeafWalk(tenant, papers.sizes))
        async with self._database.transaction(Principal.system(tenant)) as tx:
            done = await watched.walk.step(tx, BUDGET)
        if done is None:
            so_far = (*watched.walk.records.found.faults, *watched.walk.leaves.faults)
            watched.faults = tuple(dict.fromkeys((*watched.faults, *so_far)))
        else:
            watched.walk, watched.faults, watched.walked_at = None, done.faults, self._clock.now()

    async def _trust(self, tenant: str) -> tuple[Trust, str]:
        """With the last checkpoint that the witness has; why not, where it can't be asked."""
        log = self._log_key_of(tenant)
        trust = Trust(log, self._witnesses)
        if self._client is None:
            return trust, ""
        try:
            seen = await self._client.last_seen(log.name)
        except WitnessUnreachable as error:
            return trust, f"the witness could not be asked what it has seen: {error}"
        return (trust if seen is None else replace(trust, seen=(seen,))), ""

    def _told(self, tenant: str, watched: _Watched, standing: Standing) -> Integrity:
        refused = tuple(
            Fault(tenant, LOG_STREAM, reply.size, f"the witness refuses to cosign: {reply.detail}")
            for reply in standing.replies
            if reply.outcome == Outcome.REFUSED and self._witnesses
        )
        away = [reply.detail for reply in standing.replies if reply.outcome == Outcome.UNREACHABLE]
        faults = (*watched.faults, *refused)
        return Integrity(
            ok=not faults,
            records=standing.sealed_size + standing.waiting,
            sealed_size=standing.sealed_size,
            sealed_at=standing.sealed_at,
            cosigned_size=standing.cosigned_size,
            cosigned_at=standing.cosigned_at,
            witness=self._witnesses[0].name if self._witnesses else None,
            window_s=self._window(standing),
            faults=faults,
            waiting=standing.waiting,
            witness_trouble=watched.witness_trouble or (away[0] if away and self._witnesses else ""),
            walked_at=watched.walked_at,
        )

    def _window(self, standing: Standing) -> float | None:
        """None where nobody cosigns."""
        if not self._witnesses:
            return None
        open_since = [each for each in (standing.waiting_since, standing.uncosigned_since) if each is not None]
        now = max(((self._clock.now() - each).total_seconds() for each in open_since), default=0.0)
        return round(max(now, standing.slowest_cosigning_s + self._interval_s), 3)
