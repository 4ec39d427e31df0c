"""What the bank's system does: two readings and four writes. Each checks the record's state before it changes it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.corebank.problems import Conflict, Invalid, NotFound
from sandbox.corebank.store import Records, Row

NOTES_SHOWN = 50
HIGHEST = {"daily_card": 25_000, "daily_transfer": 100_000}
"""The bank's own bounds, in US dollars a day."""


@dataclass(frozen=True, slots=True)
class Request:
    """A checked request: whose records, for whom, its path arguments and body fields, and the time (RFC 3339)."""

    tenant: str
    person: str
    args: Mapping[str, Any]
    at: str


Rule = Callable[[Records, Request], dict[str, Any]]


def get_case(records: Records, asked: Request) -> dict[str, Any]:
    case = dict(_case(records, asked, asked.args["case_id"]))
    customer = _customer(records, asked, case["customer_id"])
    notes = records.rows(
        "SELECT number, text, author, at FROM notes WHERE tenant = ? AND case_id = ? ORDER BY number DESC LIMIT ?",
        *(asked.tenant, case["id"], NOTES_SHOWN),
    )
    total = records.rows(
        "SELECT count(*) AS total FROM notes WHERE tenant = ? AND case_id = ?", asked.tenant, case["id"]
    )
    shown = [{"id": f"N-{note['number']}", **_but(note, "number")} for note in reversed(notes)]
    named = {"customer_name": customer["name"], "notes": shown, "notes_total": total[0]["total"]}
    return {**_but(case, "tenant"), **named}


def get_customer(records: Records, asked: Request) -> dict[str, Any]:
    customer = _customer(records, asked, asked.args["customer_id"])
    belongs = (asked.tenant, customer["id"])

    def own(columns: str, table: str) -> list[Row]:
        return records.rows(f"SELECT {columns} FROM {table} WHERE tenant = ? AND customer_id = ? ORDER BY 1", *belongs)  # noqa: S608 -- our own names

    return {
        **{name: customer[name] for name in ("id", "name", "segment", "address")},
        "accounts": own("id, kind, state", "accounts"),
        "cards": own("last4, kind, state", "cards"),
        "limits": {kind: customer[kind] for kind in HIGHEST},
        "cases": [case["id"] for case in own("id", "cases")],
    }


def add_case_note(records: Records, asked: Request) -> dict[str, Any]:
    case = _case(records, asked, asked.args["case_id"])
    if case["state"] == "closed":
        raise Conflict(f"Case {case['id']} is closed and takes no more notes.")
    number = records.next_number("notes", asked.tenant)
    note = {"case_id": case["id"], "text": asked.args["text"], "author": asked.person, "at": asked.at}
    records.insert("notes", {"tenant": asked.tenant, "number": number, **note})
    return {"id": f"N-{number}", **note}


def create_task(records: Records, asked: Request) -> dict[str, Any]:
    about = {name: asked.args.get(name) for name in ("customer_id", "case_id")}
    if about["customer_id"] is not None:
        _customer(records, asked, about["customer_id"])
    if about["case_id"] is not None:
        _case(records, asked, about["case_id"])
    number = records.next_number("tasks", asked.tenant)
    task = {"title": asked.args["title"], "due_on": asked.args.get("due_on"), **about}
    task |= {"owner": asked.person, "created_at": asked.at}
    records.insert("tasks", {"tenant": asked.tenant, "number": number, **task})
    return {"id": f"T-{number}", "state": "open", **task}


def block_card(records: Records, asked: Request) -> dict[str, Any]:
    customer_id, last4 = asked.args["customer_id"], asked.args["last4"]
    _customer(records, asked, customer_id)
    where = (asked.tenant, customer_id, last4)
    card = records.row("SELECT * FROM cards WHERE tenant = ? AND customer_id = ? AND last4 = ?", *where)
    if card is None:
        raise NotFound(f"Customer {customer_id} has no card ending {last4}.")
    if card["state"] == "blocked":
        raise Conflict(f"The card ending {last4} of customer {customer_id} is blocked already.")
    reason = asked.args["reason"]
    records.change(
        "UPDATE cards SET state = 'blocked', reason = ?, blocked_at = ? "
        "WHERE tenant = ? AND customer_id = ? AND last4 = ?",
        *(reason, asked.at, *where),
    )
    now = {"state": "blocked", "reason": reason, "blocked_at": asked.at}
    return {"customer_id": customer_id, "last4": last4, "kind": card["kind"], **now}


def change_limit(records: Records, asked: Request) -> dict[str, Any]:
    customer = _customer(records, asked, asked.args["customer_id"])
    kind, amount = asked.args["kind"], asked.args["amount"]
    if amount > HIGHEST[kind]:
        raise Invalid(f"The highest {kind} limit is {HIGHEST[kind]:,} dollars a day.")
    column = {"daily_card": "daily_card", "daily_transfer": "daily_transfer"}[kind]
    records.change(
        f"UPDATE customers SET {column} = ? WHERE tenant = ? AND id = ?",  # noqa: S608 -- one of two names of ours
        *(amount, asked.tenant, customer["id"]),
    )
    changed = {"before": customer[kind], "amount": amount, "changed_at": asked.at}
    return {"customer_id": customer["id"], "kind": kind, **changed}


@dataclass(frozen=True, slots=True)
class Write:
    """A write: its rule, the status of its reply, and what the journal says that it changed."""

    rule: Rule
    status: int
    target: str


READS: Mapping[str, Rule] = {"getCase": get_case, "getCustomer": get_customer}
WRITES: Mapping[str, Write] = {
    "addCaseNote": Write(add_case_note, 201, "case {case_id}"),
    "createTask": Write(create_task, 201, "tasks"),
    "blockCard": Write(block_card, 200, "card {customer_id}/{last4}"),
    "changeLimit": Write(change_limit, 200, "limit {customer_id}/{kind}"),
}


def _case(records: Records, asked: Request, case_id: str) -> Row:
    case = records.row("SELECT * FROM cases WHERE tenant = ? AND id = ?", asked.tenant, case_id)
    if case is None:
        raise NotFound(f"There is no case {case_id}.")
    return case


def _customer(records: Records, asked: Request, customer_id: str) -> Row:
    customer = records.row("SELECT * FROM customers WHERE tenant = ? AND id = ?", asked.tenant, customer_id)
    if customer is None:
        raise NotFound(f"There is no customer {customer_id}.")
    return customer


def _but(row: Row, *names: str) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in names}
