"""A worker whose conversation is erased before or while it works writes nothing more, and goes on with other work."""

from uuid import UUID

import pytest

from core.database import Database
from core.principal import Principal
from deploy.migrate import DatabaseUrls
from gateway.embeddings import OnnxEmbedder
from graph.context import Guards
from jobs.erasure.erasing import erase
from jobs.erasure.models import ErasureReason
from runs.conversations import Admitted
from tests.graph.world import BUSINESS, RECORDS, RETAINED, World, open_world
from tests.graph.writers import USAGE, ScriptedWriter, claim
from tests.superuser import superuser


@pytest.fixture(scope="module")
async def world(database: Database, embedder: OnnxEmbedder, guards: Guards) -> World:
    return await open_world(database, embedder, guards)


async def erased(world: World, thread_id: UUID) -> None:
    async with world.database.transaction(Principal.system("harbour")) as tx:
        now = world.services.clock.now()
        await erase(tx, thread_id, actor="operator:root", reason=ErasureReason.REQUEST, now=now)


def left(urls: DatabaseUrls, run: Admitted) -> tuple[str, int, int, list[str]]:
    """The run's status, how many events, messages and rows of checkpoints it has, and its last records."""
    with superuser(urls) as admin:
        row = admin.execute(
            """SELECT status, last_seq, (SELECT count(*) FROM app.messages WHERE run_id = r.id),
                   (SELECT count(*) FROM langgraph.checkpoints WHERE thread_id = r.id::text)
                   + (SELECT count(*) FROM langgraph.checkpoint_blobs WHERE thread_id = r.id::text)
                   + (SELECT count(*) FROM langgraph.checkpoint_writes WHERE thread_id = r.id::text)
               FROM app.runs r WHERE id = %s""",
            (run.run_id,),
        ).fetchone()
        kinds = admin.execute(
            "SELECT kind FROM app.audit_records WHERE stream = %s ORDER BY seq DESC LIMIT 2",
            (f"thread:{run.thread_id}",),
        ).fetchall()
    assert row is not None
    return row[0], row[1], row[2] + row[3], [kind for (kind,) in reversed(kinds)]


async def test_a_queued_run_of_an_erased_conversation_is_no_work(world: World, database_urls: DatabaseUrls) -> None:
    run = await world.admit(RECORDS)
    await erased(world, run.thread_id)
    before = left(database_urls, run)
    assert before == ("cancelled", 1, 1, ["run.finished", "thread.erased"])
    await world.runner().run("harbour", run.run_id)
    assert left(database_urls, run) == before


async def test_a_turn_under_way_writes_nothing_more(world: World, database_urls: DatabaseUrls) -> None:
    run = await world.admit(RECORDS)
    seen: list[tuple[str, int, int, list[str]]] = []

    async def erase_it() -> None:
        await erased(world, run.thread_id)
        seen.append(left(database_urls, run))

    writer = ScriptedWriter([[claim(RETAINED), erase_it, claim(BUSINESS), USAGE]])
    await world.runner(writer).run("harbour", run.run_id)
    assert (seen[0][0], seen[0][2:]) == ("cancelled", (1, ["run.finished", "thread.erased"]))
    assert left(database_urls, run) == seen[0]


async def test_a_finished_turn_leaves_no_checkpoint(world: World, database_urls: DatabaseUrls) -> None:
    told = await world.ask(RECORDS)
    status, _, rows, _ = left(database_urls, told.admitted)
    assert (status, rows) == ("answered", 2), "question and answer"
