"""Serves an ASGI app on a free port of this machine, inside the test's own loop."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncGenerator, Generator

import uvicorn
from starlette.types import ASGIApp


class _Server(uvicorn.Server):
    """A server that leaves the test run's signal handlers alone."""

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None]:
        yield


def free_socket() -> socket.socket:
    """A listening socket on a port that the system chose."""
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    return listening


def address(listening: socket.socket) -> str:
    return f"http://127.0.0.1:{listening.getsockname()[1]}"


@contextlib.asynccontextmanager
async def serving(app: ASGIApp, listening: socket.socket) -> AsyncGenerator[str]:
    """Run the app with its lifespan; yields its address."""
    config = uvicorn.Config(app, log_level="warning", access_log=False, timeout_graceful_shutdown=2)
    server = _Server(config)
    with listening:
        task = asyncio.create_task(server.serve(sockets=[listening]))
        while not server.started:
            if task.done():
                task.result()
                raise RuntimeError("the server did not start")
            await asyncio.sleep(0.01)
        try:
            yield address(listening)
        finally:
            server.should_exit = True
            await task
