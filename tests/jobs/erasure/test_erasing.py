"""Erasing a conversation: its key is gone for good, what was open is ended, the chain holds."""

import asyncio
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from audit import store as audit_store
from audit.chain import faults
from audit.records import Record, thread_stream
from core.database import Database, connection
from core.errors import Conflict, Gone, NotFound
from core.principal import Principal
from deploy.migrate import DatabaseUrls
from jobs.erasure.erasing import NO_SUCH, UNDER_WAY, erase
from jobs.erasure.models import Erased, ErasureReason
from runs import conversations, store
from runs.conversations import Admitted
from runs.subjects import keep_subjects
from tests.runs.conversation import KEYRING, MORNING, Talk
from tests.superuser import superuser
from tests.tools.approvals.desk import ANNA, PEOPLE, SAM, SOFIA, Desk

HARBOUR = Principal.system("harbour")


@pytest.fixture
def talk(database: Database) -> Talk:
    return Talk(database, ANNA)


@pytest.fixture
async def desk(database: Database) -> Desk:
    desk = Desk(database)
    await desk.sign_in(*PEOPLE)
    return desk


async def erased(database: Database, thread_id: UUID, tenant: str = "harbour") -> Erased:
    async with database.transaction(Principal.system(tenant)) as tx:
        return await erase(tx, thread_id, actor="operator:root", reason=ErasureReason.REQUEST, now=MORNING)


async def records(database: Database, thread_id: UUID) -> list[Record]:
    async with database.transaction(HARBOUR) as tx:
        return await audit_store.stream_records(tx, thread_stream(thread_id))


def states(urls: DatabaseUrls, thread_id: UUID) -> list[tuple[Any, ...]]:
    """Each run with its latest request."""
    with superuser(urls) as admin:
        return admin.execute(
            """SELECT r.status, a.state FROM app.runs r LEFT JOIN app.approvals a ON a.run_id = r.id
               WHERE r.thread_id = %s ORDER BY r.created_at""",
            (thread_id,),
        ).fetchall()


async def checkpointed(talk: Talk, run: Admitted) -> None:
    """What the graph leaves of a run, in each of its tables."""
    async with talk.database.transaction(HARBOUR) as tx:
        await connection(tx).execute(
            """WITH a AS (INSERT INTO langgraph.checkpoints (thread_id, checkpoint_id, checkpoint)
                          VALUES (%(run)s, 'c', '{}')),
                    b AS (INSERT INTO langgraph.checkpoint_blobs (thread_id, channel, version, type, blob)
                          VALUES (%(run)s, 'q', '1', 'sealed', 'x'))
               INSERT INTO langgraph.checkpoint_writes (thread_id, checkpoint_id, task_id, idx, channel, blob)
               VALUES (%(run)s, 'c', 't', 0, 'q', 'x')""",
            {"run": str(run.run_id)},
        )


def checkpoints(urls: DatabaseUrls, run_id: UUID) -> int:
    with superuser(urls) as admin:
        row = admin.execute(
            """SELECT (SELECT count(*) FROM langgraph.checkpoints WHERE thread_id = %(run)s)
                    + (SELECT count(*) FROM langgraph.checkpoint_blobs WHERE thread_id = %(run)s)
                    + (SELECT count(*) FROM langgraph.checkpoint_writes WHERE thread_id = %(run)s)""",
            {"run": str(run_id)},
        ).fetchone()
    assert row is not None
    return int(row[0])


# ---------------------------------------------------------------- what is gone, what stays


async def test_an_erased_conversation_is_gone_and_its_record_stays(talk: Talk) -> None:
    run = await talk.ask("erase me")
    await talk.finish(run, reply="erased too")
    other = await talk.ask("keep me")
    assert await erased(talk.database, run.thread_id) == Erased(run.thread_id, runs=1)
    async with talk.database.transaction(ANNA) as tx:
        for reading in (
            conversations.get_run(tx, KEYRING, run.run_id),
            conversations.get_thread(tx, KEYRING, run.thread_id),
        ):
            with pytest.raises(Gone):
                await reading
        kept, _ = await conversations.get_run(tx, KEYRING, other.run_id)
    assert kept.question.text == "keep me"
    with pytest.raises(Gone):
        await talk.ask("more", thread_id=run.thread_id)
    stream = await records(talk.database, run.thread_id)
    assert [(r.kind, r.actor, dict(r.body)) for r in stream] == [
        ("thread.erased", "operator:root", {"reason": "request", "runs": 1, "cancelled": 0})
    ]
    assert list(faults(stream)) == []


async def test_erasing_again_changes_nothing(talk: Talk) -> None:
    run = await talk.ask()
    await talk.finish(run)
    await erased(talk.database, run.thread_id)
    assert await erased(talk.database, run.thread_id) == Erased(run.thread_id, before=True)
    assert len(await records(talk.database, run.thread_id)) == 1


async def test_a_hidden_and_an_empty_conversation_are_erased_alike(talk: Talk) -> None:
    run = await talk.ask()
    await talk.finish(run)
    empty = uuid4()
    async with talk.database.transaction(ANNA) as tx:
        await store.hide_thread(tx, run.thread_id, MORNING)
        await conversations.create_thread(tx, KEYRING, empty, MORNING)
    assert await erased(talk.database, run.thread_id) == Erased(run.thread_id, runs=1)
    assert await erased(talk.database, empty) == Erased(empty)


async def test_another_tenants_conversation_is_none(talk: Talk) -> None:
    run = await talk.ask()
    for thread_id, tenant in ((run.thread_id, "vale"), (uuid4(), "harbour")):
        with pytest.raises(NotFound, match=NO_SUCH):
            await erased(talk.database, thread_id, tenant)


async def test_nobody_finds_it_by_what_it_was_about(talk: Talk, database_urls: DatabaseUrls) -> None:
    runs = [await talk.ask(), await talk.ask()]
    for run in runs:
        async with talk.database.transaction(HARBOUR) as tx:
            await keep_subjects(tx, KEYRING, run.run_id, [("case", "C-1042"), ("customer", "31-7750")])
        await talk.finish(run)
    assert await erased(talk.database, runs[0].thread_id) == Erased(runs[0].thread_id, runs=1, subjects=2)
    with superuser(database_urls) as admin:
        left = admin.execute(
            "SELECT run_id, count(*) FROM app.run_subjects WHERE run_id = ANY (%s) GROUP BY 1",
            ([run.run_id for run in runs],),
        ).fetchall()
    assert left == [(runs[1].run_id, 2)]


async def test_without_its_record_nothing_is_erased(talk: Talk, database_urls: DatabaseUrls) -> None:
    run = await talk.ask("still here")
    with superuser(database_urls) as admin:
        admin.execute("REVOKE INSERT ON app.audit_records FROM countersign_app")
        try:
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                await erased(talk.database, run.thread_id)
        finally:
            admin.execute("GRANT INSERT ON app.audit_records TO countersign_app")
    async with talk.database.transaction(ANNA) as tx:
        kept, _ = await conversations.get_run(tx, KEYRING, run.run_id)
    assert (kept.question.text, kept.finished_at) == ("still here", None)


async def test_no_copy_of_a_destroyed_key_is_put_back(talk: Talk, database_urls: DatabaseUrls) -> None:
    run = await talk.ask()
    wrapped = "SELECT wrapped FROM app.thread_keys WHERE thread_id = %s"
    put = "UPDATE app.thread_keys SET wrapped = %s, destroyed_at = NULL WHERE thread_id = %s"
    with superuser(database_urls) as admin:
        row = admin.execute(wrapped, (run.thread_id,)).fetchone()
        assert row is not None
        await erased(talk.database, run.thread_id)
        with pytest.raises(psycopg.errors.RaiseException, match="stays destroyed"):
            admin.execute(put, (row[0], run.thread_id))


async def test_a_key_is_not_exchanged(talk: Talk, database_urls: DatabaseUrls) -> None:
    run = await talk.ask()
    with superuser(database_urls) as admin, pytest.raises(psycopg.errors.RaiseException, match="only destroyed"):
        admin.execute("UPDATE app.thread_keys SET wrapped = %s WHERE thread_id = %s", (b"another", run.thread_id))
    async with talk.database.transaction(ANNA) as tx:
        await conversations.get_run(tx, KEYRING, run.run_id)


async def test_the_application_changes_nothing_else_of_a_key(database_urls: DatabaseUrls) -> None:
    with psycopg.connect(database_urls.app) as conn:
        for change in ("UPDATE app.thread_keys SET thread_id = gen_random_uuid()", "DELETE FROM app.thread_keys"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                conn.execute(change)
            conn.rollback()


# ---------------------------------------------------------------- what is under way


async def test_a_run_under_way_is_cancelled_and_writes_nothing_more(talk: Talk, database_urls: DatabaseUrls) -> None:
    queued, running = await talk.ask(), await talk.ask()
    async with talk.database.transaction(HARBOUR) as tx:
        started = await store.start_run(tx, running.run_id, MORNING)
    assert started is not None
    for run in (queued, running):
        assert await erased(talk.database, run.thread_id) == Erased(run.thread_id, runs=1, cancelled=1)
        assert states(database_urls, run.thread_id) == [("cancelled", None)]
        assert [r.kind for r in await records(talk.database, run.thread_id)] == ["run.finished", "thread.erased"]
    async with talk.database.transaction(HARBOUR) as tx:
        assert await store.hold_run(tx, running.run_id, started["attempts"]) is None
        assert await store.start_run(tx, queued.run_id, MORNING) is None


async def test_a_request_that_waits_is_withdrawn(desk: Desk, database_urls: DatabaseUrls) -> None:
    asked = await desk.ask()
    assert await erased(desk.database, asked.thread_id) == Erased(asked.thread_id, runs=1, cancelled=1)
    assert states(database_urls, asked.thread_id) == [("cancelled", "withdrawn")]
    assert [r.kind for r in await records(desk.database, asked.thread_id)] == [
        "approval.requested",
        "approval.withdrawn",
        "run.finished",
        "thread.erased",
    ]
    assert (await desk.refusal(SAM, asked))[0] == 409
    await desk.decisions.expire("harbour", asked.id)
    assert states(database_urls, asked.thread_id) == [("cancelled", "withdrawn")]


async def test_what_is_signed_is_carried_out_first(desk: Desk, database_urls: DatabaseUrls) -> None:
    asked = await desk.ask()
    await desk.decide(SAM, asked)
    with pytest.raises(Conflict, match=UNDER_WAY):
        await erased(desk.database, asked.thread_id)
    assert states(database_urls, asked.thread_id) == [("queued", "approved")]
    assert (await desk.load(asked)).summary == asked.summary


async def test_every_end_of_a_request_can_be_erased(desk: Desk, database_urls: DatabaseUrls) -> None:
    rejected, expired, edited = [await desk.ask() for _ in range(3)]
    await desk.decide(SAM, rejected, "reject")
    await desk.decide(SAM, edited, "edit", args=dict(edited.call.args) | {"text": "x"})
    desk.clock.at = expired.expires_at
    await desk.decisions.expire("harbour", expired.id)
    for approval in (rejected, expired, edited):
        await erased(desk.database, approval.thread_id)
    assert [states(database_urls, approval.thread_id) for approval in (rejected, expired, edited)] == [
        [("rejected", "rejected")],
        [("expired", "expired")],
        [("cancelled", "edited"), ("cancelled", "withdrawn")],
    ]


async def test_a_decision_at_the_same_time_is_before_or_after(desk: Desk, database_urls: DatabaseUrls) -> None:
    for _ in range(10):
        asked = await desk.ask()
        decided, gone = await asyncio.gather(
            desk.decide(SOFIA, asked), erased(desk.database, asked.thread_id), return_exceptions=True
        )
        ended = states(database_urls, asked.thread_id)
        if isinstance(gone, Conflict):
            assert ended == [("queued", "approved")]
        else:
            assert ended == [("cancelled", "withdrawn")]
            assert isinstance(decided, Conflict | Gone)


async def test_a_question_at_the_same_time_is_before_or_after(talk: Talk, database_urls: DatabaseUrls) -> None:
    """Asked before, it is cancelled with the rest; asked after, the conversation is gone."""
    for _ in range(10):
        first = await talk.ask()
        await talk.finish(first)
        asked, gone = await asyncio.gather(
            talk.ask("and now?", thread_id=first.thread_id),
            erased(talk.database, first.thread_id),
            return_exceptions=True,
        )
        assert isinstance(gone, Erased)
        runs = [status for status, _ in states(database_urls, first.thread_id)]
        assert runs == ["answered"] if isinstance(asked, Gone) else ["answered", "cancelled"]


# ---------------------------------------------------------------- checkpoints


async def test_checkpoints_go_with_the_end_of_their_run(talk: Talk, database_urls: DatabaseUrls) -> None:
    ended, open_ = await talk.ask(), await talk.ask()
    for run in (ended, open_):
        await checkpointed(talk, run)
    await talk.finish(ended)
    assert [checkpoints(database_urls, run.run_id) for run in (ended, open_)] == [0, 3]


async def test_a_checkpoint_after_the_end_is_left_out(talk: Talk, database_urls: DatabaseUrls) -> None:
    run = await talk.ask()
    await talk.finish(run)
    await checkpointed(talk, run)
    assert checkpoints(database_urls, run.run_id) == 0


async def test_checkpoints_go_with_an_erasure(talk: Talk, database_urls: DatabaseUrls) -> None:
    run = await talk.ask()
    await checkpointed(talk, run)
    await erased(talk.database, run.thread_id)
    assert checkpoints(database_urls, run.run_id) == 0


async def test_the_list_goes_on_behind_an_erased_conversation(talk: Talk) -> None:
    """An erased one on a page is no sign that the list ends there."""
    mine = replace(ANNA, person="list-reader")
    reader = Talk(talk.database, mine)
    asked = [await reader.ask(f"q{n}") for n in range(4)]
    await erased(talk.database, asked[2].thread_id)
    async with talk.database.transaction(mine) as tx:
        listed = await conversations.list_threads(tx, KEYRING, before=None, limit=3)
    assert [thread.title for thread in listed] == ["q3", "q1", "q0"]
