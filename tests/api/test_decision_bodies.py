"""What is no whole decision changes nothing: malformed bodies, arguments that the tool does not take, odd numbers."""

import json
from typing import Any

import httpx
import pytest

from tests.api.conftest import Api
from tests.api.requests import limit, request, status_of
from tools.approvals.limits import APPROVAL_LIMITS

ARGS = {"case_id": "C-1043", "text": "x"}
BAD: list[tuple[int, dict[str, Any]]] = [
    (422, {"digest": None}),
    (422, {"digest": ""}),
    (422, {"digest": 7}),
    (422, {"digest": "0" * 200}),
    (422, {"decision": "Approve"}),
    (422, {"decision": None}),
    (422, {"decision": ["approve"]}),
    (422, {"person": "sofia"}),
    (422, {"reason": "x" * (APPROVAL_LIMITS.reason_chars + 1)}),
    (422, {"reason": "half \ud800 a pair"}),
    (422, {"reason": ""}),
    (422, {"args": ARGS}),
    (422, {"decision": "reject"}),
    (422, {"decision": "reject", "reason": "  \n "}),
    (422, {"decision": "reject", "reason": "no", "args": ARGS}),
    (422, {"decision": "edit"}),
    (422, {"decision": "edit", "args": None}),
    (422, {"decision": "edit", "args": []}),
    (422, {"decision": "edit", "args": "C-1043"}),
    (422, {"decision": "edit", "args": {}}),
    (422, {"decision": "edit", "args": {"case_id": "C-1043"}}),
    (422, {"decision": "edit", "args": {**ARGS, "as_person": "sofia"}}),
    (422, {"decision": "edit", "args": {**ARGS, "case_id": "C-1043/../C-1"}}),
    (422, {"decision": "edit", "args": {**ARGS, "case_id": {"$ne": 1}}}),
    (422, {"decision": "edit", "args": {**ARGS, "text": "\x00"}}),
    (422, {"decision": "edit", "args": {**ARGS, "text": 1.5}}),
    (422, {"decision": "edit", "args": {**ARGS, "text": 10**400}}),
    (422, {"decision": "edit", "args": {**ARGS, "text": "x" * 20_000}}),
    (422, {"decision": "edit", "args": {**ARGS, "more": [[[[[["x"]]]]]]}}),
    (422, {"decision": "edit", "args": {f"a{number}": 1 for number in range(51)}}),
    (413, {"decision": "edit", "args": {**ARGS, "text": "x" * 300_000}}),
]


@pytest.mark.parametrize(("status", "changes"), BAD, ids=[str(changes)[:60] for _, changes in BAD])
async def test_a_malformed_decision_changes_nothing(
    api: Api, anna: httpx.AsyncClient, sam: httpx.AsyncClient, status: int, changes: dict[str, Any]
) -> None:
    asked = await request(anna)
    body = {name: value for name, value in (asked.sign() | changes).items() if value is not None}
    content, headers = json.dumps(body), {"Content-Type": "application/json"}
    reply = await sam.post(f"{asked.path}/decision", content=content, headers=headers)
    assert reply.status_code == status, reply.text
    assert reply.headers["content-type"] == "application/problem+json"
    shown = (await sam.get(asked.path)).json()
    assert (shown["status"], shown["signatures"]) == ("pending", [])


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"null", b'{"decision": "approve"', b'{"args":' + b"[" * 50_000, b'{"decision": NaN}', b"\xff"],
    ids=lambda body: str(body)[:24],
)
async def test_what_is_no_decision_at_all_is_refused(
    anna: httpx.AsyncClient, sam: httpx.AsyncClient, body: bytes
) -> None:
    asked = await request(anna)
    headers = {"Content-Type": "application/json"}
    reply = await sam.post(f"{asked.path}/decision", content=body, headers=headers)
    assert reply.status_code in {400, 422}, reply.text
    assert await status_of(sam, asked) == "pending"


async def test_a_number_without_end_is_no_argument(anna: httpx.AsyncClient, sam: httpx.AsyncClient) -> None:
    asked = await request(anna, limit(500))
    for amount in ("1e3", "1e999", "NaN", "-Infinity", "500.0", "true", "9007199254740993"):
        args = f'{{"customer_id": "31-7750", "kind": "daily_transfer", "amount": {amount}}}'
        body = f'{{"decision": "edit", "digest": "{asked.digest}", "args": {args}}}'
        reply = await sam.post(f"{asked.path}/decision", content=body, headers={"Content-Type": "application/json"})
        assert reply.status_code == 422, (amount, reply.text)
    assert await status_of(sam, asked) == "pending"
