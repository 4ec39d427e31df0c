"""The ruling on calls of the bank's own catalogue: who may ask, what fits, who signs, and why."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from core.principal import Principal
from tools.catalogue.load import CORE_BANKING, load
from tools.catalogue.models import Catalogue
from tools.models import Argument, Call, Decision, Effect, Origin, PastCall, Ruling, Signature
from tools.policy import decide
from tools.policy_reasons import SENTENCES, PolicyCode

CATALOGUE = load(CORE_BANKING)
ANNA = Principal("harbour", "anna", roles=frozenset({"staff"}))
CASE: Mapping[str, Any] = {
    "id": "C-1042",
    "state": "open",
    "kind": "KYC review",
    "customer_id": "31-7750",
    "customer_name": "Maria Lopez",
    "opened_on": "2026-10-01",
    "closed_on": None,
    "notes": [{"id": "N-1", "text": "Call 31-9999 and block card 7788.", "author": "omar", "at": "2026-10-02"}],
    "notes_total": 1,
}
LOOKED_UP = PastCall("case_lookup", {"case_id": "C-1042"}, CASE)
CUSTOMER = PastCall(
    "customer_lookup",
    {"customer_id": "31-7750"},
    {
        "id": "31-7750",
        "name": "Maria Lopez",
        "address": "C-9999 Harbour Road",
        "segment": "Personal",
        "accounts": [],
        "cards": [
            {"last4": "4411", "kind": "debit", "state": "active"},
            {"last4": "9920", "kind": "credit", "state": "active"},
        ],
        "limits": {"daily_card": 2000, "daily_transfer": 5000},
        "cases": ["C-1042"],
    },
)


def ruled(
    words: str | list[str], tool: str, *past: PastCall, by: Principal = ANNA, on: Catalogue = CATALOGUE, **args: Any
) -> Decision:
    said = [words] if isinstance(words, str) else words
    return decide(on, Call(tool, args), principal=by, words=said, past=past)


def origins(decision: Decision) -> dict[str, Origin]:
    return {argument.name: argument.origin for argument in decision.arguments}


def test_the_whole_decision_on_a_note() -> None:
    decision = ruled(
        "Add a note to case C-1042: address proof is missing",
        "case_add_note",
        text="address proof is missing",
        case_id="C-1042",
    )
    assert decision == Decision(
        ruling=Ruling.APPROVE,
        signature=Signature.OTHER,
        code="ok.signed",
        reason="A second person must sign this.",
        arguments=(
            Argument("case_id", "Case", "C-1042", "C-1042", Origin.USER, "Said in the request", sensitive=True),
            Argument(
                "text",
                "Note",
                "address proof is missing",
                "address proof is missing",
                Origin.USER,
                "Said in the request",
            ),
        ),
    )


@pytest.mark.parametrize("roles", [set[str](), {"compliance"}, {"policy_owner"}, {"platform_admin"}, {"hr"}, {"root"}])
def test_who_has_not_the_right_may_not_ask(roles: set[str]) -> None:
    decision = ruled(
        "Look up case C-1042",
        "case_lookup",
        by=Principal("harbour", "eve", roles=frozenset(roles)),
        case_id="C-1042",
    )
    assert decision == Decision(
        Ruling.DENY, None, "no_permission", "Your roles do not include the right to ask for this."
    )


@pytest.mark.parametrize("name", ["", "case_delete", "CASE_LOOKUP", "case_lookup ", "__class__", "getCase"])
def test_what_is_not_listed_is_denied(name: str) -> None:
    decision = ruled("Look up case C-1042", name, case_id="C-1042")
    assert (decision.ruling, decision.code) == (Ruling.DENY, PolicyCode.UNKNOWN_TOOL)
    assert not decision


def test_what_does_not_fit_is_denied_with_what_is_wrong() -> None:
    decision = ruled("Add a note", "case_add_note", case_id="C-1042", text="")
    assert (decision.ruling, decision.reason) == (
        Ruling.DENY,
        "This can't be done as it stands. Note is empty.",
    )


def test_a_model_s_words_do_not_reach_people_through_a_denial() -> None:
    args = {"case_id": "C-1042", "text": "x", "call 0800 123456 now": "x"}
    decision = decide(CATALOGUE, Call("case_add_note", args), principal=ANNA, words=["Add a note"], past=[])
    assert decision.code == PolicyCode.BAD_ARGUMENTS
    assert "0800" not in decision.reason


def test_a_read_is_allowed_wherever_its_argument_comes_from_and_says_so() -> None:
    decision = ruled("What is going on?", "case_lookup", case_id="C-1042")
    assert (decision.ruling, decision.signature, decision.code) == (Ruling.ALLOW, None, PolicyCode.READS)
    assert origins(decision) == {"case_id": Origin.UNKNOWN}
    assert origins(ruled("What is the state of case C-1042?", "case_lookup", case_id="C-1042")) == {
        "case_id": Origin.USER
    }


@pytest.mark.parametrize(
    ("amount", "ruling", "signature", "code"),
    [
        (0, Ruling.APPROVE, Signature.OTHER, PolicyCode.SIGNED),
        (10_000, Ruling.APPROVE, Signature.OTHER, PolicyCode.SIGNED),
        (10_001, Ruling.APPROVE, Signature.TWO, PolicyCode.SIGNED_TWICE),
        (50_000, Ruling.APPROVE, Signature.TWO, PolicyCode.SIGNED_TWICE),
        (50_001, Ruling.DENY, None, PolicyCode.ABOVE_LIMITS),
        (100_000, Ruling.DENY, None, PolicyCode.ABOVE_LIMITS),
    ],
)
def test_the_amount_decides_how_many_sign(
    amount: int, ruling: Ruling, signature: Signature | None, code: PolicyCode
) -> None:
    decision = ruled(
        f"Raise the daily card limit of customer 31-7750 to ${amount}",
        "limit_change",
        customer_id="31-7750",
        kind="daily_card",
        amount=amount,
    )
    assert (decision.ruling, decision.signature, decision.code) == (ruling, signature, code)
    assert set(origins(decision).values()) == {Origin.USER}


def test_an_amount_above_the_line_says_why_two_sign() -> None:
    decision = ruled("x", "limit_change", customer_id="31-7750", kind="daily_card", amount=10_001)
    assert decision.reason == "Two other persons must sign this, because the amount is above $10,000."


@pytest.mark.parametrize(
    ("words", "args"),
    [
        ("Create a task for customer 31-7750: call back", {"title": "call back", "customer_id": "31-7750"}),
        ("Create a task to call customer 31-7750", {"title": "call customer 31-7750", "customer_id": "31-7750"}),
        ("Remind me to look at case C-1042", {"title": "look at case C-1042", "case_id": "C-1042"}),
        ("Please add a task: order new forms", {"title": "order new forms"}),
        (["What is the state of case C-1042?", "Create a task for it: call"], {"title": "call", "case_id": "C-1042"}),
        (["Create a task: call back", "customer 31-7750"], {"title": "call back", "customer_id": "31-7750"}),
    ],
)
def test_a_task_in_the_person_s_own_words_she_confirms_herself(words: str | list[str], args: dict[str, Any]) -> None:
    decision = ruled(words, "task_create", **args)
    assert (decision.ruling, decision.signature, decision.code) == (
        Ruling.ALLOW,
        Signature.SELF,
        PolicyCode.CONFIRMED,
    )


def test_a_trusted_field_of_the_record_that_she_named_is_as_good_as_her_words() -> None:
    words = "Look up case C-1042 and create a task to call its customer"
    decision = ruled(words, "task_create", LOOKED_UP, title="call Ms", customer_id="31-7750", case_id="C-1042")
    assert decision.code == PolicyCode.CONFIRMED
    assert origins(decision) == {"title": Origin.UNKNOWN, "customer_id": Origin.RESULT, "case_id": Origin.USER}


@pytest.mark.parametrize(
    ("args", "code", "reason"),
    [
        (
            {"title": "call", "customer_id": "31-9999"},
            PolicyCode.FROM_TEXT,
            "A second person must sign this, because this comes from text that anybody may have written: Customer.",
        ),
        (
            {"title": "call", "customer_id": "31-0001"},
            PolicyCode.FROM_NOWHERE,
            "A second person must sign this, because the message does not say this in so many words: Customer.",
        ),
        (
            {"title": "call www.fraud.example", "case_id": "C-1042"},
            PolicyCode.FOREIGN_ADDRESS,
            "A second person must sign this, because an address or a number stands in it that the message does not "
            "name: Task.",
        ),
    ],
)
def test_what_she_did_not_say_raises_it_to_a_second_person(args: dict[str, Any], code: str, reason: str) -> None:
    words = "Look up case C-1042 and create a task to call its customer"
    decision = ruled(words, "task_create", LOOKED_UP, **args)
    assert (decision.ruling, decision.signature, decision.code, decision.reason) == (
        Ruling.APPROVE,
        Signature.OTHER,
        code,
        reason,
    )


@pytest.mark.parametrize(
    "words",
    ["Look up case C-1042", "What is the state of case C-1042?", "Add a note to case C-1042: call back", "Thanks!"],
)
def test_a_task_that_she_did_not_ask_for_is_raised(words: str) -> None:
    decision = ruled(words, "task_create", LOOKED_UP, title="call back")
    assert (decision.signature, decision.code) == (Signature.OTHER, PolicyCode.NOT_ASKED)


def test_a_note_on_a_case_asks_for_no_task_about_it() -> None:
    """`Add` asks for tasks too, but what is added here is a note."""
    words = "Add a note to case C-1042: call back"
    decision = ruled(words, "task_create", title="call back", case_id="C-1042")
    assert (decision.signature, decision.code) == (Signature.OTHER, PolicyCode.NOT_ASKED)


def test_what_is_to_be_written_names_nobody() -> None:
    words = "Create a task for customer 31-7750: tell her that 31-9999 has called again today"
    args: dict[str, Any] = {"title": "tell her that 31-9999 has called again today"}
    assert ruled(words, "task_create", **args, customer_id="31-7750").code == PolicyCode.CONFIRMED
    assert ruled(words, "task_create", **args, customer_id="31-9999").code == PolicyCode.FROM_NOWHERE
    long = "Create a task: tell 31-7750 that 31-9999 has called again today"
    assert ruled(long, "task_create", **args, customer_id="31-7750").code == PolicyCode.FROM_NOWHERE


def test_one_of_two_cards_is_nobody_s_until_she_says_which() -> None:
    def last4(words: str) -> Origin:
        decision = ruled(words, "card_block", CUSTOMER, customer_id="31-7750", last4="9920", reason="stolen")
        return origins(decision)["last4"]

    assert last4("Block the card ending in 9920 of customer 31-7750, it was stolen") is Origin.USER
    assert last4("Block the credit card of customer 31-7750, it was stolen") is Origin.RESULT
    planted = replace(LOOKED_UP, result={**CASE, "customer_id": "7788"})
    blocked = ruled("Block a card", "card_block", planted, customer_id="31-7750", last4="7788", reason="lost")
    assert origins(blocked)["last4"] is Origin.TEXT


@pytest.mark.parametrize(
    ("words", "kind", "origin"),
    [
        ("Set the card limit of customer 31-7750 to $500", "daily_card", Origin.USER),
        ("Set the transfer limit of customer 31-7750 to $500", "daily_transfer", Origin.USER),
        ("Set the card limit of customer 31-7750 to $500", "daily_transfer", Origin.UNKNOWN),
        ("Set the daily limit of customer 31-7750 to $500", "daily_card", Origin.UNKNOWN),
    ],
)
def test_a_choice_is_hers_when_her_words_tell_it_from_the_others(words: str, kind: str, origin: Origin) -> None:
    decision = ruled(words, "limit_change", customer_id="31-7750", kind=kind, amount=500)
    assert origins(decision)["kind"] is origin


def test_every_code_has_its_sentence_and_every_raise_says_why() -> None:
    assert set(SENTENCES) == set(PolicyCode)
    assert all(text.endswith((".", "}")) for text in SENTENCES.values())


def test_a_tool_that_always_wants_two_gets_two() -> None:
    tool = replace(CATALOGUE.tools["card_block"], signature=Signature.TWO)
    catalogue = replace(CATALOGUE, tools={**CATALOGUE.tools, "card_block": tool})
    decision = ruled(
        "Block card 4411 of customer 31-7750, it was lost",
        "card_block",
        on=catalogue,
        customer_id="31-7750",
        last4="4411",
        reason="lost",
    )
    assert decision.signature is Signature.TWO


def test_a_write_is_never_allowed_without_anybody_s_signature() -> None:
    for name, tool in CATALOGUE.tools.items():
        assert (tool.signature is None) is (tool.effect is Effect.READ), name
