"""The door: every answer has its request id and headers, bodies are bounded, and what nobody foresaw stays inside."""

from collections.abc import AsyncGenerator

import httpx
import pytest
import structlog
from fastapi import FastAPI, Request
from prometheus_client import generate_latest
from pydantic import BaseModel
from starlette.responses import HTMLResponse, Response
from structlog.testing import capture_logs

from api import problems
from api.app import App
from api.limits import BODIES
from api.metrics import HttpMetrics
from api.middleware import SecurityHeaders
from api.schemas.common import Text
from core.errors import ProblemError, TooManyRequests, Unavailable

SECRET = "4111 1111 1111 1111"


class Order(BaseModel):
    count: int
    note: Text = ""


def build(metrics: HttpMetrics) -> FastAPI:
    app = App(
        door_headers=SecurityHeaders.build(secure=True, form_targets=("https://id.bank.test",)),
        door_metrics=metrics,
        openapi_url=None,
    )

    async def page(_request: Request, problem: ProblemError, request_id: str) -> Response:
        return HTMLResponse(f"{problem.status} {request_id}", problem.status)

    problems.install(app, page)

    @app.post("/v1/orders/{order_id}")
    async def order(order_id: int, body: Order) -> Order:
        if body.count == 1:
            raise ValueError(SECRET)
        if body.count == 2:
            raise Unavailable("The database cannot be reached.")
        if body.count == 3:
            raise TooManyRequests("Slow down.", retry_after_s=7)
        return body

    @app.get("/page")
    async def some_page() -> HTMLResponse:
        return HTMLResponse("<p>hello</p>")

    return app


@pytest.fixture
def metrics() -> HttpMetrics:
    return HttpMetrics()


@pytest.fixture
async def client(metrics: HttpMetrics) -> AsyncGenerator[httpx.AsyncClient]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(build(metrics)), base_url="http://test") as client:
        yield client


def problem(code: str, status: int, title: str, detail: str, request_id: str, **more: object) -> dict[str, object]:
    return {
        "type": f"urn:countersign:problem:{code}",
        "title": title,
        "status": status,
        "detail": detail,
        "code": code,
        "request_id": request_id,
        **more,
    }


async def test_an_unexpected_failure_tells_nothing_but_its_request_id(client: httpx.AsyncClient) -> None:
    with capture_logs(processors=[structlog.contextvars.merge_contextvars]) as logs:
        reply = await client.post("/v1/orders/1", json={"count": 1}, headers={"X-Request-ID": "from-proxy-1"})
    assert reply.json() == problem(
        "internal_error",
        500,
        "Something went wrong on our side",
        "The failure was logged under this request id; tell it to support.",
        "from-proxy-1",
    )
    assert reply.headers["content-type"] == "application/problem+json"
    assert SECRET not in repr(logs)
    assert [(entry["event"], entry["request_id"]) for entry in logs] == [
        ("unexpected_error", "from-proxy-1"),
        ("request", "from-proxy-1"),
    ]
    assert logs[0]["kind"] == "ValueError"
    assert logs[0]["at"][-1].endswith(" order")


async def test_each_kind_of_failure_is_a_problem_document(client: httpx.AsyncClient) -> None:
    headers = {"X-Request-ID": "request-1", "Content-Type": "application/json"}
    seen: dict[str, tuple[int, str, str | None]] = {}
    for name, (method, path, body) in {
        "not json": ("POST", "/v1/orders/1", b"{"),
        "not utf-8": ("POST", "/v1/orders/1", b'{"count": "\xff"}'),
        "no character": ("POST", "/v1/orders/1", b'{"count": 5, "note": "\\u0000"}'),
        "wrong field": ("POST", "/v1/orders/x", b'{"count": "many"}'),
        "lone surrogate": ("POST", "/v1/orders/1", b'{"count": 5, "note": "\\ud800"}'),
        "no body": ("POST", "/v1/orders/1", b""),
        "nowhere": ("GET", "/v1/nowhere", b""),
        "wrong method": ("DELETE", "/v1/orders/1", b""),
        "down": ("POST", "/v1/orders/1", b'{"count": 2}'),
        "too often": ("POST", "/v1/orders/1", b'{"count": 3}'),
        "too large": ("POST", "/v1/orders/1", b" " * (BODIES.ordinary + 1)),
    }.items():
        reply = await client.request(method, path, content=body, headers=headers)
        assert reply.headers["content-type"] == "application/problem+json", name
        document = reply.json()
        assert set(document) - {"fields"} == {"type", "title", "status", "detail", "code", "request_id"}, name
        assert (document["status"], document["request_id"]) == (reply.status_code, "request-1"), name
        seen[name] = (reply.status_code, document["code"], reply.headers.get("retry-after"))
    assert seen == {
        "not json": (400, "bad_request", None),
        "not utf-8": (400, "bad_request", None),
        "wrong field": (422, "unprocessable", None),
        "no character": (422, "unprocessable", None),
        "lone surrogate": (422, "unprocessable", None),
        "no body": (422, "unprocessable", None),
        "nowhere": (404, "not_found", None),
        "wrong method": (405, "method_not_allowed", None),
        "down": (503, "unavailable", "2"),
        "too often": (429, "too_many_requests", "7"),
        "too large": (413, "payload_too_large", None),
    }


async def test_a_validation_problem_names_the_fields_and_echoes_nothing(client: httpx.AsyncClient) -> None:
    reply = await client.post("/v1/orders/x", json={"count": SECRET}, headers={"X-Request-ID": "request-1"})
    assert reply.json() == problem(
        "unprocessable",
        422,
        "The request is not valid",
        "Correct these fields: path.order_id, body.count.",
        "request-1",
        fields=[
            {
                "field": "path.order_id",
                "problem": "Input should be a valid integer, unable to parse string as an integer",
            },
            {"field": "body.count", "problem": "Input should be a valid integer, unable to parse string as an integer"},
        ],
    )


async def test_a_wrong_method_names_the_right_ones(client: httpx.AsyncClient) -> None:
    assert (await client.delete("/v1/orders/1")).headers["allow"] == "POST"


async def test_a_body_without_a_declared_length_is_cut_off_too(client: httpx.AsyncClient) -> None:
    async def endless() -> AsyncGenerator[bytes]:
        for _ in range(2 + BODIES.ordinary // 65_536):
            yield b" " * 65_536

    reply = await client.post("/v1/orders/1", content=endless(), headers={"Content-Type": "application/json"})
    assert (reply.status_code, reply.json()["code"]) == (413, "payload_too_large")


@pytest.mark.parametrize("given", ["short", "has space in it", "x" * 65, "<script>alert</script>", ""])
async def test_a_strange_request_id_is_replaced(client: httpx.AsyncClient, given: str) -> None:
    reply = await client.get("/page", headers={"X-Request-ID": given})
    assert reply.headers["x-request-id"] != given
    assert len(reply.headers["x-request-id"]) == 32


async def test_pages_and_other_answers_have_their_security_headers(client: httpx.AsyncClient) -> None:
    page = await client.get("/page")
    common = {
        "cache-control": "no-store",
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
        "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
        "referrer-policy": "same-origin",
        "strict-transport-security": "max-age=31536000; includeSubDomains",
        "x-content-type-options": "nosniff",
        "x-frame-options": "DENY",
    }
    own = {"content-length", "content-type", "x-request-id"}
    assert {name: value for name, value in page.headers.items() if name not in own} == {
        **common,
        "content-security-policy": (
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; "
            "connect-src 'self'; form-action 'self' https://id.bank.test; base-uri 'none'; frame-ancestors 'none'"
        ),
    }
    other = await client.get("/v1/nowhere")
    assert {name: value for name, value in other.headers.items() if name not in own} == {
        **common,
        "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    }


async def test_a_person_at_a_wrong_address_is_shown_a_page(client: httpx.AsyncClient) -> None:
    reply = await client.get("/nowhere", headers={"Accept": "text/html,*/*", "X-Request-ID": "request-1"})
    assert (reply.status_code, reply.text) == (404, "404 request-1")
    reply = await client.get("/v1/nowhere", headers={"Accept": "text/html,*/*"})
    assert reply.headers["content-type"] == "application/problem+json"


async def test_metrics_are_labelled_by_route_not_by_path(client: httpx.AsyncClient, metrics: HttpMetrics) -> None:
    for number in range(3):
        await client.post(f"/v1/orders/{number}", json={"count": 9})
        await client.get(f"/somewhere/{number}")
    await client.request("BREW", "/page")
    lines = [
        line
        for line in generate_latest(metrics.registry).decode().splitlines()
        if line.startswith("countersign_http_requests_total")
    ]
    assert lines == [
        'countersign_http_requests_total{method="POST",route="/v1/orders/{order_id}",status="200"} 3.0',
        'countersign_http_requests_total{method="GET",route="unmatched",status="404"} 3.0',
        'countersign_http_requests_total{method="OTHER",route="/page",status="405"} 1.0',
    ]


async def test_the_access_log_has_no_path_query_or_person(client: httpx.AsyncClient) -> None:
    with capture_logs() as logs:
        await client.get("/v1/nowhere?q=Anna+Keller")
    entry = {name: value for name, value in logs[0].items() if name != "ms"}
    assert entry == {"event": "request", "log_level": "info", "method": "GET", "route": "unmatched", "status": 404}
