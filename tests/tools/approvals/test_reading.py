"""Who sees which requests, and what waits for whom."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from core.database import Database
from core.errors import Gone, NotFound
from core.principal import Principal
from deploy.migrate import DatabaseUrls
from runs import store
from tests.superuser import superuser
from tests.tools.approvals.desk import ANNA, KEYRING, MORNING, OMAR, PEOPLE, SAM, SASHA, SOFIA, Desk, person, roles
from tools.approvals import reading
from tools.approvals.models import Approval, ApprovalState
from tools.approvals.reading import Waiting
from tools.approvals.store import Filter
from tools.models import Signature

LIMIT = {"customer_id": "31-7750", "amount": 30_000}
PENDING = Filter(states=["pending"])


@pytest.fixture
async def desk(database: Database, database_urls: DatabaseUrls) -> Desk:
    """An empty desk: these tests count."""
    with superuser(database_urls) as admin:
        admin.execute("TRUNCATE app.approvals, app.approval_signatures, app.people, app.people_history CASCADE")
    desk = Desk(database)
    await desk.sign_in(*PEOPLE)
    return desk


async def listed(desk: Desk, who: Principal, **options: Any) -> list[Approval]:
    async with desk.system(who.tenant) as tx:
        return await reading.list_for(tx, KEYRING, who, **options)


async def one(desk: Desk, who: Principal, approval: Approval) -> Approval:
    async with desk.system(who.tenant) as tx:
        return await reading.load_for(tx, KEYRING, who, approval.id)


async def waiting(desk: Desk, who: Principal) -> Waiting:
    async with desk.system(who.tenant) as tx:
        return await reading.waiting(tx, KEYRING, desk.catalogue, who, desk.clock.now())


async def ask(desk: Desk, *args: Any, **more: Any) -> Approval:
    """A minute after the one before."""
    desk.clock.at += timedelta(minutes=1)
    return await desk.ask(*args, **more)


async def test_makers_and_signers_see_it_and_nobody_else(desk: Desk) -> None:
    asked = await desk.ask()
    for who in (ANNA, SAM, SOFIA):
        assert await one(desk, who, asked) == asked
        assert await listed(desk, who) == [asked]
    for stranger in (OMAR, SASHA, person("nobody", "supervisor")):
        assert await listed(desk, stranger) == []
        problems: list[dict[str, Any]] = []
        for unseen in (asked, replace(asked, id=uuid4())):
            with pytest.raises(NotFound) as refused:
                await one(desk, stranger, unseen)
            problems.append(refused.value.as_problem())
        assert problems[0] == problems[1]


async def test_a_person_sees_by_todays_roles(desk: Desk) -> None:
    asked = await desk.ask()
    await desk.sign_in(roles(SAM, "staff"))
    assert await listed(desk, SAM) == []
    with pytest.raises(NotFound):
        await one(desk, SAM, asked)


async def test_what_its_maker_signs_is_in_no_other_queue(desk: Desk) -> None:
    asked = await desk.ask("task_create")
    assert await listed(desk, ANNA, whose="maker") == [asked]
    assert await listed(desk, ANNA, whose="checker") == []
    assert await listed(desk, SAM) == []
    assert (await waiting(desk, ANNA), await waiting(desk, SAM)) == (Waiting(1, MORNING, 1), Waiting(0, None, 0))


async def test_the_queue_of_a_checker_holds_what_she_may_still_decide(desk: Desk) -> None:
    note = await ask(desk)
    two = await ask(desk, "limit_change", LIMIT | {"amount": 12_000}, signature=Signature.TWO)
    rejected = await ask(desk)
    await desk.decide(SOFIA, rejected, "reject")
    own = await ask(desk, maker=person("sofia", "supervisor"))
    edited = await desk.decide(SAM, note, "edit", args=dict(note.call.args) | {"text": "x"})
    await desk.decide(SAM, two)

    def ids(approvals: list[Approval]) -> set[Any]:
        return {each.id for each in approvals}

    assert ids(await listed(desk, SAM, whose="checker", only=PENDING)) == {own.id}
    assert ids(await listed(desk, SOFIA, whose="checker", only=PENDING)) == {two.id, edited.id}
    assert ids(await listed(desk, SAM, whose="maker")) == {edited.id}
    assert ids(await listed(desk, SAM, whose="checker")) == {own.id, note.id, rejected.id}
    assert await listed(desk, roles(SAM, "staff"), whose="checker") == []  # a token without the right
    assert (await waiting(desk, SAM)).to_sign == 1
    assert await waiting(desk, SOFIA) == Waiting(2, two.created_at, 1)
    assert (await waiting(desk, ANNA)).requests_open == 2


async def test_the_count_knows_the_limits_and_the_catalogue(desk: Desk) -> None:
    asked = await ask(desk, "limit_change", LIMIT)
    assert await listed(desk, SAM, whose="checker") == [asked]  # he may still reject it
    assert await waiting(desk, SAM) == Waiting(0, None, 0)
    assert await waiting(desk, SOFIA) == Waiting(1, asked.created_at, 0)
    desk.catalogue = replace(desk.catalogue, version="v2")
    assert await waiting(desk, SOFIA) == Waiting(0, None, 0)


async def test_nothing_waits_that_can_not_be_signed_any_more(desk: Desk) -> None:
    expired, stopped, ended, fresh = [await ask(desk, paused=False) for _ in range(4)]
    async with desk.system() as tx:
        await store.request_cancel(tx, stopped.run_id, desk.clock.now())
        await store.finish_run(tx, ended.run_id, 1, "failed", {}, desk.clock.now())
    desk.clock.at = expired.expires_at
    assert await waiting(desk, SAM) == Waiting(1, fresh.created_at, 0)
    queue = replace(PENDING, open_at=desk.clock.now())
    assert await listed(desk, SAM, whose="checker", only=queue) == [fresh]
    assert len(await listed(desk, SAM, whose="checker", only=PENDING)) == 4


async def test_lists_are_filtered_and_paged_latest_first(desk: Desk) -> None:
    notes = [await ask(desk) for _ in range(5)]
    other_branch = replace(OMAR, branch="002")
    await desk.sign_in(other_branch)
    limit = await ask(desk, "limit_change", LIMIT, maker=other_branch)
    rejected = await desk.decide(SOFIA, notes[0], "reject")
    everything = [limit, *notes[:0:-1], rejected]
    assert await listed(desk, SAM) == everything
    assert await listed(desk, SAM, only=Filter(tool="limit_change")) == [limit]
    assert await listed(desk, SAM, only=Filter(maker="omar")) == [limit]
    assert await listed(desk, SAM, only=Filter(branch="002")) == [limit]
    assert await listed(desk, SAM, only=Filter(states=[ApprovalState.REJECTED])) == [rejected]
    paged: list[Approval] = []
    while page := await listed(desk, SAM, limit=2, before=(paged[-1].created_at, paged[-1].id) if paged else None):
        paged += page
    assert paged == everything


async def test_the_request_a_run_waits_for_is_the_end_of_its_edits(desk: Desk) -> None:
    asked = await desk.ask()
    edited = await desk.decide(SAM, asked, "edit", args=dict(asked.call.args) | {"text": "x"})
    async with desk.system() as tx:
        assert await reading.latest_of_run(tx, KEYRING, asked.run_id) == edited
        assert await reading.latest_of_run(tx, KEYRING, uuid4()) is None
        assert await reading.load(tx, KEYRING, uuid4()) is None
        names = await reading.names(tx, ["anna", "sam", "eve"])
    assert names == {"anna": ("Anna Doe", "001"), "sam": ("Sam Doe", "001")}


async def test_of_an_erased_conversation_nothing_is_shown(desk: Desk, database_urls: DatabaseUrls) -> None:
    asked, kept = await desk.ask(), await desk.ask()
    with superuser(database_urls) as admin:
        admin.execute("UPDATE app.thread_keys SET wrapped = NULL WHERE thread_id = %s", (asked.thread_id,))
    assert await listed(desk, SAM) == [kept]
    with pytest.raises(Gone):
        await one(desk, SAM, asked)
    with pytest.raises(Gone):
        await desk.decide(SAM, asked)
    desk.clock.at = asked.expires_at
    await desk.decisions.expire("harbour", asked.id)
    with superuser(database_urls) as admin:
        states = admin.execute(
            """SELECT a.state, r.status FROM app.approvals a JOIN app.runs r ON r.id = a.run_id WHERE a.id = %s""",
            (asked.id,),
        ).fetchall()
    assert states == [("expired", "expired")]


async def test_what_was_altered_is_left_out_and_the_others_are_listed(desk: Desk, database_urls: DatabaseUrls) -> None:
    altered, sound = await desk.ask(), await desk.ask()
    with superuser(database_urls) as admin:
        admin.execute("ALTER TABLE app.approvals DISABLE TRIGGER ALL")
        admin.execute(
            "UPDATE app.approvals SET expires_at = expires_at + interval '1 day' WHERE id = %s", (altered.id,)
        )
        admin.execute("ALTER TABLE app.approvals ENABLE TRIGGER ALL")
    assert [approval.id for approval in await listed(desk, SAM, whose="checker")] == [sound.id]
