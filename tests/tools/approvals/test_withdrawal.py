"""A maker stops what she asked for, until it is approved; and what is left open of a run that has ended is closed."""

import asyncio
from uuid import UUID

import pytest

from core.errors import Conflict, NotFound, ProblemError
from runs import conversations, store
from runs.models import RunStatus
from tests.tools.approvals.desk import ANNA, KEYRING, SAM, SOFIA, Desk
from tools.approvals.models import Approval, ApprovalState
from tools.approvals.reasons import BEING_DONE, DECIDED, STOPPED


async def withdraw(desk: Desk, asked: Approval, actor: str = "anna") -> bool:
    async with desk.system() as tx:
        run, key = await conversations.get_run(tx, KEYRING, asked.run_id)
        return await desk.decisions.withdraw(tx, run, key, actor, desk.clock.now())


async def end(desk: Desk, run_id: UUID, status: RunStatus) -> None:
    """As a worker ends a run that it can't go on with."""
    async with desk.system() as tx:
        run, _key = await conversations.get_run(tx, KEYRING, run_id)
        assert await store.finish_run(tx, run_id, run.attempts, status.value, {}, desk.clock.now())


async def ask_to_stop(desk: Desk, run_id: UUID) -> None:
    async with desk.database.transaction(ANNA) as tx:
        assert await store.request_cancel(tx, run_id, desk.clock.now())


@pytest.mark.parametrize("paused", [True, False])
async def test_a_maker_stops_her_request(desk: Desk, paused: bool) -> None:
    asked = await desk.ask(paused=paused)
    assert await withdraw(desk, asked)
    left = await desk.left(asked)
    assert (left.approval.state, left.run) == (ApprovalState.WITHDRAWN, "cancelled")
    assert left.told == ["approval.decided", "run.finished"]
    decided = left.events[-2].data
    assert (decided["decision"], decided["decided_by"], decided["decided_by_name"]) == ("withdraw", "anna", "Anna Doe")
    assert left.recorded == [("approval.withdrawn", "anna"), ("run.finished", "anna")]
    assert await desk.refusal(SAM, asked) == (409, DECIDED["withdrawn"])
    assert not await withdraw(desk, asked)
    assert await desk.left(asked) == left


async def test_an_edited_request_is_stopped_at_its_end(desk: Desk) -> None:
    asked = await desk.ask()
    edited = await desk.decide(SAM, asked, "edit", args=dict(asked.call.args) | {"text": "x"})
    with pytest.raises(NotFound):
        await withdraw(desk, asked, "sam")
    assert await withdraw(desk, asked)
    assert [(await desk.load(each)).state.value for each in (asked, edited)] == ["edited", "withdrawn"]


async def test_what_is_approved_is_not_stopped(desk: Desk) -> None:
    asked = await desk.ask()
    await desk.decide(SAM, asked)
    before = await desk.left(asked)
    with pytest.raises(Conflict, match=BEING_DONE):
        await withdraw(desk, asked)
    assert await desk.left(asked) == before


async def test_a_run_without_a_request_has_none_to_withdraw(desk: Desk) -> None:
    asked = await desk.ask()
    await desk.decide(SAM, asked, "reject")
    assert not await withdraw(desk, asked)


async def test_a_stop_and_a_signature_at_the_same_instant(desk: Desk) -> None:
    async def stop(asked: Approval) -> str:
        try:
            return "stopped" if await withdraw(desk, asked) else "nothing"
        except ProblemError as problem:
            return str(problem.status)

    async def sign(asked: Approval) -> str:
        try:
            return (await desk.decide(SAM, asked)).state.value
        except ProblemError as problem:
            return str(problem.status)

    for turn in range(25):
        asked = await desk.ask()
        desk.resumed.clear()
        tried = (stop(asked), sign(asked)) if turn % 2 else (sign(asked), stop(asked))
        outcomes = sorted(await asyncio.gather(*tried))
        left = await desk.left(asked)
        approved = left.approval.state is ApprovalState.APPROVED
        assert outcomes == (["409", "approved"] if approved else ["409", "stopped"])
        assert (desk.resumed == [asked.run_id], left.run == "cancelled") == (approved, not approved)


@pytest.mark.parametrize("paused", [True, False])
async def test_what_was_to_be_stopped_before_is_not_signed(desk: Desk, paused: bool) -> None:
    """She asked to stop while her run was still under way: the signature comes too late, and ends it as she wanted."""
    asked = await desk.ask(paused=paused)
    await ask_to_stop(desk, asked.run_id)
    assert await desk.refusal(SAM, asked) == (409, STOPPED)
    left = await desk.left(asked)
    assert (left.approval.state, left.run, desk.resumed) == (ApprovalState.WITHDRAWN, "cancelled", [])
    assert left.recorded == [("approval.withdrawn", "anna"), ("run.finished", "anna")]


async def test_what_is_left_of_an_ended_run_is_not_signed(desk: Desk) -> None:
    asked = await desk.ask(paused=False)
    await end(desk, asked.run_id, RunStatus.FAILED)
    assert await desk.refusal(SOFIA, asked) == (409, STOPPED)
    left = await desk.left(asked)
    assert (left.approval.state, left.run, left.told) == (ApprovalState.WITHDRAWN, "failed", [])
    assert left.recorded == [("approval.withdrawn", "system")]


async def test_what_is_left_of_an_ended_run_expires(desk: Desk) -> None:
    asked = await desk.ask(paused=False)
    await end(desk, asked.run_id, RunStatus.FAILED)
    desk.clock.at = asked.expires_at
    await desk.decisions.expire("harbour", asked.id)
    left = await desk.left(asked)
    assert (left.approval.state, left.run, left.told) == (ApprovalState.EXPIRED, "failed", [])
