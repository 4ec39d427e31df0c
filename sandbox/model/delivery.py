"""Sends a reply at the scripted pace, or breaks it as scripted."""

import asyncio
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass

from starlette.types import Receive, Send

SHORT_SECONDS = 0.05  # below it, watching whether the client left costs more than it saves
JSON_TYPE = b"application/json"
STREAM_TYPE = b"text/event-stream; charset=utf-8"


class ClientLeftError(Exception):
    """The client closed the connection, or the server is stopping."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One HTTP exchange whose request body has been read. Waiting ends when the client leaves."""

    receive: Receive
    send: Send
    stopping: asyncio.Event

    async def start(self, status: int, media_type: bytes, *headers: tuple[bytes, bytes]) -> None:
        pairs = [(b"content-type", media_type), (b"cache-control", b"no-store"), *headers]
        await self.send({"type": "http.response.start", "status": status, "headers": pairs})

    async def write(self, body: bytes, *, last: bool = False) -> None:
        await self.send({"type": "http.response.body", "body": body, "more_body": not last})

    async def reply(self, status: int, body: bytes, *headers: tuple[bytes, bytes]) -> None:
        await self.start(status, JSON_TYPE, (b"content-length", str(len(body)).encode()), *headers)
        await self.write(body, last=True)

    async def stream(self, chunks: Iterable[bytes], tokens_per_second: float) -> None:
        """Write deltas: each by itself at a pace; at full speed a whole line of the answer at a time."""
        if tokens_per_second:
            for index, chunk in enumerate(chunks):
                if index:
                    await self.wait(1 / tokens_per_second)
                await self.write(chunk)
            return
        line: list[bytes] = []
        for chunk in chunks:
            line.append(chunk)
            if b"\\n" in chunk:  # a line of the answer ends in this delta (JSON-escaped)
                await self.write(b"".join(line))
                line.clear()
        if line:
            await self.write(b"".join(line))

    async def pour(self, pieces: Iterable[bytes], pause_s: float) -> None:
        """Write the body piece by piece, each when the client has room for it, until it ends or nobody is left."""
        left = asyncio.ensure_future(self._client_left())
        try:
            for piece in pieces:
                if left.done() or self.stopping.is_set():
                    raise ClientLeftError
                await self.write(piece)
                await asyncio.wait({left}, timeout=pause_s) if pause_s else await asyncio.sleep(0)
        finally:
            left.cancel()
            with suppress(asyncio.CancelledError):
                await left
        await self.write(b"", last=True)

    async def wait(self, seconds: float | None) -> None:
        """Pause; None is for ever. Raises `ClientLeftError` when there is nobody left to wait for."""
        if seconds is not None and seconds < SHORT_SECONDS:
            if seconds:
                await asyncio.sleep(seconds)
            return
        left = asyncio.ensure_future(self._client_left())
        stopped = asyncio.ensure_future(self.stopping.wait())
        try:
            done, _ = await asyncio.wait({left, stopped}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (left, stopped):
                task.cancel()
            for task in (left, stopped):
                with suppress(asyncio.CancelledError):
                    await task
        if done:
            raise ClientLeftError

    async def _client_left(self) -> None:
        while (await self.receive())["type"] != "http.disconnect":
            pass
