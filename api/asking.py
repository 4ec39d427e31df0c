"""A question becomes a run: once per idempotency key, at a bounded rate per person."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from api.days import Days
from api.idempotency import About, Idempotency, Reply
from api.rates import RateLimit
from api.schemas.chat import Ask
from api.schemas.runs import events_path
from core.clock import Clock
from core.crypto import DataKey, Keyring
from core.database import Database
from core.errors import QueueFull
from core.principal import Permission, Principal
from jobs.turns import TurnDesk
from runs.models import Question, RunStatus
from runs.sealing import thread_key


@dataclass(frozen=True, slots=True)
class Asked:
    """The admitted run, perhaps of an earlier request with the same key."""

    run_id: UUID
    thread_id: UUID
    key: DataKey
    reply: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Asking:
    """Admits questions."""

    database: Database
    keyring: Keyring
    clock: Clock
    desk: TurnDesk
    idempotency: Idempotency
    days: Days
    rate: RateLimit
    refused_by_queue: Callable[[], object]
    """Called for each question that finds the queue full."""

    async def ask(
        self, principal: Principal, body: Ask, *, thread_id: UUID | None, idempotency_key: str | None
    ) -> Asked:
        """Admit the question, or find the run that the same request made before.

        Raises `Forbidden`, `NotFound`, `ThreadBusy`, `IdempotencyMismatch`, `TooManyRequests`, `QueueFull`,
        `Unavailable`.
        """
        principal.require(Permission.CHAT_ASK)
        self.rate.take(principal)
        libraries = None if body.libraries is None else tuple(dict.fromkeys(body.libraries))
        today = self.days.today(principal.tenant)
        question = Question(
            text=body.message,
            as_of=body.as_of or today,
            mode=body.mode,
            libraries=libraries,
            asked_on=today,
            as_of_given=body.as_of is not None,
        )
        request = {"ask": body.model_dump(mode="json"), "thread": None if thread_id is None else str(thread_id)}
        fresh: list[DataKey] = []
        async with self.database.transaction(principal) as tx:

            async def admit() -> Reply:
                admitted = await self.desk.admit(tx, question, thread_id=thread_id, now=self.clock.now())
                fresh.append(admitted.key)
                return Reply(
                    202,
                    {
                        "run_id": str(admitted.run_id),
                        "thread_id": str(admitted.thread_id),
                        "status": RunStatus.QUEUED.value,
                        "events": events_path(admitted.run_id),
                    },
                    About(admitted.thread_id, admitted.key),
                )

            try:
                reply = dict((await self.idempotency.once(tx, idempotency_key, request, admit)).body)
            except QueueFull:
                self.refused_by_queue()
                raise
            of_thread = UUID(reply["thread_id"])
            key = fresh[0] if fresh else await thread_key(tx, self.keyring, of_thread)
        return Asked(UUID(reply["run_id"]), of_thread, key, reply)
