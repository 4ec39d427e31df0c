"""A provider that sends exactly the bytes it is told to, in exactly those writes."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager, suppress

HEAD = b"HTTP/1.1 %s\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n%s\r\n"


@asynccontextmanager
async def provider(
    writes: Sequence[bytes],
    *,
    status: str = "200 OK",
    keep_alive: bool = False,
    connections: list[int] | None = None,
    patient: bool = True,
) -> AsyncGenerator[str]:
    """Serve one reply on loopback to everyone who asks; the peers' ports are noted in `connections`. A `patient` one
    lets each write arrive by itself."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if connections is not None:
            connections.append(writer.get_extra_info("peername")[1])
        with suppress(asyncio.IncompleteReadError, ConnectionResetError):
            await reply(reader, writer)
            while keep_alive:
                await reply(reader, writer)
        writer.close()

    async def reply(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(int(h.split(b":")[1]) for h in head.split(b"\r\n") if h.lower().startswith(b"content-length"))
        await reader.readexactly(length)
        writer.write(HEAD % (status.encode(), b"" if keep_alive else b"Connection: close\r\n"))
        for piece in writes:
            writer.write(b"%x\r\n%s\r\n" % (len(piece), piece))
            await writer.drain()
            if patient:
                await asyncio.sleep(0.005)
        writer.write(b"0\r\n\r\n")
        await writer.drain()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
