"""HTTP around the decision: `POST /add-checkpoint`, `GET /checkpoint?origin=…`, `GET /livez`."""

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from witness.service import MAX_REQUEST_BYTES, Reply, Witness


def create_app(witness: Witness) -> Starlette:
    async def add_checkpoint(request: Request) -> Response:
        body = await _body(request)
        if body is None:
            return PlainTextResponse("the request is too long\n", 413)
        # On the loop itself: one decision after the other, each some milliseconds.
        return _response(witness.add_checkpoint(body))

    async def checkpoint(request: Request) -> Response:
        return _response(witness.checkpoint(request.query_params.get("origin", "")))

    async def livez(_request: Request) -> Response:
        return PlainTextResponse("ok\n")

    return Starlette(
        routes=[
            Route("/add-checkpoint", add_checkpoint, methods=["POST"]),
            Route("/checkpoint", checkpoint, methods=["GET"]),
            Route("/livez", livez, methods=["GET"]),
        ]
    )


async def _body(request: Request) -> bytes | None:
    """None when it is longer than a request can be."""
    body = b""
    try:
        async for part in request.stream():
            body += part
            if len(body) > MAX_REQUEST_BYTES:
                return None
    except ClientDisconnect:
        return b""
    return body


def _response(reply: Reply) -> Response:
    return Response(reply.body, reply.status, {"Content-Type": reply.media_type, "Cache-Control": "no-store"})
