"""Turns as queued work: admitted in one transaction with their job, executed by a worker, tried again after a crash."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from procrastinate import App

from audit import ledger
from audit.records import Entry, RecordKind, thread_stream
from core.crypto import Keyring
from core.database import Transaction
from core.errors import QueueFull
from core.principal import Permission
from graph.execute import TurnRunner
from guardrails.risk import Risk, at_admission
from jobs import store
from jobs.queue import RUN_TURN, TURNS, Queue, TryAgain
from runs.conversations import Admitted, NewIds, admit
from runs.events import Release
from runs.models import Question

BUSY_S = 5
"""When a full queue is worth another try: at 30 turns a second 150 of its runs have ended by then."""


@dataclass(frozen=True, slots=True)
class TurnDesk:
    """Where a question becomes a run."""

    keyring: Keyring
    queue: Queue
    most_waiting: int
    """Runs of one tenant that may be queued or under way; one more is refused."""

    async def admit(self, tx: Transaction, question: Question, *, thread_id: UUID | None, now: datetime) -> Admitted:
        """The run row, its question, `run.started`, the job and the audit record, all in `tx`.

        Raises `Forbidden`, `NotFound` for another person's thread, `ThreadBusy`, and `QueueFull`.
        """
        principal = tx.principal
        principal.require(Permission.CHAT_ASK)
        if await store.is_queue_full(tx, TURNS, self.most_waiting):
            raise QueueFull(
                "The service is busy; your question was not taken. Send it again in a few seconds.",
                retry_after_s=BUSY_S,
            )
        ids = NewIds(thread=uuid4(), run=uuid4(), message=uuid4())
        risk = at_admission(question.text, mode=question.mode.value, follows=thread_id is not None)
        release = Release.CLAIM if risk is Risk.LOW else Release.WHOLE
        admitted = await admit(tx, self.keyring, question, thread_id=thread_id, ids=ids, release=release, now=now)
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

    @app.task(name=RUN_TURN, queue=TURNS, retry=TryAgain())
    async def run_turn(tenant: str, run_id: str) -> None:
        await runner.run(tenant, UUID(run_id))
