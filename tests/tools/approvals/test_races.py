"""Decisions at the same instant: one counts, whatever the others are, and nobody waits for ever."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable

import pytest

from core.database import Database
from core.errors import ProblemError
from deploy.migrate import DatabaseUrls
from runs import store as runs_store
from tests.superuser import superuser
from tests.tools.approvals.desk import KEYRING, PEOPLE, SAM, SOFIA, Desk, roles
from tools.approvals import reading, store
from tools.approvals.models import Approval, ApprovalState
from tools.models import Signature

LIMIT_ARGS = {"customer_id": "31-7750", "amount": 20_000}


@pytest.fixture
async def desk(database_urls: DatabaseUrls) -> AsyncIterator[Desk]:
    """With a pool that is patient: a hundred decisions wait for eight connections on a busy machine."""
    database = await Database(database_urls.app, min_size=1, max_size=8, timeout_s=120).open()
    desk = Desk(database)
    await desk.sign_in(*PEOPLE)
    yield desk
    await database.close()


async def outcome(decision: Awaitable[Approval]) -> str:
    try:
        return (await decision).state.value
    except ProblemError as problem:
        return str(problem.status)


async def test_of_a_hundred_decisions_at_once_one_counts(desk: Desk) -> None:
    asked = await desk.ask()
    signing = [desk.decide((SAM, SOFIA)[n % 2], asked) for n in range(100)]
    outcomes = Counter(await asyncio.gather(*(outcome(each) for each in signing)))
    assert outcomes == {"approved": 1, "409": 99}
    left = await desk.left(asked)
    assert (len(left.approval.signatures), desk.resumed, left.told) == (1, [asked.run_id], ["approval.decided"])
    assert [kind for kind, _actor in left.recorded] == ["approval.approved"]


async def test_yes_and_no_at_the_same_instant_are_one_of_the_two(desk: Desk) -> None:
    for turn in range(50):
        asked = await desk.ask(paused=turn % 2 == 0)
        desk.resumed.clear()
        yes, no = desk.decide(SAM, asked), desk.decide(SOFIA, asked, "reject")
        both = (outcome(yes), outcome(no)) if turn % 3 else (outcome(no), outcome(yes))
        outcomes = sorted(await asyncio.gather(*both))
        left = await desk.left(asked)
        approved = left.approval.state is ApprovalState.APPROVED
        assert outcomes == ["409", "approved" if approved else "rejected"]
        assert desk.resumed == ([asked.run_id] if approved else [])
        assert (left.run == "rejected") is not approved
        assert len(left.approval.signatures) == 1


async def test_of_two_edits_at_once_one_opens_a_request(desk: Desk) -> None:
    asked = await desk.ask()
    edits = [
        desk.decide(who, asked, "edit", args=dict(asked.call.args) | {"text": f"by {who.person}"})
        for who in (SAM, SOFIA)
    ]
    assert sorted(await asyncio.gather(*(outcome(each) for each in edits))) == ["409", "pending"]
    assert (await desk.left(asked)).requests == 2


async def test_two_windows_of_one_person_are_one_signature(desk: Desk) -> None:
    asked = await desk.ask("limit_change", LIMIT_ARGS, signature=Signature.TWO)
    twice = await asyncio.gather(*(outcome(desk.decide(SAM, asked)) for _ in range(10)))
    assert Counter(twice) == {"pending": 1, "409": 9}
    assert ((await desk.load(asked)).approvers, desk.resumed) == (("sam",), [])


async def test_two_persons_at_once_give_two_signatures_and_one_resume(desk: Desk) -> None:
    asked = await desk.ask("limit_change", LIMIT_ARGS, signature=Signature.TWO)
    outcomes = await asyncio.gather(*(outcome(desk.decide(who, asked)) for who in (SAM, SOFIA)))
    assert sorted(outcomes) == ["approved", "pending"]
    assert desk.resumed == [asked.run_id]


async def test_a_decision_and_the_expiry_at_once(desk: Desk) -> None:
    asked = await desk.ask()
    desk.clock.at = asked.expires_at
    tried = await asyncio.gather(
        outcome(desk.decide(SAM, asked)), desk.decisions.expire("harbour", asked.id), return_exceptions=True
    )
    left = await desk.left(asked)
    assert (tried[0], tried[1], left.run, left.told) == (
        "410",
        None,
        "expired",
        ["approval.decided", "run.finished"],
    )


async def test_a_decision_waits_for_a_worker_that_has_the_run(desk: Desk, database_urls: DatabaseUrls) -> None:
    """Everybody takes the run first and then the request, so that no two wait for each other."""
    asked = await desk.ask(paused=False)
    async with desk.system() as tx:
        assert await runs_store.hold_run(tx, asked.run_id, 1) is not None
        deciding = asyncio.create_task(outcome(desk.decide(SAM, asked)))
        await somebody_waits(database_urls)
        assert await reading.load(tx, KEYRING, asked.id, lock=True) == asked
        assert await runs_store.pause_run(tx, asked.run_id, 1)
    assert await deciding == "approved"
    assert ((await desk.left(asked)).run, desk.resumed) == ("queued", [asked.run_id])


async def test_rights_are_read_after_the_wait(desk: Desk, database_urls: DatabaseUrls) -> None:
    asked = await desk.ask()
    async with desk.system() as tx:
        assert await store.hold_run(tx, asked.run_id) is not None
        deciding = asyncio.create_task(outcome(desk.decide(SAM, asked)))
        await somebody_waits(database_urls)
        await desk.sign_in(roles(SAM, "staff"))
    assert await deciding == "404"
    assert ((await desk.load(asked)).state, desk.resumed) == (ApprovalState.PENDING, [])


async def test_time_is_read_after_the_wait(desk: Desk, database_urls: DatabaseUrls) -> None:
    asked = await desk.ask()
    async with desk.system() as tx:
        assert await store.hold_run(tx, asked.run_id) is not None
        deciding = asyncio.create_task(outcome(desk.decide(SAM, asked)))
        await somebody_waits(database_urls)
        desk.clock.at = asked.expires_at
    assert await deciding == "410"


async def test_a_state_moves_only_from_the_one_it_has(desk: Desk) -> None:
    asked = await desk.ask()
    async with desk.system() as tx:
        for present in ("approved", "rejected", "edited"):
            assert not await store.move(tx, asked.id, present, "withdrawn", desk.clock.now())
        assert await store.move(tx, asked.id, "pending", "withdrawn", desk.clock.now())
        assert not await store.move(tx, asked.id, "pending", "rejected", desk.clock.now())


async def somebody_waits(urls: DatabaseUrls) -> None:
    """Until a transaction waits for a lock."""
    with superuser(urls) as admin:
        while not admin.execute("SELECT 1 FROM pg_locks WHERE NOT granted").fetchone():  # noqa: ASYNC110 -- no event
            await asyncio.sleep(0.01)
