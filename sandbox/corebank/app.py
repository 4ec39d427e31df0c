"""The core banking system's HTTP face: the operations of its OpenAPI document, and the controls for tests."""

import asyncio
import re
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, cast

import orjson
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from sandbox.corebank import document
from sandbox.corebank.control import Controls
from sandbox.corebank.desk import Desk, Reply
from sandbox.corebank.document import Operation
from sandbox.corebank.faults import Fault, FaultSwitch
from sandbox.corebank.problems import (
    BankProblem,
    InProgress,
    NoKey,
    NotFound,
    NotJson,
    ToldToFail,
    TooLarge,
    UnknownBank,
    Unreadable,
    problem,
)
from sandbox.corebank.store import Store, seed
from sandbox.corebank.tokens import Caller, TokenCheck
from sandbox.settings import SandboxSettings

BODY_BYTES = 16 * 1024
PROBLEM_TYPE = "application/problem+json"
_KEY = re.compile(r"[A-Za-z0-9._:-]{8,128}")


def create_core_app(settings: SandboxSettings, clock: Callable[[], float] = time.time) -> Starlette:
    """The bank's system of record as an ASGI app, over its file under the sandbox's data folder.

    `clock` gives seconds since the epoch. `app.state.stopping` is an event that ends waiting on purpose.
    """
    store = Store.open(settings.data_dir, seed)
    switch, stopping, desk = FaultSwitch(), asyncio.Event(), Desk(store, clock)
    counter = Counter(desk, TokenCheck(settings.core_secret, clock), switch, stopping, store.tenants())
    controls = Controls(settings.fault_secret, switch, desk)
    described = document.text()

    async def describe(_request: Request) -> Response:
        return Response(described, media_type="application/json")

    app = Starlette(
        routes=[
            *(Route(one.path, counter.endpoint(one), methods=[one.method]) for one in document.operations()),
            Route("/openapi.json", describe),
            Route("/control/faults", controls.show, methods=["GET"]),
            Route("/control/faults", controls.change, methods=["PUT"]),
            Route("/control/faults", controls.reset, methods=["DELETE"]),
            Route("/control/effects", controls.effects, methods=["GET"]),
            Route("/livez", _alive),
        ],
        exception_handlers={HTTPException: _as_problem},
    )
    app.state.stopping = stopping
    return app


@dataclass(frozen=True, slots=True)
class Arrived:
    """An authenticated request that has been read to its end: its client may leave now, and it is carried out all the
    same."""

    operation: Operation
    caller: Caller
    arguments: Mapping[str, str]
    key: str
    content_type: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Counter:
    """Takes requests to the desk: who calls, what goes wrong on purpose, what is asked, in this order."""

    desk: Desk
    tokens: TokenCheck
    switch: FaultSwitch
    stopping: asyncio.Event
    tenants: frozenset[str]

    def endpoint(self, operation: Operation) -> Callable[[Request], Any]:
        async def answer(request: Request) -> Response:
            try:
                return await self._answer(await self._arrived(request, operation))
            except BankProblem as error:
                return _problem(error)
            except ClientDisconnect:
                return Response(status_code=400)  # nobody reads it

        return answer

    async def _arrived(self, request: Request, operation: Operation) -> Arrived:
        caller = self._caller(request)
        return Arrived(
            operation,
            caller,
            arguments=request.path_params,
            key=request.headers.get("idempotency-key", ""),
            content_type=request.headers.get("content-type", ""),
            body=await _body(request),
        )

    async def _answer(self, asked: Arrived) -> Response:
        fault, delay = self.switch.draw(asked.operation.id)
        if fault is Fault.HTTP_500:
            raise ToldToFail("Told to fail before doing anything.")
        if fault is Fault.IN_PROGRESS:
            raise InProgress("Another request with this Idempotency-Key is being worked on.")
        if fault is Fault.DROP:
            return BrokenReply(b"{}")
        if fault is Fault.SLOW:
            await self._wait(delay)
        reply = await self._do(asked)
        if fault is Fault.HTTP_500_AFTER:
            raise ToldToFail("Told to fail after doing it.")
        if fault is Fault.DROP_AFTER:
            return BrokenReply(orjson.dumps(reply.body), reply.status, media_type="application/json")
        if fault is Fault.SLOW_AFTER:
            await self._wait(delay)
        return _response(reply)

    async def _do(self, asked: Arrived) -> Reply:
        operation = asked.operation
        operation.check_arguments(asked.arguments)
        if operation.id == "getOperation":
            return await run_in_threadpool(self.desk.operation, asked.caller, asked.arguments["key"])
        if not operation.writes:
            return await run_in_threadpool(self.desk.read, asked.caller, operation.id, asked.arguments)
        if not _KEY.fullmatch(asked.key):
            raise NoKey("Send an Idempotency-Key of 8 to 128 letters, digits, or . _ : - characters.")
        body = _json(asked)
        operation.check_body(body)
        args = {**asked.arguments, **cast("Mapping[str, Any]", body)}
        return await run_in_threadpool(self.desk.write, asked.caller, operation.id, asked.key, args)

    def _caller(self, request: Request) -> Caller:
        caller = self.tokens.caller(request.headers.get("authorization", ""))
        if caller.tenant not in self.tenants:
            raise UnknownBank("The bank that the service token names is not kept here.")
        if b"%2f" in cast("bytes", request.scope["raw_path"]).lower():  # decoded, it would lead to another operation
            raise NotFound("There is no such address.")
        return caller

    async def _wait(self, seconds: float) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self.stopping.wait(), seconds)


class BrokenReply(Response):
    """Half a reply, then the server breaks the connection: its status is right, and nothing else comes."""

    async def __call__(self, _scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        await send({"type": "http.response.body", "body": self.body[: len(self.body) // 2], "more_body": True})


async def _body(request: Request) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > BODY_BYTES:
            raise TooLarge(f"A request has at most {BODY_BYTES:,} bytes.")
    return bytes(body)


def _json(asked: Arrived) -> object:
    if asked.content_type.partition(";")[0].strip().lower() != "application/json":
        raise NotJson("Send the body as application/json.")
    try:
        return orjson.loads(asked.body)
    except orjson.JSONDecodeError as error:
        raise Unreadable("The body is not JSON.") from error


def _response(reply: Reply) -> Response:
    kind = "application/json" if reply.status < 400 else PROBLEM_TYPE
    headers = {"Cache-Control": "no-store", **({"Idempotent-Replayed": "true"} if reply.replayed else {})}
    return Response(orjson.dumps(reply.body), reply.status, headers, kind)


def _problem(error: BankProblem) -> Response:
    response = _response(Reply(error.status, error.document()))
    if error.status == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    if error.status == 503 or isinstance(error, InProgress):
        response.headers["Retry-After"] = "1"
    return response


async def _as_problem(_request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    code, title = {404: ("not_found", "No such address")}.get(status, ("method_not_allowed", "Not offered here"))
    return JSONResponse(problem(status, code, title, f"{title}."), status, media_type=PROBLEM_TYPE)


async def _alive(_request: Request) -> Response:
    return JSONResponse({"status": "ok"})
