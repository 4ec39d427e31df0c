"""Who may sign, as a function: no combination of roles makes a maker a signer, and no limit is exceeded."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.principal import ROLE_PERMISSIONS, Permission, Principal
from tests.tools.catalogue_sample import LIMIT, NOTE, TASK
from tools.approvals.editing import signature_after
from tools.approvals.models import Approval, ApprovalState, SignatureMark
from tools.approvals.reasons import RIGHTS, RightCode
from tools.approvals.rights import by_both, holds_right, may_decide, may_see, may_sign
from tools.models import Call, Signature
from tools.people.models import Signer

NOW = datetime(2026, 3, 3, 9, tzinfo=UTC)
ROLES = st.frozensets(st.sampled_from([*ROLE_PERMISSIONS, "hr", "fraud_desk"]))


def approval(signature: Signature = Signature.OTHER, makers: tuple[str, ...] = ("anna",), **changes: Any) -> Approval:
    fields: dict[str, Any] = {
        **dict.fromkeys(("id", "run_id", "thread_id", "call_id"), UUID(int=1)),
        "tool": "limit_change",
        "catalogue_version": "v1",
        "digest": "",
        "signature": signature,
        "signers": frozenset({"supervisor"}),
        "makers": makers,
        "state": ApprovalState.PENDING,
        "follows": None,
        "created_at": NOW,
        "expires_at": NOW + timedelta(hours=1),
        "closed_at": None,
        "call": Call("limit_change", {}),
        "arguments": (),
        **dict.fromkeys(("summary", "reason", "request"), ""),
    }
    return Approval(**(fields | changes))


def signer(person: str, *roles: str, limit: int | None = None) -> Signer:
    return Signer(Principal("harbour", person, roles=frozenset(roles)), limit)


@given(roles=ROLES, signature=st.sampled_from([Signature.OTHER, Signature.TWO]), place=st.integers(0, 2))
def test_no_role_makes_a_maker_a_signer(roles: frozenset[str], signature: Signature, place: int) -> None:
    makers = ("anna", "sam", "sofia")
    asked = approval(signature, makers)
    assert may_decide(NOTE, asked, signer(makers[place], *roles)).code is RightCode.OWN_REQUEST


@given(roles=ROLES, person=st.sampled_from(["anna", "sam"]), signature=st.sampled_from(Signature))
def test_who_signs_has_role_and_right_and_sees_it(roles: frozenset[str], person: str, signature: Signature) -> None:
    asked, who = approval(signature), signer(person, *roles)
    if not may_sign(NOTE, asked, who, {}):
        return
    assert may_see(asked, who.principal)
    if signature is Signature.SELF:
        assert person == "anna"
        assert who.principal.may(NOTE.permission)
    else:
        assert person != "anna"
        assert "supervisor" in roles
        assert who.principal.may(Permission.APPROVAL_DECIDE)


@given(noted=ROLES, token=ROLES)
def test_the_token_and_the_note_have_to_agree(noted: frozenset[str], token: frozenset[str]) -> None:
    both = by_both(Principal("harbour", "sam", roles=token), signer("sam", *noted, limit=7))
    assert both == signer("sam", *(noted & token), limit=7)


@given(
    amount=st.integers(-10, 200_000),
    by_role=st.none() | st.integers(0, 100_000),
    personal=st.none() | st.integers(0, 100_000),
)
def test_the_smaller_limit_holds(amount: int, by_role: int | None, personal: int | None) -> None:
    assert LIMIT.limit is not None
    tool = replace(LIMIT, limit=replace(LIMIT.limit, by_role={} if by_role is None else {"supervisor": by_role}))
    right = holds_right(tool, approval(), signer("sam", "supervisor", limit=personal), {"amount": amount})
    if by_role is None:
        assert right.code is RightCode.NO_LIMIT
    else:
        assert bool(right) is (amount <= by_role and (personal is None or amount <= personal))


@pytest.mark.parametrize("amount", [None, "100", True, 100.0, [100], {"amount": 100}])
def test_what_is_no_whole_number_can_not_be_signed(amount: object) -> None:
    args = {} if amount is None else {"amount": amount}
    assert holds_right(LIMIT, approval(), signer("sam", "supervisor"), args).code is RightCode.NO_AMOUNT
    assert signature_after(approval(), LIMIT, args) is Signature.TWO


def test_only_a_role_that_signs_lends_its_limit() -> None:
    assert LIMIT.limit is not None
    tool = replace(LIMIT, limit=replace(LIMIT.limit, by_role={"supervisor": 10, "policy_owner": 1_000}))
    both = signer("pia", "supervisor", "policy_owner")
    assert holds_right(tool, approval(), both, {"amount": 10})
    assert holds_right(tool, approval(), both, {"amount": 11}).code is RightCode.ABOVE_LIMIT


def test_a_role_that_no_longer_signs_does_not() -> None:
    """The catalogue changed since it was asked: only roles that signed then and sign now count."""
    today = replace(NOTE, signers=frozenset({"compliance"}))
    assert may_decide(today, approval(), signer("sam", "supervisor")).code is RightCode.NO_ROLE
    assert may_decide(today, approval(), signer("carla", "compliance")).code is RightCode.NO_ROLE
    assert may_decide(None, approval(), signer("sam", "supervisor"))


def test_what_was_signed_is_not_signed_again_but_still_counts() -> None:
    signed = approval(Signature.TWO, signatures=(SignatureMark("sam", "approve", None, NOW),))
    sam = signer("sam", "supervisor")
    assert may_sign(NOTE, signed, sam, {}).code is RightCode.SIGNED_BEFORE
    assert holds_right(NOTE, signed, sam, {})


def test_only_the_one_maker_signs_herself() -> None:
    own = approval(Signature.SELF)
    assert may_sign(TASK, own, signer("anna", "staff"), {})
    assert may_sign(TASK, own, signer("omar", "staff", "supervisor"), {}).code is RightCode.MAKER_ONLY
    shared = approval(Signature.SELF, ("anna", "sam"))
    assert may_sign(TASK, shared, signer("anna", "staff"), {}).code is RightCode.MAKER_ONLY


@given(was=st.sampled_from(Signature), wanted=st.sampled_from(Signature), amount=st.integers(0, 20_000))
def test_an_edit_never_asks_for_less(was: Signature, wanted: Signature, amount: int) -> None:
    order = [Signature.SELF, Signature.OTHER, Signature.TWO]
    after = signature_after(approval(was), replace(LIMIT, signature=wanted), {"amount": amount})
    assert order.index(after) >= max(order.index(was), order.index(wanted))
    assert amount <= 10_000 or after is Signature.TWO


def test_every_code_has_its_sentence() -> None:
    assert set(RIGHTS) == set(RightCode)
