"""Whether this process can serve now, and with which guards and models."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from api import store
from api.schemas.health import BankReadiness, Readiness
from core.database import Database
from core.errors import Unavailable

ANSWER_WITHIN_S = 2.0
"""A database that takes longer to say one is not fit to serve a turn."""

Reason = Callable[[], str | None]
"""Why a part can't work now, in a few words, or None."""


@dataclass(frozen=True, slots=True)
class ReadinessCheck:
    """Asks the database and every part that reports on itself."""

    database: Database
    worker: str
    guards: Mapping[str, str]
    models: Callable[[], Mapping[str, object]]
    bank: BankReadiness
    parts: tuple[Reason, ...] = field(default=())

    async def check(self) -> Readiness:
        reasons = [reason for part in self.parts if (reason := part()) is not None]
        try:
            async with asyncio.timeout(ANSWER_WITHIN_S):
                await store.ping(self.database)
        except (Unavailable, TimeoutError):
            reasons.append("The database does not answer.")
        return Readiness(
            status="not_ready" if reasons else "ready",
            reasons=reasons,
            worker=self.worker,
            guards=dict(self.guards),
            models=dict(self.models()),
            bank=self.bank,
        )
