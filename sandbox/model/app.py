"""The model server's HTTP face: chat completions, the list of models, and the controls for tests."""

import asyncio
import time
import uuid
from dataclasses import dataclass

import orjson
from pydantic import ValidationError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from sandbox.model import quoting
from sandbox.model.adversary.desk import AdversaryDesk
from sandbox.model.adversary.scene import Reply
from sandbox.model.delivery import JSON_TYPE, STREAM_TYPE, ClientLeftError, Delivery
from sandbox.model.script import Control, Exchange, Fault, Script, ScriptedReply
from sandbox.model.wire import (
    CHARACTERS_PER_TOKEN,
    ChatRequest,
    Completion,
    ToolCall,
    cut,
    error_body,
    split,
    stream_chunks,
    whole_body,
)

MODEL_NAME = "sandbox-quoting-1"
GARBAGE_TEXT = 'Sure, here is what I found: {"text": "it depends\nclaim two — see [7] above'
REFUSAL_TEXT = "I can't help with that."
_TEXTS = frozenset({Fault.GARBAGE, Fault.REFUSAL})
"""Faults that say something else instead of what was scripted."""
_FAILURES = {
    Fault.HTTP_500: (500, "The sandbox model server was told to fail.", "server_error", ()),
    Fault.HTTP_429: (
        429,
        "The sandbox model server was told to be busy.",
        "rate_limit_exceeded",
        ((b"retry-after", b"1"),),
    ),
}


def create_model_app() -> Starlette:
    """The model server as an ASGI app with a script of its own.

    `app.state.stopping` is an event that ends hanging replies: whoever serves the app sets it to stop.
    """
    script, stopping = Script(), asyncio.Event()
    controls, adversaries = Controls(script), AdversaryDesk()
    app = Starlette(
        routes=[
            Route("/v1/chat/completions", ChatCompletions(script, stopping, adversaries), methods=["POST"]),
            Route("/v1/models", _models),
            Route("/control", controls.show, methods=["GET"]),
            Route("/control", controls.change, methods=["POST"]),
            Route("/control", controls.reset, methods=["DELETE"]),
            Route("/control/requests", controls.requests),
            Route("/adversary", adversaries.plays, methods=["GET"]),
            Route("/adversary", adversaries.tell, methods=["POST"]),
            Route("/adversary/{slot}", adversaries.show),
            Route("/livez", _alive),
        ]
    )
    app.state.stopping = stopping
    return app


@dataclass(frozen=True, slots=True)
class ChatCompletions:
    """`POST /v1/chat/completions` as a bare ASGI endpoint, which costs less than a framework's response."""

    script: Script
    stopping: asyncio.Event
    adversaries: AdversaryDesk

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        body = await request.body()
        exchange = Exchange(scope["path"], body, authorized="authorization" in request.headers)
        self.script.requests.append(exchange)
        delivery = Delivery(receive, send, self.stopping)
        try:
            asked = ChatRequest.model_validate_json(body)
        except ValidationError as error:
            exchange.outcome = "bad_request"
            await delivery.reply(400, error_body(str(error), "invalid_request_error"))
            return
        try:
            exchange.outcome = await self._answer(asked, delivery)
        except ClientLeftError:
            exchange.outcome = "client_left"

    async def _answer(self, asked: ChatRequest, delivery: Delivery) -> str:
        """Give the next reply; returns how it ended: `completed` or the fault's name."""
        adversary = self.adversaries.slots.get(asked.model)
        if adversary is not None:
            await self._attack(asked, adversary.answer(asked), delivery)
            return "attacked"
        completion, fault = self._next(asked)
        if fault is Fault.HANG:
            await delivery.wait(None)
        await delivery.wait(self.script.ttft_ms / 1000)
        if fault in _FAILURES:
            status, message, kind, headers = _FAILURES[fault]
            await delivery.reply(status, error_body(message, kind), *headers)
        elif asked.stream:
            await self._stream(completion, fault, delivery, usage=asked.wants_usage)
        else:
            await self._whole(completion, fault, delivery)
        return "completed" if fault is Fault.NONE else fault

    async def _attack(self, asked: ChatRequest, reply: Reply, delivery: Delivery) -> None:
        """What an adversary answers, as it wants it on the wire."""
        if reply.raw is not None:
            await delivery.start(reply.status, STREAM_TYPE if asked.stream else JSON_TYPE, *reply.headers)
            await delivery.pour(reply.raw, reply.pause_s)
            return
        completion = Completion(
            id=f"chatcmpl-{uuid.uuid4().hex}",
            model=asked.model,
            created=int(time.time()),
            deltas=split(reply.text) if reply.deltas is None else reply.deltas,
            prompt_tokens=1,
            field=reply.field,
            calls=tuple(
                ToolCall(f"call_{number}", name, split(text)) for number, (name, text) in enumerate(reply.calls)
            ),
        )
        if not asked.stream:
            await delivery.reply(200, whole_body(completion))
            return
        chunks, ending = stream_chunks(completion, usage=asked.wants_usage)
        body = b"".join([*chunks, *ending])
        size = reply.cut or len(body)
        await delivery.start(200, STREAM_TYPE)
        await delivery.pour((body[at : at + size] for at in range(0, len(body), size)), 0.0)

    async def _stream(self, completion: Completion, fault: Fault, delivery: Delivery, *, usage: bool) -> None:
        chunks, ending = stream_chunks(completion, usage=usage)
        await delivery.start(200, STREAM_TYPE)
        if fault in {Fault.DROP_MIDSTREAM, Fault.STALL_MIDSTREAM}:
            await delivery.stream(chunks[: (len(chunks) + 1) // 2], self.script.tokens_per_second)
            if fault is Fault.STALL_MIDSTREAM:
                await delivery.wait(None)
            return  # an unfinished response: the server breaks the connection
        if fault is Fault.BAD_CHUNK:
            chunks = [*chunks[:1], b'data: {"id": "chatcmpl\n\n']
        await delivery.stream(chunks, self.script.tokens_per_second)
        await delivery.write(b"".join(ending), last=True)

    async def _whole(self, completion: Completion, fault: Fault, delivery: Delivery) -> None:
        speed = self.script.tokens_per_second
        await delivery.wait(len(completion.deltas) / speed if speed else 0)
        body = whole_body(completion)
        if fault in {Fault.DROP_MIDSTREAM, Fault.STALL_MIDSTREAM}:
            await delivery.start(200, b"application/json", (b"content-length", str(len(body)).encode()))
            await delivery.write(body[: len(body) // 2])
            if fault is Fault.STALL_MIDSTREAM:
                await delivery.wait(None)
            return
        await delivery.reply(200, body[: len(body) // 2] if fault is Fault.BAD_CHUNK else body)

    def _next(self, asked: ChatRequest) -> tuple[Completion, Fault]:
        scripted, fault = self.script.next()
        if fault is Fault.GARBAGE:
            deltas = split(GARBAGE_TEXT)
        elif fault is Fault.REFUSAL:
            deltas = split(REFUSAL_TEXT)
        elif scripted is not None and scripted.deltas is not None:
            deltas = tuple(scripted.deltas)
        else:
            text = quoting.answer(asked.prompt) if scripted is None else scripted.content or ""
            deltas = split(text, self.script.tokens)
        completion = Completion(
            id=f"chatcmpl-{uuid.uuid4().hex}",
            model=asked.model,
            created=int(time.time()),
            deltas=deltas,
            prompt_tokens=sum(len(message.text) for message in asked.messages) // CHARACTERS_PER_TOKEN,
            field="refusal" if fault is Fault.REFUSAL else "content",
            calls=() if scripted is None or fault in _TEXTS else _calls(scripted),
        )
        return cut(completion, asked.limit), fault


@dataclass(frozen=True, slots=True)
class Controls:
    """`/control`: how tests and benchmarks tell the server what to do, and see what it was asked."""

    script: Script

    async def show(self, _request: Request) -> Response:
        return JSONResponse(self.script.describe())

    async def change(self, request: Request) -> Response:
        try:
            control = Control.model_validate_json(await request.body())
        except ValidationError as error:
            problems = error.errors(include_url=False, include_context=False, include_input=False)
            return JSONResponse({"detail": problems}, 422)
        self.script.change(control)
        return JSONResponse(self.script.describe())

    async def reset(self, _request: Request) -> Response:
        self.script.reset()
        return JSONResponse(self.script.describe())

    async def requests(self, _request: Request) -> Response:
        return JSONResponse({"items": [_show(exchange) for exchange in self.script.requests]})


def _calls(scripted: ScriptedReply) -> tuple[ToolCall, ...]:
    return tuple(ToolCall(f"call_{uuid.uuid4().hex[:24]}", call.name, split(call.text)) for call in scripted.tool_calls)


async def _models(_request: Request) -> Response:
    model = {"id": MODEL_NAME, "object": "model", "created": 0, "owned_by": "sandbox"}
    return JSONResponse({"object": "list", "data": [model]})


async def _alive(_request: Request) -> Response:
    return JSONResponse({"status": "ok"})


def _show(exchange: Exchange) -> dict[str, object]:
    try:
        body = orjson.loads(exchange.body)
    except orjson.JSONDecodeError:
        body = exchange.body.decode(errors="replace")
    return {
        "path": exchange.path,
        "authorized": exchange.authorized,
        "outcome": exchange.outcome,
        "body": body,
    }
