"""Retention erases what is older than it is kept, and nothing that somebody goes on with."""

from datetime import timedelta
from uuid import UUID

import pytest

from core.database import Database
from core.principal import Principal
from deploy.migrate import DatabaseUrls
from jobs.erasure import store as erasure_store
from jobs.erasure.retention import find_due, retain
from runs import store
from tests.runs.conversation import MORNING, Talk
from tests.superuser import superuser

DAYS = 30
LATER = MORNING + timedelta(days=DAYS + 1)
HARBOUR = Principal.system("harbour")


@pytest.fixture
def talk(database: Database) -> Talk:
    return Talk(database, Principal("harbour", "anna"))


async def is_erased(database: Database, thread_id: UUID) -> bool:
    async with database.transaction(HARBOUR) as tx:
        row = await store.thread_key(tx, thread_id)
    assert row is not None
    return row["wrapped"] is None


async def test_only_what_ended_long_ago_is_erased(talk: Talk) -> None:
    old, waiting, young, again = [await talk.ask(f"q{n}") for n in range(4)]
    await talk.finish(old)
    await talk.finish(again)
    talk.at = LATER
    await talk.finish(young)
    await talk.finish(await talk.ask("once more", thread_id=again.thread_id))
    found = await find_due(talk.database, "harbour", days=DAYS, now=LATER)
    assert found.due == (old.thread_id,)
    assert not await is_erased(talk.database, old.thread_id)
    done = await retain(talk.database, "harbour", days=DAYS, actor="operator:cron", now=LATER)
    assert ([one.thread_id for one in done.erased], done.busy) == ([old.thread_id], ())
    threads = [run.thread_id for run in (old, waiting, young, again)]
    assert [await is_erased(talk.database, thread_id) for thread_id in threads] == [True, False, False, False]
    assert (await retain(talk.database, "harbour", days=DAYS, actor="operator:cron", now=LATER)).due == ()
    assert (await find_due(talk.database, "vale", days=1, now=LATER)).due == ()


async def test_what_somebody_went_on_with_meanwhile_is_left(talk: Talk) -> None:
    talk.at = MORNING
    run = await talk.ask("old")
    await talk.finish(run)
    before = LATER - timedelta(days=DAYS)
    async with talk.database.transaction(HARBOUR) as tx:
        assert await erasure_store.is_due(tx, run.thread_id, before)
    talk.at = LATER
    await talk.ask("new", thread_id=run.thread_id)
    async with talk.database.transaction(HARBOUR) as tx:
        assert not await erasure_store.is_due(tx, run.thread_id, before)


async def test_checkpoints_that_a_late_execution_left_are_swept(talk: Talk, database_urls: DatabaseUrls) -> None:
    late, waiting = await talk.ask("late"), await talk.ask("waiting")
    await talk.finish(late)
    runs = [str(run.run_id) for run in (late, waiting)]
    with superuser(database_urls) as admin:
        admin.execute("SET session_replication_role = replica")  # as if the run had ended between look and write
        admin.execute(
            """INSERT INTO langgraph.checkpoints (tenant, thread_id, checkpoint_id, checkpoint)
               SELECT 'harbour', run, 'c', '{}' FROM unnest(%s::text[]) AS run""",
            (runs,),
        )
        await retain(talk.database, "harbour", days=3650, actor="operator:cron", now=LATER)
        left = admin.execute(
            "SELECT thread_id FROM langgraph.checkpoints WHERE thread_id = ANY (%s)", (runs,)
        ).fetchall()
    assert left == [(runs[1],)]
