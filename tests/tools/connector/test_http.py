"""The HTTP connector against a bank's system that misbehaves, and against the network."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import httpx
import pytest
from jose import jws
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from core.clock import SystemClock
from sandbox.server import serving
from tests.tools.connector.conftest import SECRET, CoreBank
from tools.catalogue.models import Catalogue
from tools.connector.http import HttpConnector
from tools.connector.limits import LIMITS
from tools.connector.ports import Acting, Outcome, ToolMisconfigured, ToolRefused, ToolUnavailable

ANNA = Acting("harbour", "anna", ("sam",))
KEY = "effect-of-one-approval"
NOTE = {"case_id": "C-1042", "text": "Address proof is missing."}
PROBLEM = "application/problem+json"


@dataclass
class Stranger:
    """A server that answers everything with one reply, and remembers what it was asked."""

    address: str = ""
    requests: list[Request] = field(default_factory=list[Request])


@contextmanager
def stranger(reply: Callable[[], Response]) -> Generator[Stranger]:
    seen = Stranger()

    async def answer(request: Request) -> Response:
        seen.requests.append(request)
        return reply()

    app = Starlette(routes=[Route("/{path:path}", answer, methods=["GET", "POST", "PUT"])])
    with serving(lambda _: app) as seen.address:
        yield seen


async def attempt(connector: HttpConnector, catalogue: Catalogue, *, writes: bool) -> Any:
    tool = catalogue.tools["case_add_note" if writes else "case_lookup"]
    args = NOTE if writes else {"case_id": "C-1042"}
    try:
        return await connector.call(tool, args, ANNA, idempotency_key=KEY if writes else None)
    finally:
        await connector.aclose()


def problem(status: int, headers: dict[str, str] | None = None, **fields: Any) -> Callable[[], Response]:
    return lambda: JSONResponse({"detail": "No.", **fields}, status, headers, PROBLEM)


def page(status: int) -> Callable[[], Response]:
    return lambda: Response("<h1>Gateway</h1>", status, media_type="text/html")


async def trickle() -> AsyncIterator[bytes]:
    """Much more than is read, a little at a time."""
    for _ in range(2000):
        yield b"[" * 4096
        await asyncio.sleep(0.001)


UNUSABLE: dict[str, tuple[Callable[[], Response], int]] = {
    # reply, and how many times a reading is tried
    "a gateway's 404": (page(404), 1),
    "a gateway's 502": (page(502), 2),
    "a 404 without a reason": (lambda: JSONResponse(["no"], 404), 1),
    "a page instead of data": (page(200), 1),
    "broken data": (lambda: Response("{", media_type="application/json"), 1),
    "nesting without end": (lambda: Response("[" * 50_000, media_type="application/json"), 1),
    "too much": (lambda: Response(b" " * (LIMITS.reply_bytes + 1), media_type="application/json"), 1),
    "no end": (lambda: StreamingResponse(trickle(), media_type="application/json"), 1),
    "packed": (lambda: Response(b"{}", headers={"Content-Encoding": "br"}, media_type="application/json"), 1),
    "a redirect": (lambda: RedirectResponse("/elsewhere"), 1),
    "busy": (problem(429), 1),
    "not finished": (problem(408), 1),
    "in progress": (problem(409, code="in_progress"), 1),
    "come back": (problem(409, {"Retry-After": "1"}), 1),
    "down": (problem(503), 2),
    "not offered": (problem(501), 1),
}


@pytest.mark.parametrize("name", UNUSABLE)
async def test_a_reply_that_proves_nothing_is_no_answer(name: str, catalogue: Catalogue) -> None:
    reply, tries = UNUSABLE[name]
    for writes in (False, True):
        with stranger(reply) as server, pytest.raises(ToolUnavailable) as caught:
            await attempt(HttpConnector(server.address, SECRET, clock=SystemClock()), catalogue, writes=writes)
        assert type(caught.value).code == "tool_unavailable"
        assert len(server.requests) == (1 if writes else tries)


@pytest.mark.parametrize("status", [401, 403, 407])
async def test_a_sign_in_that_is_not_accepted_is_told_apart(status: int, catalogue: Catalogue) -> None:
    for writes in (False, True):
        with stranger(problem(status)) as server, pytest.raises(ToolMisconfigured):
            await attempt(HttpConnector(server.address, SECRET, clock=SystemClock()), catalogue, writes=writes)
        assert len(server.requests) == 1


@pytest.mark.parametrize("status", [400, 404, 405, 409, 410, 412, 413, 415, 422])
async def test_a_refusal_with_its_reason_is_definite(status: int, catalogue: Catalogue) -> None:
    with stranger(problem(status, detail="The case is closed.")) as server, pytest.raises(ToolRefused) as caught:
        await attempt(HttpConnector(server.address, SECRET, clock=SystemClock()), catalogue, writes=True)
    assert (caught.value.detail, len(server.requests)) == ("The case is closed.", 1)


@pytest.mark.parametrize(
    ("detail", "shown"),
    [
        ("Two\nlines \x07and\u202e tricks", "Two lines and tricks"),
        ("<script>alert(1)</script>", "The bank's system refused this."),
        ("", "The bank's system refused this."),
        (None, "The bank's system refused this."),
        ({"a": 1}, "The bank's system refused this."),
        ("Less than 5 < 6.", "Less than 5 < 6."),
        ("word " * 200, "word " * 59 + "word…"),
    ],
)
async def test_a_reason_is_shown_as_bounded_plain_text(detail: Any, shown: str, catalogue: Catalogue) -> None:
    with stranger(problem(422, detail=detail)) as server, pytest.raises(ToolRefused) as caught:
        await attempt(HttpConnector(server.address, SECRET, clock=SystemClock()), catalogue, writes=True)
    assert caught.value.detail == shown
    assert len(shown) <= LIMITS.detail_chars


@pytest.mark.parametrize(
    "reply",
    [
        page(404),
        problem(404, code="not_found"),
        problem(404),
        problem(500),
        page(200),
        lambda: JSONResponse({}),
        lambda: JSONResponse({"status": "201", "reply": {}}),
        lambda: JSONResponse([]),
        lambda: RedirectResponse("/elsewhere"),
    ],
)
async def test_nothing_but_its_own_word_says_that_nothing_was_done(reply: Callable[[], Response]) -> None:
    with stranger(reply) as server:
        connector = HttpConnector(server.address, SECRET, clock=SystemClock())
        with pytest.raises(ToolUnavailable):
            await connector.outcome(KEY, ANNA)
        await connector.aclose()


async def test_its_own_word_that_nothing_was_done() -> None:
    with stranger(problem(404, code="unknown_operation")) as server:
        connector = HttpConnector(server.address, SECRET, clock=SystemClock())
        assert await connector.outcome(KEY, ANNA) is None
        await connector.aclose()


async def test_a_slow_system_is_given_up_after_the_tools_time(
    http_connector: HttpConnector, core_bank: CoreBank, catalogue: Catalogue
) -> None:
    hasty = replace(catalogue.tools["case_add_note"], timeout_s=0.3)
    core_bank.fail("slow", delay_ms=900)
    with pytest.raises(ToolUnavailable, match="in time"):
        await http_connector.call(hasty, NOTE, ANNA, idempotency_key=KEY)
    assert await http_connector.outcome(KEY, ANNA) is None
    # The request is still under way: what `outcome` says is final only after `SETTLED_AFTER_S`.
    outcome = None
    for _ in range(400):
        outcome = outcome or await http_connector.outcome(KEY, ANNA)
        await asyncio.sleep(0 if outcome else 0.05)
    assert outcome is not None
    assert await http_connector.call(hasty, NOTE, ANNA, idempotency_key=KEY) == outcome.result
    assert len(core_bank.effects(KEY)) == 1


async def test_the_time_is_for_both_tries_of_a_reading(core_bank: CoreBank, catalogue: Catalogue) -> None:
    connector = HttpConnector(core_bank.address, SECRET, clock=SystemClock())
    core_bank.fail("slow", count=None, delay_ms=60_000)
    with pytest.raises(ToolUnavailable, match="in time"):
        await connector.call(replace(catalogue.tools["case_lookup"], timeout_s=0.2), {"case_id": "C-1042"}, ANNA)
    await connector.aclose()


async def test_a_system_that_is_not_there(catalogue: Catalogue) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"http://127.0.0.1:{taken.getsockname()[1]}"
    for writes in (False, True):
        with pytest.raises(ToolUnavailable, match="can't be reached"):
            await attempt(HttpConnector(address, SECRET, clock=SystemClock()), catalogue, writes=writes)


async def test_every_fault_of_the_bank_leaves_one_effect(
    http_connector: HttpConnector, core_bank: CoreBank, catalogue: Catalogue
) -> None:
    for fault in ("http_500", "http_500_after", "drop", "drop_after", "in_progress"):
        key = f"effect-under-{fault}"
        core_bank.fail(fault, operations=["addCaseNote"])
        with pytest.raises(ToolUnavailable):
            await http_connector.call(catalogue.tools["case_add_note"], NOTE, ANNA, idempotency_key=key)
        done = await http_connector.outcome(key, ANNA)
        assert (done is not None) == fault.endswith("_after")
        again = await http_connector.call(catalogue.tools["case_add_note"], NOTE, ANNA, idempotency_key=key)
        assert await http_connector.outcome(key, ANNA) == Outcome(ok=True, result=again)
        [effect] = core_bank.effects(key)
        assert (effect["maker"], effect["approved_by"]) == ("anna", ["sam"])


async def test_another_secret_does_nothing(core_bank: CoreBank, catalogue: Catalogue) -> None:
    stranger = HttpConnector(core_bank.address, SECRET + "x", clock=SystemClock())
    with pytest.raises(ToolMisconfigured):
        await attempt(stranger, catalogue, writes=True)
    assert core_bank.effects() == []


async def test_the_token_names_maker_and_signers_and_is_new_each_time(catalogue: Catalogue) -> None:
    with stranger(problem(503)) as server, pytest.raises(ToolUnavailable):
        await attempt(HttpConnector(server.address, SECRET, clock=SystemClock()), catalogue, writes=False)
    tokens = [request.headers["authorization"].removeprefix("Bearer ") for request in server.requests]
    claims = [httpx.Response(200, content=jws.verify(token, SECRET, algorithms=["HS256"])).json() for token in tokens]
    assert claims[0]["jti"] != claims[1]["jti"]
    for one in claims:
        assert one.pop("exp") - one.pop("iat") == LIMITS.token_s
        one.pop("jti")
        assert one == {
            "iss": "countersign",
            "aud": "core-banking",
            "tenant": "harbour",
            "act": {"sub": "anna"},
            "approved_by": ["sam"],
        }


async def test_no_cookie_goes_from_one_persons_reply_to_anothers_request(catalogue: Catalogue) -> None:
    with stranger(lambda: JSONResponse({}, headers={"Set-Cookie": "session=annas; Path=/"})) as server:
        connector = HttpConnector(server.address, SECRET, clock=SystemClock())
        for person in ("anna", "omar"):
            await connector.call(catalogue.tools["case_lookup"], {"case_id": "C-1042"}, Acting("harbour", person))
        await connector.aclose()
    assert [request.headers.get("cookie") for request in server.requests] == [None, None]


async def test_a_proxy_in_the_environment_is_not_used_on_this_machine(
    core_bank: CoreBank, catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    connector = HttpConnector(core_bank.address, SECRET, clock=SystemClock())
    assert (await attempt(connector, catalogue, writes=False))["id"] == "C-1042"


async def test_a_given_client_stays_its_owners(core_bank: CoreBank, catalogue: Catalogue) -> None:
    async with httpx.AsyncClient(trust_env=False) as client:
        connector = HttpConnector(core_bank.address + "/", SECRET, clock=SystemClock(), http=client)
        assert (await attempt(connector, catalogue, writes=False))["id"] == "C-1042"
        assert not client.is_closed
