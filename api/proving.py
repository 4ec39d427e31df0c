"""How the audit's proofs are made in this process, from what the composition root holds."""

from dataclasses import dataclass, field
from functools import partial
from uuid import UUID

from api.auditing.proofs import Policy, Provers
from audit.verify import verify
from core.clock import Clock
from core.crypto import Keyring
from core.database import Database
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


def provers(parts: Parts, database: Database, keyring: Keyring, clock: Clock, queue: Queue) -> Provers:
    """What this process can prove."""
    return Provers(
        replay=Replayer(parts, database, keyring, clock, queue),
        verify=partial(verify, database),
    )
