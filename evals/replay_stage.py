"""What a play of the replay campaign can do: ask, execute, sign, stop, wait. All of it through the product's doors."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date
from random import Random
from typing import Any, Final
from uuid import UUID

from audit import ledger
from audit.records import Entry, RecordKind, thread_stream
from core.clock import Clock, SystemClock
from core.errors import Unavailable
from core.principal import Principal
from evals.golden_questions import GoldenQuestion
from evals.replay_stand_ins import Killed
from evals.replay_world import DAY, PEOPLE, World
from gateway.writers.ports import Rewriter, Writer
from graph.context import Search
from graph.execute import TurnRunner
from jobs.turns import TurnDesk
from runs import conversations, log, store
from runs.models import Question, Run, RunStatus
from tools.approvals.models import Approval, Choice
from tools.approvals.reading import latest_of_run
from tools.connector.ports import Connector

SHOWN_WITHIN_S: Final = 10.0
"""What is not shown by then never will be: the claim that is waited for has failed its check."""

LOOK_S: Final = 0.02
MOST_WAITING: Final = 1_000_000
"""Nobody takes the jobs off the queue: the campaign executes the runs itself."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A run that was admitted."""

    run_id: UUID
    thread_id: UUID
    person: Principal


@dataclass(slots=True)
class Stage:
    """One play: its chance, and the runs that it has asked for, oldest first."""

    world: World
    chance: Random
    asked: list[Asked] = field(default_factory=list[Asked])

    def golden(self, ending: str) -> GoldenQuestion:
        return self.chance.choice(self.world.questions[ending])

    async def admit(self, text: str, *, of: str = "anna", on: date = DAY, thread_id: UUID | None = None) -> Asked:
        """The run, its question, its job and its record, as `POST /v1/chat` writes them."""
        person, world = PEOPLE[of], self.world
        desk = TurnDesk(world.keyring, world.queue, MOST_WAITING)
        async with world.database.transaction(person) as tx:
            question = Question(text=text, as_of=on)
            admitted = await desk.admit(tx, question, thread_id=thread_id, now=SystemClock().now())
        self.asked.append(Asked(admitted.run_id, admitted.thread_id, person))
        return self.asked[-1]

    async def ask(self, text: str, *, thread_id: UUID | None = None, **changes: Any) -> Asked:
        asked = await self.admit(text, thread_id=thread_id)
        await self.run(asked, **changes)
        return asked

    async def ask_golden(self, question: GoldenQuestion, **changes: Any) -> Asked:
        """All turns of the question in one conversation, by the person who would ask it; the last run."""
        thread_id: UUID | None = None
        for turn in question.turns:
            asked = await self.admit(turn, of=question.persona, on=question.as_of or DAY, thread_id=thread_id)
            await self.run(asked, **changes)
            thread_id = asked.thread_id
        return self.asked[-1]

    async def run(
        self,
        asked: Asked,
        *,
        writer: Writer | None = None,
        quoter: Writer | None = None,
        rewriter: Rewriter | None = None,
        search: Search | None = None,
        clock: Clock | None = None,
        bank: Connector | None = None,
        **acting: Any,
    ) -> None:
        """Execute the run from where it is, as its job would; a process that is killed and an outage end it early."""
        services = self.world.runner.services
        assert services.acting is not None, "the world has a bank to act in"
        changed = replace(
            services,
            writer=writer or services.writer,
            quoter=quoter or services.quoter,
            rewriter=rewriter,
            search=search or services.search,
            clock=clock or services.clock,
            acting=replace(services.acting, connector=bank or services.acting.connector, **acting),
        )
        with suppress(Killed, Unavailable):
            await TurnRunner(changed, self.world.runner.turn).run(asked.person.tenant, asked.run_id)

    async def shut_down(self, asked: Asked, within_s: float, **changes: Any) -> None:
        """Execute the run in a worker that is told to stop at some moment within this time."""
        working = asyncio.create_task(self.run(asked, **changes))
        await asyncio.wait({working}, timeout=self.chance.random() * within_s)
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)

    async def state(self, asked: Asked) -> Run:
        async with self.world.database.transaction(self.world.system) as tx:
            run, _ = await conversations.get_run(tx, self.world.keyring, asked.run_id)
        return run

    async def shown(self, asked: Asked) -> list[str]:
        """The kinds of its events so far."""
        async with self.world.database.transaction(self.world.system) as tx:
            _, key = await conversations.get_run(tx, self.world.keyring, asked.run_id)
            return [event.kind for event in await log.read(tx, key, asked.run_id)]

    async def until_shown(self, asked: Asked, kind: str) -> None:
        """Wait until the execution that is under way has committed such an event, or the run has ended without."""
        with suppress(TimeoutError):
            async with asyncio.timeout(SHOWN_WITHIN_S):
                while {kind, "run.finished"}.isdisjoint(await self.shown(asked)):  # noqa: ASYNC110 -- another task's
                    await asyncio.sleep(LOOK_S)

    async def waiting(self, asked: Asked) -> Approval:
        """The request for a signature that the run waits for, or waited for last."""
        async with self.world.database.transaction(self.world.system) as tx:
            approval = await latest_of_run(tx, self.world.keyring, asked.run_id)
        assert approval is not None, "the run has asked for no signature"
        return approval

    async def decide(
        self,
        who: str,
        asked: Asked,
        choice: Choice = "approve",
        *,
        reason: str | None = None,
        args: Mapping[str, Any] | None = None,
    ) -> None:
        approval = await self.waiting(asked)
        await self.world.decisions.decide(PEOPLE[who], approval.id, choice, approval.digest, reason=reason, args=args)

    async def cancel(self, asked: Asked) -> bool:
        """The person stops the run, as `POST /v1/runs/{id}/cancel` does it; whether that counted."""
        world, now = self.world, SystemClock().now()
        async with world.database.transaction(world.system) as tx:
            run, key = await conversations.get_run(tx, world.keyring, asked.run_id)
            if await world.decisions.withdraw(tx, run, key, asked.person.person, now):
                return True
            if not await store.request_cancel(tx, asked.run_id, now):
                return False
            entry = Entry(RecordKind.RUN_CANCEL_REQUESTED, f"{asked.run_id}:cancel", {}, asked.run_id)
            await ledger.append(tx, thread_stream(run.thread_id), [entry], actor=asked.person.person, at=now)
        return True

    async def settle(self, asked: Asked) -> RunStatus:
        """Execute the run until it ends or waits: what killed executions have left is taken up again."""
        for _ in range(3):
            status = (await self.state(asked)).status
            if status.is_terminal or status is RunStatus.PAUSED:
                return status
            await self.run(asked)
        return (await self.state(asked)).status
