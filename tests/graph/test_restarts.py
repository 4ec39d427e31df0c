"""A run that was interrupted is executed again: nothing is shown or recorded twice, and it ends."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from audit.chain import faults
from core.database import Database, connection
from core.errors import Unavailable
from core.principal import Principal
from gateway.embeddings import Embedder
from graph.context import Guards
from graph.limits import TURN_LIMITS
from retrieval.models import Evidence
from runs.conversations import Admitted
from runs.models import RunStatus
from tests.graph.test_turns import check_complete, until_shown
from tests.graph.world import BUSINESS, RECORDS, RETAINED, Told, World, open_world
from tests.graph.writers import USAGE, ScriptedWriter, Step, claim

PARAPHRASE = "Applications for credit are retained for 25 months after the applicant was notified of the action taken."


class ProcessKilled(BaseException):
    """What no handler of the product catches, like the end of the process."""


@pytest.fixture
async def world(database: Database, embedder: Embedder, guards: Guards) -> World:
    """The policies are published once a module; each test asks in threads of its own."""
    return await open_world(database, embedder, guards)


async def die(world: World, admitted: Admitted, *before: Step) -> None:
    """Execute the run until its writer's process is killed."""
    writer = ScriptedWriter([[*before, ProcessKilled()]])
    with pytest.raises(ProcessKilled):
        await world.runner(writer).run("harbour", admitted.run_id)
    assert (await world.told(admitted)).run.status is RunStatus.RUNNING


async def again(world: World, admitted: Admitted, *steps: Step, **changes: Any) -> Told:
    await world.runner(ScriptedWriter([[*steps, USAGE]]), **changes).run("harbour", admitted.run_id)
    told = await world.told(admitted)
    check_complete(told)
    check_nothing_twice(told)
    return told


def check_nothing_twice(told: Told) -> None:
    shown = [(e.kind, e.data.get("name"), e.data.get("status"), e.data.get("index")) for e in told.events]
    assert len(set(shown)) == len(shown), shown


async def test_killed_before_the_first_claim(world: World) -> None:
    admitted = await world.admit(RECORDS)
    await die(world, admitted)
    assert (await world.told(admitted)).kinds[-1] == "sources"
    told = await again(world, admitted, claim(RETAINED), claim(BUSINESS))
    assert (told.run.status, told.run.attempts) == (RunStatus.ANSWERED, 2)
    assert told.claims == [RETAINED, BUSINESS]


async def test_killed_between_claims_the_shown_ones_stand(world: World) -> None:
    admitted = await world.admit(RECORDS)
    await die(world, admitted, claim(RETAINED), lambda: until_shown(world, admitted, "claim"), claim(BUSINESS))
    assert (await world.told(admitted)).claims == [RETAINED]
    told = await again(world, admitted, claim(BUSINESS), claim(RETAINED))
    assert told.run.status is RunStatus.ANSWERED
    assert told.claims == [RETAINED, BUSINESS]
    assert [(c["index"], c["text"]) for c in told.outcome["claims"]] == [(0, RETAINED), (1, BUSINESS)]
    assert told.outcome["text"] == f"{RETAINED}\n{BUSINESS}"


async def test_killed_between_claims_and_a_model_that_then_says_nothing(world: World) -> None:
    admitted = await world.admit(RECORDS)
    await die(world, admitted, claim(RETAINED), lambda: until_shown(world, admitted, "claim"))
    told = await again(world, admitted)
    assert (told.run.status, told.claims) == (RunStatus.ANSWERED, [RETAINED])


@pytest.mark.parametrize("wait", ["started", "sources", "claim"])
async def test_a_cancelled_task_leaves_the_run_for_the_next(world: World, wait: str) -> None:
    """A worker that stops cancels what takes too long."""
    admitted = await world.admit(RECORDS)
    writer = ScriptedWriter([[claim(RETAINED), asyncio.Event().wait]])
    task = asyncio.create_task(world.runner(writer).run("harbour", admitted.run_id))
    await until_shown(world, admitted, {"started": "run.started"}.get(wait, wait))
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not (await world.told(admitted)).run.status.is_terminal
    told = await again(world, admitted, claim(RETAINED), claim(BUSINESS))
    assert (told.run.status, told.claims) == (RunStatus.ANSWERED, [RETAINED, BUSINESS])


async def test_changed_evidence_withdraws_the_claims_whose_numbers_it_changed(world: World) -> None:
    admitted = await world.admit(RECORDS)
    await die(world, admitted, claim(RETAINED), lambda: until_shown(world, admitted, "claim"))

    class Reordered:
        async def search(self, principal: Principal, query: str, **options: Any) -> Evidence:
            found = await world.services.search.search(principal, query, **options)
            passages = tuple(replace(p, ref=ref) for ref, p in enumerate(reversed(found.passages), start=1))
            return replace(found, passages=passages)

    await world.runner(ScriptedWriter([[claim(RETAINED), USAGE]]), search=Reordered()).run("harbour", admitted.run_id)
    told = await world.told(admitted)
    check_complete(told)
    assert told.run.status is RunStatus.ABSTAINED
    assert told.outcome["withdrawn"] == [0]
    retrieved = [record.body["passages"] for record in told.records if record.kind == "run.retrieved"]
    assert len(retrieved) == 2
    assert retrieved[0] != retrieved[1]


async def test_a_run_is_given_up_after_its_attempts(world: World) -> None:
    admitted = await world.admit(RECORDS)
    for _ in range(TURN_LIMITS.attempts):
        await die(world, admitted)
    told = await again(world, admitted, claim(RETAINED))
    assert (told.run.status, told.run.attempts) == (RunStatus.FAILED, TURN_LIMITS.attempts + 1)
    assert told.kinds[-2:] == ["error", "run.finished"]


async def test_an_outage_is_left_to_the_queue_and_the_next_attempt_starts_afresh(world: World) -> None:
    admitted = await world.admit(RECORDS)
    with pytest.raises(Unavailable):
        await world.runner(ScriptedWriter([[Unavailable("gone")]])).run("harbour", admitted.run_id)
    told = await again(world, admitted, claim(RETAINED))
    assert (told.run.status, told.claims) == (RunStatus.ANSWERED, [RETAINED])
    assert told.recorded[:4] == ["run.screened", "run.understood", "run.retrieved", "run.weighed"]


async def test_an_outage_at_the_very_end_loses_no_record(world: World) -> None:
    """The checkpoint then holds an outcome whose events and records were never committed."""
    admitted = await world.admit(RECORDS)

    class Failing:
        """After the last claim the clock is read for the stage's end, then for the end of the run."""

        def __init__(self) -> None:
            self.answered = False
            self.read = 0

        def now(self) -> datetime:
            self.read += self.answered
            if self.read > 1:
                raise Unavailable("gone")
            return datetime.now(UTC)

    clock = Failing()

    async def from_now_on() -> None:
        clock.answered = True

    writer = ScriptedWriter([[claim(RETAINED), from_now_on, USAGE]])
    with pytest.raises(Unavailable):
        await world.runner(writer, clock=clock).run("harbour", admitted.run_id)
    told = await again(world, admitted, claim(RETAINED))
    assert (told.run.status, told.claims) == (RunStatus.ANSWERED, [RETAINED])
    assert told.recorded == [
        *("run.screened", "run.understood", "run.retrieved", "run.weighed"),
        *("claim.released", "run.written", "run.finished"),
    ]


async def test_of_two_executions_at_once_the_later_one_goes_on_alone(world: World) -> None:
    """A worker that was taken for dead comes back to life."""
    admitted = await world.admit(RECORDS)
    taken_over = asyncio.Event()
    sleeper = ScriptedWriter([[claim(RETAINED), taken_over.wait, claim(PARAPHRASE), lambda: asyncio.sleep(0.2), USAGE]])
    first = asyncio.create_task(world.runner(sleeper).run("harbour", admitted.run_id))
    await until_shown(world, admitted, "claim")

    async def wake() -> None:
        taken_over.set()
        await first

    told = await again(world, admitted, claim(BUSINESS), wake)
    assert told.run.status is RunStatus.ANSWERED
    assert told.claims == [RETAINED, BUSINESS]
    assert (told.run.attempts, told.outcome["claims"][1]["text"]) == (2, BUSINESS)


@pytest.mark.parametrize("count", [2, 5])
async def test_several_executions_at_once_end_as_one(world: World, count: int) -> None:
    admitted = await world.admit(RECORDS)
    runners = [world.runner(ScriptedWriter([[claim(RETAINED), claim(BUSINESS), USAGE]])) for _ in range(count)]
    await asyncio.gather(*(runner.run("harbour", admitted.run_id) for runner in runners))
    told = await world.told(admitted)
    check_complete(told)
    check_nothing_twice(told)
    assert told.run.status is RunStatus.ANSWERED
    assert sorted(told.claims) == sorted([RETAINED, BUSINESS])


async def test_a_run_whose_key_was_destroyed_ends_and_frees_its_thread(world: World) -> None:
    admitted = await world.admit(RECORDS)
    async with world.database.transaction(world.system) as tx:
        await connection(tx).execute(
            "UPDATE app.thread_keys SET wrapped = NULL WHERE thread_id = %s", (admitted.thread_id,)
        )
    await world.runner().run("harbour", admitted.run_id)
    assert await status(world, admitted.run_id) == ("failed", 1)


async def status(world: World, run_id: UUID) -> tuple[str, int]:
    """The run's state and the records of its end, read without its key."""
    async with world.database.transaction(world.system) as tx:
        conn = connection(tx)
        run = await (await conn.execute("SELECT status FROM app.runs WHERE id = %s", (run_id,))).fetchone()
        cursor = await conn.execute(
            "SELECT count(*) AS n FROM app.audit_records WHERE run_id = %s AND kind = 'run.finished'", (run_id,)
        )
        ends = await cursor.fetchone()
    assert run is not None
    assert ends is not None
    return run["status"], ends["n"]


async def test_the_ledger_is_whole_after_all_of_this(world: World) -> None:
    told = await world.ask(RECORDS, ScriptedWriter([[claim(RETAINED), USAGE]]))
    assert list(faults(told.stream)) == []
