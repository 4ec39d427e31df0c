"""The core bank's operations: what they say, what they refuse, and one effect per key."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator, FormatChecker

from sandbox.corebank.rules import READS, WRITES
from tests.sandbox.core_bank import NOTES, CoreBank, bearer, claims, running

KEY = "effect-of-one-approval"
DOCUMENT: dict[str, Any] = json.loads((Path(__file__).parents[2] / "sandbox/corebank/openapi.json").read_text())


@pytest.fixture
def bank(tmp_path: Path) -> Iterator[CoreBank]:
    with running(tmp_path) as bank:
        yield bank


def conforms(name: str, body: Any) -> None:
    schema = {"$ref": f"#/components/schemas/{name}", "components": DOCUMENT["components"]}
    Draft202012Validator(schema, format_checker=FormatChecker(["date"])).validate(body)


def test_a_case_and_its_customer(bank: CoreBank) -> None:
    case, customer = bank.get("/v1/cases/C-1042").json(), bank.get("/v1/customers/31-7750").json()
    conforms("Case", case)
    conforms("Customer", customer)
    assert (case["state"], case["kind"], case["customer_id"]) == ("open", "KYC review", "31-7750")
    assert customer["cards"][0] == {"last4": "4417", "kind": "debit", "state": "active"}
    assert (customer["limits"], customer["cases"]) == ({"daily_card": 2500, "daily_transfer": 5000}, ["C-1042"])


def test_every_seeded_record_is_as_documented(bank: CoreBank) -> None:
    seed: dict[str, Any] = json.loads((Path(__file__).parents[2] / "sandbox/corebank/seed.json").read_text())
    assert {tenant: (len(kept["customers"]), len(kept["cases"])) for tenant, kept in seed.items()} == {
        "harbour": (8, 8),
        "vale": (8, 8),
    }
    for tenant, kept in seed.items():
        for one in kept["customers"]:
            conforms("Customer", bank.get(f"/v1/customers/{one['id']}", tenant=tenant).json())
        for one in kept["cases"]:
            conforms("Case", bank.get(f"/v1/cases/{one['id']}", tenant=tenant).json())


def test_what_each_write_answers(bank: CoreBank) -> None:
    at = "2027-01-15T08:00:00.000Z"
    note = bank.write(NOTES, {"text": "Address proof is missing."})
    conforms("AddedNote", note.json())
    assert note.status_code == 201
    assert note.json() == {
        "id": "N-8", "case_id": "C-1042", "text": "Address proof is missing.", "author": "anna", "at": at,
    }  # fmt: skip
    task = bank.write("/v1/tasks", {"title": "Call her", "due_on": "2027-01-20", "case_id": "C-1042"})
    conforms("Task", task.json())
    assert (task.status_code, task.json()["owner"], task.json()["customer_id"]) == (201, "anna", None)
    card = bank.write("/v1/customers/31-7750/cards/4417/block", {"reason": "lost"})
    conforms("BlockedCard", card.json())
    assert (card.status_code, card.json()["state"]) == (200, "blocked")
    limit = bank.write("/v1/customers/31-7750/limits/daily_transfer", {"amount": 0}, method="PUT")
    conforms("ChangedLimit", limit.json())
    assert (limit.status_code, limit.json()["before"], limit.json()["amount"]) == (200, 5000, 0)
    customer = bank.get("/v1/customers/31-7750").json()
    assert (customer["cards"][0]["state"], customer["limits"]["daily_transfer"]) == ("blocked", 0)
    assert bank.get("/v1/cases/C-1042").json()["notes"][-1]["author"] == "anna"


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "code", "detail"),
    [
        ("POST", "/v1/cases/C-9999/notes", {"text": "x"}, 404, "not_found", "There is no case C-9999."),
        ("POST", "/v1/cases/C-2001/notes", {"text": "x"}, 404, "not_found", "There is no case C-2001."),
        (
            *("POST", "/v1/cases/C-1017/notes", {"text": "x"}, 409, "conflict"),
            "Case C-1017 is closed and takes no more notes.",
        ),
        (
            *("POST", "/v1/customers/67-9032/cards/5540/block", {"reason": "lost"}, 409, "conflict"),
            "The card ending 5540 of customer 67-9032 is blocked already.",
        ),
        (
            *("POST", "/v1/customers/31-7750/cards/0712/block", {"reason": "lost"}, 404, "not_found"),
            "Customer 31-7750 has no card ending 0712.",
        ),
        (
            *("PUT", "/v1/customers/31-7750/limits/daily_card", {"amount": 25_001}, 422, "invalid"),
            "The highest daily_card limit is 25,000 dollars a day.",
        ),
        (
            *("PUT", "/v1/customers/31-7750/limits/daily_transfer", {"amount": 100_001}, 422, "invalid"),
            "amount must be at most 100,000.",
        ),
        (
            *("PUT", "/v1/customers/31-7750/limits/daily_card", {"amount": -1}, 422, "invalid"),
            "amount must be at least 0.",
        ),
        (
            *("PUT", "/v1/customers/31-7750/limits/daily_card", {"amount": 3000.0}, 422, "invalid"),
            "amount must be a whole number without a decimal point.",
        ),
        (
            *("PUT", "/v1/customers/31-7750/limits/daily_card", {"amount": True}, 422, "invalid"),
            "amount is not valid. Expected: The new limit in whole US dollars a day.",
        ),
        (
            *("PUT", "/v1/customers/31-7750/limits/overdraft", {"amount": 1}, 422, "invalid"),
            "kind must be one of daily_card, daily_transfer.",
        ),
        ("POST", "/v1/tasks", {}, 422, "invalid", "title is missing."),
        (
            *("POST", "/v1/tasks", {"title": "x", "owner": "sam"}, 422, "invalid"),
            "owner is not part of this request.",
        ),
        (
            *("POST", "/v1/tasks", {"title": "x", "due_on": "2027-02-30"}, 422, "invalid"),
            "due_on is not valid. Expected: The day by which it is due, such as 2026-12-01.",
        ),
        ("POST", "/v1/tasks", {"title": "x" * 121}, 422, "invalid", "title must have at most 120 characters."),
        (
            *("POST", "/v1/tasks", {"title": "x", "customer_id": "72-1180"}, 404, "not_found"),
            "There is no customer 72-1180.",
        ),
        ("POST", "/v1/tasks", [], 422, "invalid", "The body is not valid."),
    ],
)
def test_a_refusal_says_what_is_wrong_and_does_nothing(
    bank: CoreBank, method: str, path: str, body: Any, status: int, code: str, detail: str
) -> None:
    reply = bank.write(path, body, method=method)
    conforms("Problem", reply.json())
    assert reply.headers["content-type"] == "application/problem+json"
    assert (reply.status_code, reply.json()["code"], reply.json()["detail"]) == (status, code, detail)
    assert bank.effects() == []


@pytest.mark.parametrize(
    "text", ["", " ", "\n", "nul\x00", "bell\x07", "other\u202ekrow yaw", "hid\u200bden", "isolate\u2066", "x" * 1001]
)
def test_a_note_holds_nothing_that_people_can_not_see(bank: CoreBank, text: str) -> None:
    assert bank.write(NOTES, {"text": text}).status_code == 422
    assert bank.write("/v1/tasks", {"title": text}).status_code == 422
    assert bank.effects() == []


def test_a_note_keeps_its_lines_and_a_task_has_one(bank: CoreBank) -> None:
    assert bank.write(NOTES, {"text": "Erste Zeile: Prüfung\nzweite – “offen”\n"}).status_code == 201
    assert bank.write("/v1/tasks", {"title": "two\nlines"}).status_code == 422
    assert bank.write("/v1/tasks", {"title": "one line\n"}).status_code == 422


@pytest.mark.parametrize("case_id", ["C-1042%0A", "C-1042%2Fnotes", "c-1042", "C-10422", "%2e%2e", "C-1042%00"])
def test_no_other_spelling_of_a_case_is_that_case(bank: CoreBank, case_id: str) -> None:
    assert bank.get(f"/v1/cases/{case_id}").status_code in {404, 405, 422}
    assert bank.write(f"/v1/cases/{case_id}/notes", {"text": "x"}).status_code in {404, 405, 422}
    assert bank.effects() == []


def test_a_write_is_read_strictly(bank: CoreBank) -> None:
    headers = bearer(claims(bank.clock())) | {"Content-Type": "application/json"}
    keyed = headers | {"Idempotency-Key": KEY}
    sent = {
        "no key": bank.client.post(NOTES, content=b'{"text": "x"}', headers=headers),
        "a bad key": bank.client.post(NOTES, content=b'{"text": "x"}', headers=headers | {"Idempotency-Key": "a b"}),
        "no JSON": bank.client.post(NOTES, content=b"text=x", headers=keyed),
        "a form": bank.client.post(NOTES, data={"text": "x"}, headers=keyed | {"Content-Type": "text/plain"}),
        "too large": bank.client.post(NOTES, content=b" " * 20_000, headers=keyed),
        "another method": bank.client.put(NOTES, content=b'{"text": "x"}', headers=keyed),
        "nowhere": bank.client.get("/v1/nothing", headers=headers),
    }
    assert {name: (reply.status_code, reply.json()["code"]) for name, reply in sent.items()} == {
        "no key": (400, "idempotency_key_missing"),
        "a bad key": (400, "idempotency_key_missing"),
        "no JSON": (400, "bad_request"),
        "a form": (415, "unsupported_media_type"),
        "too large": (413, "payload_too_large"),
        "another method": (405, "method_not_allowed"),
        "nowhere": (404, "not_found"),
    }
    assert bank.effects() == []


def test_the_same_key_gives_the_same_reply(bank: CoreBank) -> None:
    first = bank.write(NOTES, {"text": "x"}, KEY)
    bank.clock.at += 3600
    again = bank.write(NOTES, {"text": "x"}, KEY, approved_by=["sofia"])
    assert (again.status_code, again.content) == (201, first.content)
    assert ("idempotent-replayed" in first.headers, again.headers["idempotent-replayed"]) == (False, "true")
    assert bank.get("/v1/cases/C-1042").json()["notes_total"] == 3
    [effect] = bank.effects(KEY)
    assert {name: effect[name] for name in ("operation", "target", "maker", "approved_by")} == {
        "operation": "addCaseNote",
        "target": "case C-1042",
        "maker": "anna",
        "approved_by": ["sam"],
    }


def test_a_key_is_for_one_request(bank: CoreBank) -> None:
    bank.write(NOTES, {"text": "x"}, KEY)
    others = [
        bank.write(NOTES, {"text": "y"}, KEY),
        bank.write("/v1/cases/C-1043/notes", {"text": "x"}, KEY),
        bank.write("/v1/tasks", {"title": "x"}, KEY),
        bank.write(NOTES, {"text": "x"}, KEY, act={"sub": "omar"}),
    ]
    assert [(reply.status_code, reply.json()["code"]) for reply in others] == [(409, "idempotency_mismatch")] * 4
    assert len(bank.effects()) == 1


def test_a_refusal_stays_with_its_key(bank: CoreBank) -> None:
    path, body = "/v1/customers/31-7750/cards/4417/block", {"reason": "lost"}
    bank.write(path, body)
    refused = bank.write(path, body, KEY)
    operation = bank.get(f"/v1/operations/{KEY}").json()
    conforms("Operation", operation)
    assert (operation["operation"], operation["status"], operation["reply"]) == ("blockCard", 409, refused.json())
    assert bank.write(path, body, KEY).json() == refused.json()


def test_what_was_done_under_a_key(bank: CoreBank) -> None:
    unknown = bank.get(f"/v1/operations/{KEY}")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "unknown_operation")
    done = bank.write(NOTES, {"text": "x"}, KEY)
    operation = bank.get(f"/v1/operations/{KEY}").json()
    conforms("Operation", operation)
    assert (operation["key"], operation["status"], operation["reply"]) == (KEY, 201, done.json())
    assert bank.get(f"/v1/operations/{KEY}", tenant="vale").json()["code"] == "unknown_operation"


def test_one_bank_does_not_see_the_other(bank: CoreBank) -> None:
    for path in ("/v1/cases/C-1042", "/v1/customers/88-1204"):
        assert bank.get(path, tenant="vale").status_code == 404
    assert bank.get("/v1/customers/31-7750", tenant="vale").json()["name"] == "Konrad Weber"
    ours = bank.write(NOTES, {"text": "x"}, KEY)
    theirs = bank.write("/v1/cases/C-2001/notes", {"text": "x"}, KEY, tenant="vale", act={"sub": "boris"})
    assert (ours.json()["id"], theirs.json()["id"]) == ("N-8", "N-2")
    assert [(effect["tenant"], effect["maker"]) for effect in bank.effects(KEY)] == [
        ("harbour", "anna"),
        ("vale", "boris"),
    ]


def test_the_same_key_many_times_at_once_has_one_effect(bank: CoreBank) -> None:
    with ThreadPoolExecutor(16) as threads:
        waiting = [threads.submit(bank.write, NOTES, {"text": "x"}, KEY) for _ in range(48)]
        replies = [one.result() for one in waiting]
    assert {(reply.status_code, reply.content) for reply in replies} == {(201, replies[0].content)}
    assert sum("idempotent-replayed" not in reply.headers for reply in replies) == 1
    assert len(bank.effects(KEY)) == 1


def test_different_bodies_under_one_key_at_once_have_one_effect(bank: CoreBank) -> None:
    with ThreadPoolExecutor(16) as threads:
        waiting = [threads.submit(bank.write, NOTES, {"text": f"{number}"}, KEY) for number in range(32)]
        replies = [one.result() for one in waiting]
    assert sorted(reply.status_code for reply in replies) == [201, *[409] * 31]
    assert len(bank.effects(KEY)) == 1


def test_only_the_newest_notes_are_shown_and_all_are_counted(bank: CoreBank) -> None:
    for number in range(52):
        bank.write("/v1/cases/C-1063/notes", {"text": f"note {number}"})
    case = bank.get("/v1/cases/C-1063").json()
    conforms("Case", case)
    assert (case["notes_total"], [note["text"] for note in case["notes"]]) == (
        52,
        [f"note {number}" for number in range(2, 52)],
    )


def test_records_outlive_the_server(tmp_path: Path) -> None:
    with running(tmp_path) as bank:
        first = bank.write(NOTES, {"text": "x"}, KEY)
    with running(tmp_path) as bank:
        assert bank.write(NOTES, {"text": "x"}, KEY).content == first.content
        assert bank.get("/v1/cases/C-1042").json()["notes_total"] == 3


def test_the_document_names_every_rule_and_is_served(bank: CoreBank) -> None:
    served = bank.client.get("/openapi.json")
    assert served.json() == DOCUMENT
    entries = [entry for path in DOCUMENT["paths"].values() for entry in path.values()]
    found = {entry["operationId"] for entry in entries if "operationId" in entry}
    assert found == {*READS, *WRITES, "getOperation"}
