"""A request is decided once, by whom the catalogue names, about exactly what was looked at; and its run follows."""

from dataclasses import replace
from datetime import timedelta

import pytest

from audit.chain import faults
from core.errors import Gone
from tests.tools.approvals.desk import ANNA, MORNING, OMAR, REQUEST, SAM, SOFIA, Desk
from tools.approvals.models import ApprovalState, SignatureMark
from tools.approvals.reasons import DECIDED, EXPIRED, RIGHTS, RightCode
from tools.models import Signature

MICROSECOND = timedelta(microseconds=1)


async def test_a_request_reads_back_as_it_was_opened(desk: Desk) -> None:
    asked = await desk.ask()
    assert await desk.load(asked) == asked
    assert (asked.summary, asked.request, asked.makers) == ("Add a note to case C-1042", REQUEST, ("anna",))
    assert asked.expires_at - asked.created_at == timedelta(minutes=60)


@pytest.mark.parametrize("paused", [True, False])
async def test_an_approval_lets_the_run_go_on(desk: Desk, paused: bool) -> None:
    """Also where the worker is about to pause the run."""
    asked = await desk.ask(paused=paused)
    signed = await desk.decide(SAM, asked, reason="  Checked with the branch. ")
    mark = SignatureMark("sam", "approve", "Checked with the branch.", MORNING)
    assert signed == replace(asked, state=ApprovalState.APPROVED, closed_at=MORNING, signatures=(mark,))
    left = await desk.left(asked)
    assert (left.run, desk.resumed) == ("queued" if paused else "running", [asked.run_id])
    assert left.told == ["approval.decided"]
    assert left.events[-1].data == {
        "run_id": str(asked.run_id),
        "at": "2026-03-03T09:00:00Z",
        "approval_id": str(asked.id),
        "decision": "approve",
        "decided_by": "sam",
        "decided_by_name": "Sam Doe",
        "done": True,
        "reason": "Checked with the branch.",
    }
    assert left.recorded == [("approval.approved", "sam")]
    key = await desk.key(asked)
    assert dict(left.records[-1].body) == {
        "approval": str(asked.id),
        "call": str(asked.call_id),
        "tool": "case_add_note",
        "signature": "other",
        "digest": asked.digest,
        "catalogue": "v1",
        "signed_by": ["sam"],
        "needed": 1,
        "roles": ["supervisor"],
        "reason": key.commit("Checked with the branch."),
    }
    assert list(faults(left.records)) == []


@pytest.mark.parametrize("paused", [True, False])
async def test_a_rejection_ends_the_run(desk: Desk, paused: bool) -> None:
    asked = await desk.ask(paused=paused)
    rejected = await desk.decide(SAM, asked, "reject", reason="Wrong case.")
    assert (rejected.state, rejected.signatures[0].reason) == (ApprovalState.REJECTED, "Wrong case.")
    left = await desk.left(asked)
    assert (left.run, desk.resumed) == ("rejected", [])
    assert left.told == ["approval.decided", "run.finished"]
    assert (left.events[-2].data["reason"], left.events[-1].data["status"]) == ("Wrong case.", "rejected")
    assert left.recorded == [("approval.rejected", "sam"), ("run.finished", "sam")]


async def test_two_persons_sign_what_needs_two(desk: Desk) -> None:
    asked = await desk.ask("limit_change", {"customer_id": "31-7750", "amount": 12_000}, signature=Signature.TWO)
    first = await desk.decide(SAM, asked)
    assert (first.state, first.approvers, desk.resumed) == (ApprovalState.PENDING, ("sam",), [])
    assert (await desk.left(asked)).run == "paused"
    assert await desk.refusal(SAM, asked) == (409, RIGHTS[RightCode.SIGNED_BEFORE])
    assert await desk.refusal(SAM, asked, "reject") == (409, RIGHTS[RightCode.SIGNED_BEFORE])
    second = await desk.decide(SOFIA, asked)
    assert (second.state, second.approvers, desk.resumed) == (
        ApprovalState.APPROVED,
        ("sam", "sofia"),
        [asked.run_id],
    )
    left = await desk.left(asked)
    assert [event.data["done"] for event in left.events if event.kind == "approval.decided"] == [False, True]
    assert left.recorded == [("approval.signed", "sam"), ("approval.approved", "sofia")]


async def test_one_no_of_two_ends_it(desk: Desk) -> None:
    asked = await desk.ask("limit_change", {"customer_id": "31-7750", "amount": 12_000}, signature=Signature.TWO)
    await desk.decide(SAM, asked)
    assert (await desk.decide(SOFIA, asked, "reject")).state is ApprovalState.REJECTED
    assert (await desk.left(asked)).run == "rejected"


async def test_a_maker_confirms_what_she_signs_herself_and_nobody_else_sees_it(desk: Desk) -> None:
    asked = await desk.ask("task_create")
    unknown = await desk.refusal(SAM, replace(asked, id=asked.run_id))
    assert await desk.refusal(SAM, asked) == unknown
    assert await desk.refusal(OMAR, asked, "reject") == unknown
    assert (await desk.decide(ANNA, asked)).state is ApprovalState.APPROVED
    assert desk.resumed == [asked.run_id]


async def test_a_decided_request_stays_as_it_was_decided(desk: Desk) -> None:
    asked = await desk.ask()
    await desk.decide(SAM, asked)
    before = await desk.left(asked)
    assert await desk.refusal(SOFIA, asked) == (409, DECIDED["approved"])
    assert await desk.refusal(SAM, asked, "reject") == (409, DECIDED["approved"])
    await desk.decisions.expire("harbour", asked.id)
    assert await desk.left(asked) == before


@pytest.mark.parametrize("reason", [None, "", "  \n"])
async def test_a_rejection_says_why(desk: Desk, reason: str | None) -> None:
    asked = await desk.ask()
    with pytest.raises(Exception, match="Say why") as refused:
        await desk.decisions.decide(SAM, asked.id, "reject", asked.digest, reason=reason)
    assert getattr(refused.value, "status", None) == 422
    status, detail = await desk.refusal(SAM, asked, "reject", reason="x" * 2_001)
    assert (status, "2000" in detail) == (422, True)
    assert (await desk.load(asked)).state is ApprovalState.PENDING


# ------------------------------------------------------------------ expiry


async def test_it_can_be_signed_until_the_very_moment_of_its_expiry(desk: Desk) -> None:
    asked = await desk.ask()
    desk.clock.at = asked.expires_at - MICROSECOND
    assert (await desk.decide(SAM, asked)).state is ApprovalState.APPROVED


@pytest.mark.parametrize("late", [timedelta(0), MICROSECOND, timedelta(days=400)])
async def test_a_late_decision_finds_it_expired_and_ends_the_run(desk: Desk, late: timedelta) -> None:
    asked = await desk.ask()
    desk.clock.at = asked.expires_at + late
    assert await desk.refusal(SAM, asked) == (410, EXPIRED)
    left = await desk.left(asked)
    assert (left.approval.state, left.approval.signatures, left.run) == (ApprovalState.EXPIRED, (), "expired")
    assert left.told == ["approval.decided", "run.finished"]
    assert left.recorded == [("approval.expired", "system"), ("run.finished", "system")]
    assert await desk.refusal(SOFIA, asked, "reject") == (410, EXPIRED)
    assert await desk.left(asked) == left
    assert desk.resumed == []


async def test_it_expires_by_itself_once(desk: Desk) -> None:
    asked = await desk.ask(paused=False)
    await desk.decisions.expire("harbour", asked.id)  # by a clock ahead of ours
    assert (await desk.load(asked)).state is ApprovalState.PENDING
    assert desk.scheduled == [(asked.id, asked.expires_at + timedelta(seconds=1))]
    desk.clock.at = asked.expires_at
    await desk.decisions.expire("vale", asked.id)
    await desk.decisions.expire("harbour", asked.run_id)
    assert (await desk.load(asked)).state is ApprovalState.PENDING
    await desk.decisions.expire("harbour", asked.id)
    left = await desk.left(asked)
    assert (left.approval.state, left.run) == (ApprovalState.EXPIRED, "expired")
    await desk.decisions.expire("harbour", asked.id)
    assert await desk.left(asked) == left
    with pytest.raises(Gone):
        await desk.decide(SAM, asked)


# ------------------------------------------------------------------ the order of the checks


async def test_what_is_wrong_is_said_in_one_order(desk: Desk) -> None:
    """Who may not see it learns nothing; who may learns its state before what is wrong with the decision."""
    asked = await desk.ask("limit_change", {"customer_id": "31-7750", "amount": 30_000})
    wrong = {"digest": "0" * 64, "reason": ""}
    assert (await desk.refusal(OMAR, asked, "reject", **wrong))[0] == 404
    assert (await desk.refusal(SAM, asked, "reject", **wrong))[0] == 412
    assert (await desk.refusal(ANNA, asked, "reject", reason=""))[0] == 403
    assert (await desk.refusal(SAM, asked, "approve"))[0] == 403  # above his limit
    assert (await desk.refusal(SAM, asked, "reject", reason=""))[0] == 422
    desk.clock.at = asked.expires_at
    assert (await desk.refusal(SAM, asked, "reject", **wrong))[0] == 410
