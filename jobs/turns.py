"""Turns as queued work: admitted in one transaction with their job, executed by a worker, tried again after a crash."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from procrastinate import App, RetryStrategy

from audit import ledger
from audit.records import Entry, RecordKind, thread_stream
from core.crypto import Keyring
from core.database import Database
from core.errors import Unavailable
from core.principal import Permission, Principal
from graph.execute import TurnRunner
from jobs.queue import RUN_TURN, TURNS, Queue
from runs.conversations import Admitted, NewIds, admit
from runs.events import Release
from runs.models import Question

RETRY_WAIT_S = 2
"""Between executions of a run while the database is away."""


@dataclass(frozen=True, slots=True)
class TurnDesk:
    """Where a question becomes a run."""

    database: Database
    keyring: Keyring
    queue: Queue

    async def admit(
        self, principal: Principal, question: Question, *, thread_id: UUID | None, now: datetime
    ) -> Admitted:
        """The run row, its question, `run.started`, the job and the audit record: all of it or nothing.

        Raises `Forbidden`, `NotFound` for another person's thread, `ThreadBusy`, `Unavailable`.
        """
        principal.require(Permission.CHAT_ASK)
        ids = NewIds(thread=uuid4(), run=uuid4(), message=uuid4())
        async with self.database.transaction(principal) as tx:
            admitted = await admit(
                tx, self.keyring, question, thread_id=thread_id, ids=ids, release=Release.CLAIM, now=now
            )
            await self.queue.turn(tx, admitted.run_id, admitted.thread_id)
            entry = Entry(
                RecordKind.RUN_ADMITTED,
                f"{admitted.run_id}:admit",
                {
                    "question": admitted.key.commit(question.text),
                    "as_of": question.as_of.isoformat(),
                    "mode": question.mode.value,
                    "libraries": None if question.libraries is None else list(question.libraries),
                    "roles": sorted(principal.roles),
                    "branch": principal.branch,
                },
                admitted.run_id,
            )
            await ledger.append(tx, thread_stream(admitted.thread_id), [entry], actor=principal.person, at=now)
        return admitted


def register(app: App, runner: TurnRunner) -> None:
    """Teach the app to execute turns. An outage is tried again; `TurnRunner` bounds how often a run is begun."""

    @app.task(name=RUN_TURN, queue=TURNS, retry=RetryStrategy(wait=RETRY_WAIT_S, retry_exceptions=[Unavailable]))
    async def run_turn(tenant: str, run_id: str) -> None:
        await runner.run(tenant, UUID(run_id))
