"""A bank in memory that answers the operations of core banking: the same shapes and refusals, and nothing kept."""

from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from tools.connector.ports import Acting, ToolRefused

HIGHEST = {"daily_card": 25_000, "daily_transfer": 100_000}
Json = dict[str, Any]


def _customer(customer_id: str, name: str, cards: Mapping[str, str], cases: list[str]) -> Json:
    return {
        "id": customer_id,
        "name": name,
        "segment": "Personal",
        "address": "14 Quayside Lane, Harbour Town",
        "accounts": [{"id": f"{customer_id}-01", "kind": "current", "state": "open"}],
        "cards": [{"last4": last4, "kind": "debit", "state": state} for last4, state in cards.items()],
        "limits": {"daily_card": 2_500, "daily_transfer": 5_000},
        "cases": cases,
    }


def _case(case_id: str, state: str, kind: str, customer: Json) -> Json:
    closed_on = "2026-09-30" if state == "closed" else None
    dates = {"opened_on": "2026-08-12", "closed_on": closed_on}
    about = {"customer_id": customer["id"], "customer_name": customer["name"]}
    return {"id": case_id, "state": state, "kind": kind, **about, **dates, "notes": [], "notes_total": 0}


def _harbour() -> tuple[dict[str, Json], dict[str, Json]]:
    miriam = _customer("31-7750", "Miriam Osei", {"4417": "active", "9023": "active"}, ["C-1042"])
    daniel = _customer("88-1204", "Daniel Brooks", {"2210": "active", "7781": "blocked"}, ["C-1043", "C-1017"])
    cases = [
        _case("C-1042", "open", "KYC review", miriam),
        _case("C-1043", "open", "Card dispute", daniel),
        _case("C-1017", "closed", "Card dispute", daniel),
    ]
    return {one["id"]: one for one in (miriam, daniel)}, {one["id"]: one for one in cases}


def _vale() -> tuple[dict[str, Json], dict[str, Json]]:
    sofie = _customer("72-1180", "Sofie Maes", {"6604": "active"}, ["C-2001"])
    case = _case("C-2001", "open", "KYC review", sofie)
    return {sofie["id"]: sofie}, {case["id"]: case}


@dataclass(slots=True)
class MemoryRecords:
    """The records of one bank, by id."""

    customers: dict[str, Json]
    cases: dict[str, Json]
    tasks: list[Json] = field(default_factory=list[Json])

    def customer(self, args: Mapping[str, Any]) -> Json:
        return _found(self.customers, args["customer_id"], "customer")

    def case(self, args: Mapping[str, Any]) -> Json:
        return _found(self.cases, args["case_id"], "case")


def two_banks() -> dict[str, MemoryRecords]:
    """Fresh records of harbour and vale."""
    return {"harbour": MemoryRecords(*_harbour()), "vale": MemoryRecords(*_vale())}


def _found(records: Mapping[str, Json], record_id: str, kind: str) -> Json:
    if record_id not in records:
        raise ToolRefused(f"There is no {kind} {record_id}.")
    return records[record_id]


def _get_case(bank: MemoryRecords, args: Mapping[str, Any], _acting: Acting, _at: str) -> Json:
    return deepcopy(bank.case(args))


def _get_customer(bank: MemoryRecords, args: Mapping[str, Any], _acting: Acting, _at: str) -> Json:
    return deepcopy(bank.customer(args))


def _add_case_note(bank: MemoryRecords, args: Mapping[str, Any], acting: Acting, at: str) -> Json:
    case = bank.case(args)
    if case["state"] == "closed":
        raise ToolRefused(f"Case {case['id']} is closed and takes no more notes.")
    number = 1 + sum(one["notes_total"] for one in bank.cases.values())
    note = {"id": f"N-{number}", "text": args["text"], "author": acting.person, "at": at}
    case["notes"].append(note)
    case["notes_total"] += 1
    return {"case_id": case["id"], **note}


def _create_task(bank: MemoryRecords, args: Mapping[str, Any], acting: Acting, at: str) -> Json:
    if args.get("customer_id") is not None:
        bank.customer(args)
    if args.get("case_id") is not None:
        bank.case(args)
    named = {name: args.get(name) for name in ("due_on", "customer_id", "case_id")}
    task = {"id": f"T-{len(bank.tasks) + 1}", "title": args["title"], "state": "open", **named}
    bank.tasks.append({**task, "owner": acting.person, "created_at": at})
    return dict(bank.tasks[-1])


def _block_card(bank: MemoryRecords, args: Mapping[str, Any], _acting: Acting, at: str) -> Json:
    customer, last4 = bank.customer(args), args["last4"]
    card = next((one for one in customer["cards"] if one["last4"] == last4), None)
    if card is None:
        raise ToolRefused(f"Customer {customer['id']} has no card ending {last4}.")
    if card["state"] == "blocked":
        raise ToolRefused(f"The card ending {last4} of customer {customer['id']} is blocked already.")
    card["state"] = "blocked"
    return {"customer_id": customer["id"], **card, "reason": args["reason"], "blocked_at": at}


def _change_limit(bank: MemoryRecords, args: Mapping[str, Any], _acting: Acting, at: str) -> Json:
    customer, kind, amount = bank.customer(args), args["kind"], args["amount"]
    if not 0 <= amount <= HIGHEST[kind]:
        raise ToolRefused(f"The highest {kind} limit is {HIGHEST[kind]:,} dollars a day.")
    before, customer["limits"][kind] = customer["limits"][kind], amount
    return {"customer_id": customer["id"], "kind": kind, "before": before, "amount": amount, "changed_at": at}


Rule = Callable[[MemoryRecords, Mapping[str, Any], Acting, str], Json]
RULES: Mapping[str, Rule] = {
    "getCase": _get_case,
    "getCustomer": _get_customer,
    "addCaseNote": _add_case_note,
    "createTask": _create_task,
    "blockCard": _block_card,
    "changeLimit": _change_limit,
}
"""By operation id."""
