"""A light HTTP client for event streams: the measuring side must not cost what it measures.

It speaks the little of HTTP/1.1 that the service's streams need, over one kept connection.
"""

import asyncio
import json
import ssl
import time
from collections.abc import AsyncGenerator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final, cast
from urllib.parse import urlsplit

_LIMIT: Final = 4 * 1024 * 1024
EVENT_STREAM: Final = "text/event-stream"


@dataclass(frozen=True, slots=True)
class Received:
    """One event: its kind, its `data` as sent, and when its last byte was here (`time.perf_counter`, seconds)."""

    kind: str
    data: bytes
    at: float

    def fields(self) -> dict[str, Any]:
        """The JSON object of the event."""
        return json.loads(self.data)


class Rejected(Exception):
    """The service answered with a problem document in place of a stream."""

    def __init__(self, status: int, problem: Mapping[str, Any], headers: Mapping[str, str]) -> None:
        super().__init__(f"{status} {problem.get('code', '')}: {problem.get('detail', '')}")
        self.status = status
        self.problem = problem
        self.retry_after_s = float(headers.get("retry-after", "1"))


class EventParser:
    """Server-sent events from bytes that arrive in any pieces. Comments and unnamed fields are skipped."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> list[tuple[str, bytes]]:
        """The events that are whole now, as kind and data."""
        self._rest = (self._rest + data).replace(b"\r\n", b"\n")
        *blocks, self._rest = self._rest.split(b"\n\n")
        return [event for block in blocks if (event := _event(block)) is not None]


def _event(block: bytes) -> tuple[str, bytes] | None:
    kind, data = "message", list[bytes]()
    for line in block.split(b"\n"):
        name, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if name == b"event":
            kind = value.decode()
        elif name == b"data":
            data.append(value)
    return (kind, b"\n".join(data)) if data else None


class Connection:
    """One connection to the service, opened when first used and again when the service closed it."""

    def __init__(self, base_url: str) -> None:
        parts = urlsplit(base_url)
        self._host = parts.hostname or ""
        self._tls = ssl.create_default_context() if parts.scheme == "https" else None
        self._port = parts.port or (443 if self._tls else 80)
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def close(self) -> None:
        """Close what is open."""
        if self._streams is not None:
            writer, self._streams = self._streams[1], None
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()

    async def post(self, path: str, token: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """The JSON object that answers a POST. Raises `Rejected`, and `OSError` when the connection fails."""
        parts = [part async for part, _ in self._post(path, token, body, "application/json")]
        return json.loads(b"".join(parts))

    async def post_events(self, path: str, token: str, body: Mapping[str, Any]) -> AsyncGenerator[Received]:
        """The events that answer a POST. Raises `Rejected`, and `OSError` when the connection fails."""
        parser = EventParser()
        async for part, at in self._post(path, token, body, EVENT_STREAM):
            for kind, data in parser.feed(part):
                yield Received(kind, data, at)

    async def _post(
        self, path: str, token: str, body: Mapping[str, Any], media_type: str
    ) -> AsyncGenerator[tuple[bytes, float]]:
        """The parts of a reply's body, each with when it was here."""
        content = json.dumps(body).encode()
        head = (
            f"POST {path} HTTP/1.1\r\nHost: {self._host}:{self._port}\r\nAuthorization: Bearer {token}\r\n"
            f"Content-Type: application/json\r\nAccept: {media_type}\r\nContent-Length: {len(content)}\r\n\r\n"
        )
        reader, writer = await self._open()
        finished = False
        try:
            writer.write(head.encode() + content)
            status, headers = await _head(reader)
            if status != 200 or not headers.get("content-type", "").startswith(media_type):
                raise Rejected(status, await _problem(reader, headers), headers)
            async for part in _body(reader, headers):
                yield part, time.perf_counter()
            finished = headers.get("connection", "").lower() != "close"
        except asyncio.IncompleteReadError as error:
            raise ConnectionError("the service closed the connection in the middle of an answer") from error
        finally:
            if not finished:
                await self.close()

    async def _open(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self._streams is None or self._streams[0].at_eof():
            await self.close()
            self._streams = await asyncio.open_connection(self._host, self._port, ssl=self._tls, limit=_LIMIT)
        return self._streams


async def _head(reader: asyncio.StreamReader) -> tuple[int, dict[str, str]]:
    lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    pairs = (line.partition(":") for line in lines[1:] if line)
    return int(lines[0].split(" ")[1]), {name.lower(): value.strip() for name, _, value in pairs}


async def _body(reader: asyncio.StreamReader, headers: Mapping[str, str]) -> AsyncGenerator[bytes]:
    if headers.get("transfer-encoding", "").lower() == "chunked":
        while size := int((await reader.readuntil(b"\r\n")).partition(b";")[0], 16):
            yield (await reader.readexactly(size + 2))[:-2]
        await reader.readuntil(b"\r\n")
    elif "content-length" in headers:
        yield await reader.readexactly(int(headers["content-length"]))
    else:
        while part := await reader.read(65_536):
            yield part


async def _problem(reader: asyncio.StreamReader, headers: Mapping[str, str]) -> dict[str, Any]:
    text = b"".join([part async for part in _body(reader, headers)])
    try:
        problem: Any = json.loads(text)
    except ValueError:
        return {"detail": text[:200].decode(errors="replace")}
    return cast(dict[str, Any], problem) if isinstance(problem, dict) else {"detail": str(problem)}
