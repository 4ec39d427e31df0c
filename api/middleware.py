"""The outermost layer, in pure ASGI: request ids, bounds on bodies, security headers, access log, the last catch."""

import re
import time
import traceback
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import structlog
from sse_starlette.sse import SendTimeoutError
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.limits import BODIES
from api.metrics import UNMATCHED, HttpMetrics
from api.problems import from_status, problem_response, unexpected
from core.errors import ProblemError, Unavailable
from core.telemetry import logger

log = logger(__name__)

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}", re.ASCII)
_QUIET = frozenset({"/livez", "/readyz", "/metrics"})
_FRAMES = 8
_GONE = 499
"""Not a status that anyone receives: the caller left before there was one."""
_UPLOADS = frozenset({"/v1/documents"})


@dataclass(frozen=True, slots=True)
class SecurityHeaders:
    """What browsers are told, by kind of answer."""

    page: Mapping[str, str]
    other: Mapping[str, str]

    @classmethod
    def build(cls, *, secure: bool, form_targets: Sequence[str] = ()) -> "SecurityHeaders":
        """`form_targets`: origins of identity providers, which the sign-out form is redirected to."""
        common = {
            "X-Content-Type-Options": "nosniff",
            "X-Frame-Options": "DENY",
            "Referrer-Policy": "same-origin",
            "Cross-Origin-Opener-Policy": "same-origin",
            "Cross-Origin-Resource-Policy": "same-origin",
            "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
        }
        if secure:
            common["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
        forms = " ".join(("'self'", *form_targets))
        policy = (
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; "
            f"connect-src 'self'; form-action {forms}; "
            "base-uri 'none'; frame-ancestors 'none'"
        )
        bare = "default-src 'none'; frame-ancestors 'none'"
        return cls(
            page={**common, "Content-Security-Policy": policy},
            other={**common, "Content-Security-Policy": bare},
        )

    def apply(self, headers: MutableHeaders) -> None:
        """Add what the answer does not set itself; nothing is cached unless it says so."""
        is_page = headers.get("content-type", "").startswith("text/html")
        for name, value in (self.page if is_page else self.other).items():
            headers.setdefault(name, value)
        headers.setdefault("Cache-Control", "no-store")


@dataclass(slots=True)
class _Exchange:
    """One request and what became of it."""

    scope: Scope
    request_id: str
    started: float = field(default_factory=time.perf_counter)
    status: int = 0
    first_byte_s: float = 0.0

    @property
    def route(self) -> str:
        """The template of the route, not the path: bounded, and free of ids."""
        route: object = self.scope.get("route")
        return str(getattr(route, "path", "") or self.scope.get("route_label") or UNMATCHED)


class Door:
    """Wraps the whole app, so that even a failure of its framework leaves with headers and a request id."""

    def __init__(self, app: ASGIApp, *, headers: SecurityHeaders, metrics: HttpMetrics) -> None:
        self._app = app
        self._headers = headers
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        exchange = _Exchange(scope, _request_id(Headers(scope=scope)))
        scope["request_id"] = exchange.request_id
        with structlog.contextvars.bound_contextvars(request_id=exchange.request_id):
            self._metrics.under_way.inc()
            try:
                await self._answer(exchange, receive, self._noting(exchange, send))
            finally:
                self._metrics.under_way.dec()
                self._report(exchange)

    def _noting(self, exchange: _Exchange, send: Send) -> Send:
        async def noting(message: Message) -> None:
            if message["type"] == "http.response.start":
                exchange.status = message["status"]
                exchange.first_byte_s = time.perf_counter() - exchange.started
                headers = MutableHeaders(scope=message)
                headers["X-Request-ID"] = exchange.request_id
                self._headers.apply(headers)
            await send(message)

        return noting

    async def _answer(self, exchange: _Exchange, receive: Receive, send: Send) -> None:
        limit = _body_limit(exchange.scope)
        if _declared_length(Headers(scope=exchange.scope)) > limit:
            await self._refuse(exchange, from_status(413), receive, send)
            return
        try:
            await self._app(exchange.scope, _bounded(receive, limit), send)
        except ConnectionError as error:
            log.warning("dependency_lost", reason=type(error).__name__)
            await self._refuse(exchange, Unavailable("A part of the service is down. Try again."), receive, send)
        except SendTimeoutError:
            log.info("reader_gone", route=exchange.route)
        except Exception as error:
            # Exceptions may quote values that people typed, so only their kind and place are logged.
            log.exception("unexpected_error", exc_info=False, kind=type(error).__name__, at=_frames(error))
            await self._refuse(exchange, unexpected(), receive, send)

    async def _refuse(self, exchange: _Exchange, problem: ProblemError, receive: Receive, send: Send) -> None:
        if exchange.status:  # the answer has begun: ending it unfinished is all that is left to say
            return
        await problem_response(problem, exchange.request_id)(exchange.scope, receive, send)

    def _report(self, exchange: _Exchange) -> None:
        method, route = str(exchange.scope["method"]), exchange.route
        self._metrics.note(method, route, exchange.status or _GONE, exchange.first_byte_s)
        level = log.debug if exchange.scope["path"] in _QUIET else log.info
        level(
            "request",
            method=method,
            route=route,
            status=exchange.status,
            ms=round((time.perf_counter() - exchange.started) * 1000, 1),
        )


def _frames(error: BaseException) -> list[str]:
    """Where it was raised, the innermost calls last."""
    frames = traceback.extract_tb(error.__traceback__)[-_FRAMES:]
    return [f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames]


def _request_id(headers: Headers) -> str:
    """The caller's (a proxy's) own where it is harmless, else a new one."""
    given = headers.get("x-request-id", "")
    return given if _REQUEST_ID.fullmatch(given) else uuid.uuid4().hex


def _body_limit(scope: Scope) -> int:
    is_upload = scope["method"] == "POST" and scope["path"].rstrip("/") in _UPLOADS
    return BODIES.upload if is_upload else BODIES.ordinary


def _declared_length(headers: Headers) -> int:
    declared = headers.get("content-length", "0")
    return int(declared) if declared.isascii() and declared.isdecimal() else 0


def _bounded(receive: Receive, limit: int) -> Receive:
    """Counts a body without a declared length while it arrives.

    The framework passes an HTTPException through from where it reads the body and turns anything else into 400.
    """
    received = 0

    async def bounded() -> Message:
        nonlocal received
        message = await receive()
        received += len(cast("bytes", message.get("body", b"")))
        if received > limit:
            raise HTTPException(413)
        return message

    return bounded
