"""Conversations for tests: admitted, added to and finished through the product's own functions."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4

from core.crypto import Keyring
from core.database import Database
from core.principal import Principal
from runs import conversations, log, store
from runs.conversations import Admitted, NewIds
from runs.events import Event, Release, RunFinished
from runs.models import Question, RunStatus

KEYRING = Keyring(bytes(range(32)))
MORNING = datetime(2026, 3, 3, 9, tzinfo=UTC)
TODAY = date(2026, 3, 3)


def new_ids() -> NewIds:
    return NewIds(thread=uuid4(), run=uuid4(), message=uuid4())


@dataclass(slots=True)
class Talk:
    """One person's conversations; each use of the clock is a second later."""

    database: Database
    principal: Principal
    at: datetime = field(default=MORNING)

    def now(self) -> datetime:
        self.at += timedelta(seconds=1)
        return self.at

    async def ask(self, text: str = "How long are records kept?", thread_id: UUID | None = None) -> Admitted:
        async with self.database.transaction(self.principal) as tx:
            return await conversations.admit(
                tx,
                KEYRING,
                Question(text=text, as_of=TODAY),
                thread_id=thread_id,
                ids=new_ids(),
                release=Release.CLAIM,
                now=self.now(),
            )

    async def append(self, run: Admitted, step: str, *events: Event) -> list[int]:
        async with self.database.transaction(self.system) as tx:
            return await log.append(tx, run.key, run.run_id, step, events, self.now())

    async def finish(self, run: Admitted, reply: str | None = None, status: RunStatus = RunStatus.ANSWERED) -> None:
        """End a run as a worker does."""
        now = self.now()
        async with self.database.transaction(self.system) as tx:
            started = await store.start_run(tx, run.run_id, now)
            assert started is not None
            loaded, key = await conversations.get_run(tx, KEYRING, run.run_id)
            assert await store.finish_run(tx, run.run_id, started["attempts"], status.value, {}, now)
            await log.append(tx, key, run.run_id, "finish", [RunFinished(status=status)], now)
            if reply is not None:
                await conversations.keep_reply(tx, key, loaded, uuid4(), reply, now)

    @property
    def system(self) -> Principal:
        return Principal.system(self.principal.tenant)
