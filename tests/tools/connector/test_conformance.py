"""What every connector holds to: the HTTP one against the sandbox's bank, and the one in memory."""

import asyncio
from typing import Any

import pytest

from tests.tools.connector.conftest import Bank
from tools.catalogue.models import Catalogue
from tools.connector.memory import Mishap
from tools.connector.ports import Acting, Outcome, ToolMisconfigured, ToolRefused, ToolUnavailable

ANNA = Acting("harbour", "anna", ("sam",))
BORIS = Acting("vale", "boris")
KEY = "effect-of-one-approval"
NOTE = {"case_id": "C-1042", "text": "Address proof is missing."}


async def read(bank: Bank, catalogue: Catalogue, tool: str, acting: Acting = ANNA, **args: Any) -> Any:
    return await bank.connector.call(catalogue.tools[tool], args, acting)


async def write(
    bank: Bank, catalogue: Catalogue, tool: str, args: dict[str, Any], key: str = KEY, acting: Acting = ANNA
) -> Any:
    return await bank.connector.call(catalogue.tools[tool], args, acting, idempotency_key=key)


async def test_reads_a_case_and_a_customer(bank: Bank, catalogue: Catalogue) -> None:
    case = await read(bank, catalogue, "case_lookup", case_id="C-1042")
    assert {name: case[name] for name in ("id", "state", "kind", "customer_id", "customer_name")} == {
        "id": "C-1042",
        "state": "open",
        "kind": "KYC review",
        "customer_id": "31-7750",
        "customer_name": "Miriam Osei",
    }
    assert case["notes_total"] == len(case["notes"])
    customer = await read(bank, catalogue, "customer_lookup", customer_id="31-7750")
    assert set(customer) == {"id", "name", "segment", "address", "accounts", "cards", "limits", "cases"}
    assert customer["cards"][0] == {"last4": "4417", "kind": "debit", "state": "active"}
    assert customer["limits"] == {"daily_card": 2500, "daily_transfer": 5000}


async def test_a_note_is_added_once_in_its_makers_name(bank: Bank, catalogue: Catalogue) -> None:
    before = (await read(bank, catalogue, "case_lookup", case_id="C-1042"))["notes_total"]
    added = await write(bank, catalogue, "case_add_note", NOTE)
    assert (added["case_id"], added["text"], added["author"]) == ("C-1042", NOTE["text"], "anna")
    assert await write(bank, catalogue, "case_add_note", NOTE) == added
    case = await read(bank, catalogue, "case_lookup", case_id="C-1042")
    assert (case["notes_total"], case["notes"][-1]["id"], bank.effects(KEY)) == (before + 1, added["id"], 1)


async def test_the_other_writes(bank: Bank, catalogue: Catalogue) -> None:
    task = await write(bank, catalogue, "task_create", {"title": "Call her", "case_id": "C-1042"}, "task-0001")
    assert (task["title"], task["owner"], task["state"], task["due_on"]) == ("Call her", "anna", "open", None)
    card = {"customer_id": "31-7750", "last4": "4417", "reason": "stolen"}
    blocked = await write(bank, catalogue, "card_block", card, "card-0001")
    assert (blocked["state"], blocked["reason"], blocked["kind"]) == ("blocked", "stolen", "debit")
    limit = {"customer_id": "31-7750", "kind": "daily_card", "amount": 4000}
    changed = await write(bank, catalogue, "limit_change", limit, "limit-0001")
    assert (changed["before"], changed["amount"]) == (2500, 4000)
    customer = await read(bank, catalogue, "customer_lookup", customer_id="31-7750")
    assert (customer["cards"][0]["state"], customer["limits"]["daily_card"]) == ("blocked", 4000)


@pytest.mark.parametrize(
    ("tool", "args", "detail"),
    [
        ("case_lookup", {"case_id": "C-9999"}, "There is no case C-9999."),
        ("customer_lookup", {"customer_id": "99-9999"}, "There is no customer 99-9999."),
        ("case_add_note", {"case_id": "C-9999", "text": "x"}, "There is no case C-9999."),
        ("case_add_note", {"case_id": "C-1017", "text": "x"}, "Case C-1017 is closed and takes no more notes."),
        ("task_create", {"title": "x", "customer_id": "99-9999"}, "There is no customer 99-9999."),
        (
            "card_block",
            {"customer_id": "31-7750", "last4": "0000", "reason": "lost"},
            "Customer 31-7750 has no card ending 0000.",
        ),
        (
            "limit_change",
            {"customer_id": "31-7750", "kind": "daily_card", "amount": 30_000},
            "The highest daily_card limit is 25,000 dollars a day.",
        ),
    ],
)
async def test_a_refusal_is_definite_and_stays_with_its_key(
    bank: Bank, catalogue: Catalogue, tool: str, args: dict[str, Any], detail: str
) -> None:
    for _ in range(2):
        with pytest.raises(ToolRefused) as caught:
            await write(bank, catalogue, tool, args)
        assert caught.value.detail == detail
    assert bank.effects(KEY) == 0
    recorded = await bank.connector.outcome(KEY, ANNA)
    is_write = catalogue.tools[tool].effect.value == "write"
    assert recorded == (Outcome(ok=False, result=None, detail=detail) if is_write else None)


async def test_a_card_is_not_blocked_twice(bank: Bank, catalogue: Catalogue) -> None:
    card = {"customer_id": "31-7750", "last4": "4417", "reason": "lost"}
    await write(bank, catalogue, "card_block", card, "card-0001")
    with pytest.raises(ToolRefused, match="is blocked already"):
        await write(bank, catalogue, "card_block", card, "card-0002")


async def test_a_key_is_for_one_request_of_one_person(bank: Bank, catalogue: Catalogue) -> None:
    await write(bank, catalogue, "case_add_note", NOTE)
    changed = [
        ("case_add_note", {**NOTE, "text": "Something else."}, ANNA),
        ("case_add_note", {**NOTE, "case_id": "C-1043"}, ANNA),
        ("task_create", {"title": "Something else"}, ANNA),
        ("case_add_note", NOTE, Acting("harbour", "omar", ("sam",))),
    ]
    for tool, args, acting in changed:
        with pytest.raises(ToolRefused, match="used for another request"):
            await write(bank, catalogue, tool, args, acting=acting)
    assert bank.effects(KEY) == 1


async def test_one_bank_knows_nothing_of_the_other(bank: Bank, catalogue: Catalogue) -> None:
    with pytest.raises(ToolRefused, match=r"There is no case C-1042\."):
        await read(bank, catalogue, "case_lookup", BORIS, case_id="C-1042")
    with pytest.raises(ToolRefused, match=r"There is no case C-1042\."):
        await write(bank, catalogue, "case_add_note", NOTE, "key-of-boris", BORIS)
    added = await write(bank, catalogue, "case_add_note", NOTE)
    assert await bank.connector.outcome(KEY, BORIS) is None
    assert await bank.connector.outcome(KEY, ANNA) == Outcome(ok=True, result=added)
    await write(bank, catalogue, "case_add_note", {"case_id": "C-2001", "text": "Ours."}, KEY, BORIS)
    assert bank.effects(KEY) == 2


async def test_a_bank_that_is_not_kept_there_is_a_misconfiguration(bank: Bank, catalogue: Catalogue) -> None:
    with pytest.raises(ToolMisconfigured):
        await read(bank, catalogue, "case_lookup", Acting("third", "eve"), case_id="C-1042")
    with pytest.raises(ToolMisconfigured):
        await write(bank, catalogue, "case_add_note", NOTE, acting=Acting("third", "eve"))
    assert bank.effects(KEY) == 0


async def test_a_reply_lost_before_it_was_done(bank: Bank, catalogue: Catalogue) -> None:
    bank.fail(Mishap.BEFORE, 1)
    with pytest.raises(ToolUnavailable):
        await write(bank, catalogue, "case_add_note", NOTE)
    assert (bank.effects(KEY), await bank.connector.outcome(KEY, ANNA)) == (0, None)
    added = await write(bank, catalogue, "case_add_note", NOTE)
    assert (bank.effects(KEY), await bank.connector.outcome(KEY, ANNA)) == (1, Outcome(ok=True, result=added))


async def test_a_reply_lost_after_it_was_done(bank: Bank, catalogue: Catalogue) -> None:
    bank.fail(Mishap.AFTER, 1)
    with pytest.raises(ToolUnavailable):
        await write(bank, catalogue, "case_add_note", NOTE)
    outcome = await bank.connector.outcome(KEY, ANNA)
    assert outcome is not None
    assert (outcome.ok, outcome.result["text"]) == (True, NOTE["text"])
    assert await write(bank, catalogue, "case_add_note", NOTE) == outcome.result
    assert bank.effects(KEY) == 1


async def test_a_reading_is_tried_twice_and_no_more(bank: Bank, catalogue: Catalogue) -> None:
    bank.fail(Mishap.BEFORE, 1)
    assert (await read(bank, catalogue, "case_lookup", case_id="C-1042"))["id"] == "C-1042"
    bank.fail(Mishap.BEFORE, 2)
    with pytest.raises(ToolUnavailable):
        await read(bank, catalogue, "case_lookup", case_id="C-1042")
    bank.fail(Mishap.BEFORE, 1)
    assert await bank.connector.outcome(KEY, ANNA) is None


async def test_the_same_write_many_times_at_once_has_one_effect(bank: Bank, catalogue: Catalogue) -> None:
    replies = await asyncio.gather(*(write(bank, catalogue, "case_add_note", NOTE) for _ in range(20)))
    assert all(reply == replies[0] for reply in replies)
    assert bank.effects(KEY) == 1


async def test_different_writes_at_once_all_count(bank: Bank, catalogue: Catalogue) -> None:
    before = (await read(bank, catalogue, "case_lookup", case_id="C-1042"))["notes_total"]
    keys = [f"effect-{number:04}" for number in range(20)]
    added = await asyncio.gather(*(write(bank, catalogue, "case_add_note", NOTE, key) for key in keys))
    assert len({note["id"] for note in added}) == 20
    assert (await read(bank, catalogue, "case_lookup", case_id="C-1042"))["notes_total"] == before + 20


@pytest.mark.parametrize("key", [None, "", "short", "x" * 129, "key with spaces", "../cases/C-1042", "line\nbreak"])
async def test_a_write_without_a_proper_key_is_a_mistake_of_ours(
    bank: Bank, catalogue: Catalogue, key: str | None
) -> None:
    with pytest.raises(ValueError, match="idempotency key"):
        await bank.connector.call(catalogue.tools["case_add_note"], NOTE, ANNA, idempotency_key=key)
    with pytest.raises(ValueError, match="idempotency key"):
        await bank.connector.outcome(key or "", ANNA)


@pytest.mark.parametrize(
    "case_id",
    ["C-1042/notes", "../customers/31-7750", "..", ".", "", "C-1042?x=1", "C-1042#x", "C-1042%2Fnotes", "C-1042\n",
     "C-1042;v=2", "..\\x", " ", "C-1042\x00", "C" * 200, None, True, 1.5, ["C-1042"], "\ud800"],
)  # fmt: skip
async def test_no_argument_leads_to_another_operation(bank: Bank, catalogue: Catalogue, case_id: Any) -> None:
    with pytest.raises(ToolRefused, match="The argument case_id"):
        await read(bank, catalogue, "case_lookup", case_id=case_id)
    with pytest.raises(ToolRefused, match="The argument case_id"):
        await write(bank, catalogue, "case_add_note", {"case_id": case_id, "text": "x"})
    assert bank.effects(KEY) == 0


async def test_an_argument_without_a_place_is_not_dropped_silently(bank: Bank, catalogue: Catalogue) -> None:
    with pytest.raises(ToolRefused, match="“author” is not an argument"):
        await write(bank, catalogue, "case_add_note", {**NOTE, "author": "sam"})
    with pytest.raises(ToolRefused, match="The argument case_id is missing"):
        await write(bank, catalogue, "case_add_note", {"text": "x"})
    assert bank.effects(KEY) == 0
