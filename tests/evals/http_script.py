"""A loopback HTTP server that gives scripted replies and remembers what it was asked."""

import asyncio
import json
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any


def event(kind: str, **fields: Any) -> bytes:
    """One server-sent event as the service writes it."""
    return f"id: 1\r\nevent: {kind}\r\ndata: {json.dumps(fields)}\r\n\r\n".encode()


def events(*parts: bytes, keep: bool = True) -> bytes:
    """A reply that streams `parts` as one chunk each."""
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts)
    close = b"" if keep else b"Connection: close\r\n"
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\nTransfer-Encoding: chunked\r\n"
    return head + close + b"\r\n" + chunks + b"0\r\n\r\n"


def problem(status: int, code: str, *, retry_after: str = "0") -> bytes:
    """A reply with a problem document."""
    body = json.dumps({"status": status, "code": code, "detail": f"because of {code}"}).encode()
    head = f"HTTP/1.1 {status} No\r\nContent-Type: application/problem+json\r\nRetry-After: {retry_after}\r\n"
    return head.encode() + b"Content-Length: %d\r\n\r\n" % len(body) + body


def found(content: dict[str, Any]) -> bytes:
    """A reply with a JSON object."""
    body = json.dumps(content).encode()
    return b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)


@dataclass(slots=True)
class Scripted:
    """Where it listens, the bodies and tokens it got, and over how many connections."""

    url: str = ""
    bodies: list[dict[str, Any]] = field(default_factory=list)
    tokens: list[str] = field(default_factory=list)
    connections: int = 0


@asynccontextmanager
async def scripted(*replies: bytes) -> AsyncGenerator[Scripted]:
    """Serve the replies in turn. A request beyond them, or an empty reply, finds the connection closed."""
    left = list(replies)
    seen = Scripted()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.connections += 1
        try:
            while True:
                headers = _headers(await reader.readuntil(b"\r\n\r\n"))
                seen.tokens.append(headers["authorization"].removeprefix("Bearer "))
                seen.bodies.append(json.loads(await reader.readexactly(int(headers["content-length"]))))
                reply = left.pop(0)
                writer.write(reply)
                await writer.drain()
                if b"Connection: close" in reply or not reply.endswith((b"0\r\n\r\n", b"}")):
                    break
        except asyncio.IncompleteReadError:
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        seen.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        yield seen


def _headers(head: bytes) -> dict[str, str]:
    lines: Sequence[str] = head.decode().split("\r\n")[1:]
    return {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines if line)}
