"""An edit opens another request, of which whoever edited is a maker too, and never asks for less than before."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.tools.approvals.desk import ANNA, LIMITS, MORNING, OMAR, SAM, SOFIA, Desk, person
from tools.approvals.models import ApprovalState
from tools.approvals.reasons import (
    ARGS_NEEDED,
    ARGS_NOT_WANTED,
    DECIDED,
    EDITED_OWN_REASON,
    EXPIRED,
    NOTHING_CHANGED,
    RIGHTS,
    RightCode,
)
from tools.models import Argument, Origin, Signature

CHANGED = {"case_id": "C-1042", "text": "Proof of address is missing"}
OWN_REQUEST = (403, RIGHTS[RightCode.OWN_REQUEST])
LEA = person("lea", "supervisor")


async def test_an_edit_takes_the_place_of_what_was_asked(desk: Desk) -> None:
    asked = await desk.ask()
    desk.clock.at += timedelta(minutes=5)
    edited = await desk.decide(SAM, asked, "edit", args=CHANGED, reason="Say it properly.")
    closed = await desk.load(asked)
    assert (closed.state, closed.followed_by, closed.signatures[0].reason) == (
        ApprovalState.EDITED,
        edited.id,
        "Say it properly.",
    )
    assert edited == replace(
        asked,
        id=edited.id,
        digest=edited.digest,
        makers=("anna", "sam"),
        follows=asked.id,
        created_at=MORNING + timedelta(minutes=5),
        expires_at=MORNING + timedelta(minutes=65),
        call=replace(asked.call, args=CHANGED),
        arguments=(
            asked.arguments[0],
            Argument(
                "text",
                "Note",
                CHANGED["text"],
                CHANGED["text"],
                Origin.EDITOR,
                "typed by Sam Doe when changing the request",
            ),
        ),
        reason="Sam Doe changed what was asked, so somebody else has to sign it.",
    )
    assert edited.digest != asked.digest
    assert desk.scheduled == [(edited.id, edited.expires_at)]
    left = await desk.left(asked)
    assert (left.run, left.told, desk.resumed) == ("paused", ["approval.decided", "approval.required"], [])
    assert left.recorded == [("approval.edited", "sam"), ("approval.requested", "sam")]
    assert (left.events[-1].data["digest"], left.events[-1].data["args"]) == (edited.digest, CHANGED)
    assert await desk.refusal(SOFIA, asked) == (409, DECIDED["edited"])


async def test_neither_maker_signs_what_was_edited(desk: Desk) -> None:
    """Also where the one who asked is a supervisor, and after another edit."""
    maker = person("mia", "supervisor", "staff")
    await desk.sign_in(maker, LEA)
    asked = await desk.ask(maker=maker)
    edited = await desk.decide(SAM, asked, "edit", args=CHANGED)
    for own in (maker, SAM):
        assert await desk.refusal(own, edited) == OWN_REQUEST
        assert await desk.refusal(own, edited, "reject") == OWN_REQUEST
        assert await desk.refusal(own, edited, "edit", args=CHANGED | {"text": "x"}) == OWN_REQUEST
    again = await desk.decide(SOFIA, edited, "edit", args=CHANGED | {"text": "Third wording"})
    assert again.makers == ("mia", "sam", "sofia")
    for own in (maker, SAM, SOFIA):
        assert await desk.refusal(own, again) == OWN_REQUEST
    signed = await desk.decide(LEA, again)
    assert (signed.state, signed.call.args["text"]) == (ApprovalState.APPROVED, "Third wording")
    assert desk.resumed == [asked.run_id]
    assert [(await desk.load(each)).state.value for each in (asked, edited)] == ["edited", "edited"]


async def test_editing_back_to_what_was_asked_gives_nobody_their_signature_back(desk: Desk) -> None:
    asked = await desk.ask()
    there = await desk.decide(SAM, asked, "edit", args=CHANGED)
    back = await desk.decide(SOFIA, there, "edit", args=dict(asked.call.args))
    assert (back.digest, back.makers) == (asked.digest, ("anna", "sam", "sofia"))
    assert await desk.refusal(SAM, back) == OWN_REQUEST


@pytest.mark.parametrize(
    ("amount", "signature"), [(10_000, Signature.OTHER), (10_001, Signature.TWO), (90_000, Signature.TWO)]
)
async def test_a_larger_amount_needs_two(desk: Desk, amount: int, signature: Signature) -> None:
    asked = await desk.ask("limit_change", {"customer_id": "31-7750", "amount": 9_000})
    edited = await desk.decide(SAM, asked, "edit", args={"customer_id": "31-7750", "amount": amount})
    assert edited.signature is signature


async def test_a_smaller_amount_does_not_need_fewer(desk: Desk) -> None:
    """Or a second signature could be edited away."""
    await desk.sign_in(LEA)
    asked = await desk.ask("limit_change", {"customer_id": "31-7750", "amount": 12_000}, signature=Signature.TWO)
    await desk.decide(SOFIA, asked)
    edited = await desk.decide(SAM, asked, "edit", args={"customer_id": "31-7750", "amount": 5_000})
    assert (edited.signature, edited.signatures) == (Signature.TWO, ())
    await desk.decide(SOFIA, edited)
    assert desk.resumed == []
    assert (await desk.decide(LEA, edited)).state is ApprovalState.APPROVED
    assert "lea" not in LIMITS  # no limit of her own: her role's counts


async def test_a_maker_edits_what_she_signs_herself(desk: Desk) -> None:
    asked = await desk.ask("task_create")
    edited = await desk.decide(ANNA, asked, "edit", args=CHANGED)
    assert (edited.makers, edited.signature, edited.reason) == (("anna",), Signature.SELF, EDITED_OWN_REASON)
    assert (await desk.refusal(SAM, edited))[0] == 404
    assert (await desk.decide(ANNA, edited)).state is ApprovalState.APPROVED


@pytest.mark.parametrize(
    ("args", "detail"),
    [
        (None, ARGS_NEEDED),
        ({"case_id": "C-1042", "text": "Address proof is missing"}, NOTHING_CHANGED),
        ({"text": "x"}, "The changed request is not valid: Case is missing."),
        ({"case_id": "C-1042", "text": ""}, "The changed request is not valid: Note is empty."),
        ({"case_id": "C-1042", "text": 7}, "The changed request is not valid: Note must be a text."),
        (CHANGED | {"case_id": "C-1042/../31"}, "The changed request is not valid: Case does not have the right form."),
        (
            CHANGED | {"approved": True},
            "The changed request is not valid: There is more than this takes, which is Case, Note.",
        ),
        (CHANGED | {"text": float("nan")}, "The changed request is not valid: The arguments are not plain JSON."),
    ],
)
async def test_an_edit_that_does_not_fit_changes_nothing(desk: Desk, args: dict[str, Any] | None, detail: str) -> None:
    asked = await desk.ask()
    before = await desk.left(asked)
    assert await desk.refusal(SAM, asked, "edit", args=args) == (422, detail)
    assert await desk.left(asked) == before
    assert (await desk.decide(SAM, asked)).state is ApprovalState.APPROVED


async def test_only_an_edit_takes_arguments(desk: Desk) -> None:
    asked = await desk.ask()
    assert await desk.refusal(SAM, asked, "approve", args=CHANGED) == (422, ARGS_NOT_WANTED)
    assert await desk.refusal(SAM, asked, "reject", args=CHANGED) == (422, ARGS_NOT_WANTED)


async def test_who_may_not_sign_may_not_edit(desk: Desk) -> None:
    asked = await desk.ask()
    assert await desk.refusal(ANNA, asked, "edit", args=CHANGED) == OWN_REQUEST
    assert (await desk.refusal(OMAR, asked, "edit", args=CHANGED))[0] == 404
    desk.clock.at = asked.expires_at
    assert await desk.refusal(SAM, asked, "edit", args=CHANGED) == (410, EXPIRED)
