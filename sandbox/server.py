"""Runs the sandbox's apps: several in one process for `python -m sandbox`, one in a thread for a test."""

import asyncio
import logging
import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import uvicorn
from starlette.applications import Starlette

LOOPBACK = "127.0.0.1"
SHUTDOWN_SECONDS = 3


class AddressInUseError(RuntimeError):
    """Something else listens where the sandbox should."""


@dataclass(frozen=True, slots=True)
class Site:
    """An app and the socket on which it is to be served."""

    app: Starlette
    socket: socket.socket


def listen(host: str, port: int) -> socket.socket:
    """A listening TCP socket; port 0 takes a free one. Raises `AddressInUseError`."""
    try:
        return socket.create_server((host, port), backlog=2048)
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else str(error)
        raise AddressInUseError(f"Can't listen on {host}:{port}: {reason}.") from error


def port_of(listener: socket.socket) -> int:
    return int(listener.getsockname()[1])


def serve(sites: Sequence[Site]) -> None:
    """Serve until SIGTERM or SIGINT, then end open replies and return."""
    servers = [_Server(site.app) for site in sites]
    with asyncio.Runner(loop_factory=servers[0].config.get_loop_factory()) as runner:
        runner.run(_serve_all(servers, sites))


@contextmanager
def serving(build: Callable[[str], Starlette]) -> Generator[str]:
    """Serve an app in a thread on a free loopback port; yields its address.

    `build` gets the address first, since an identity provider must know its issuer.
    """
    listener = listen(LOOPBACK, 0)
    address = f"http://{LOOPBACK}:{port_of(listener)}"
    server = _Server(build(address))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    try:
        while not server.started and thread.is_alive():
            time.sleep(0.005)
        if not server.started:
            raise RuntimeError("The sandbox server ended before it served; its error is in the log.")
        yield address
    finally:
        server.should_exit = True
        thread.join()


async def _serve_all(servers: Sequence["_Server"], sites: Sequence[Site]) -> None:
    def stop() -> None:
        for server in servers:
            server.should_exit = True

    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, stop)
    await asyncio.gather(*(server.serve(sockets=[site.socket]) for server, site in zip(servers, sites, strict=True)))


class _Server(uvicorn.Server):
    """A quiet uvicorn server that leaves signals to `serve` and ends hanging replies when it stops."""

    def __init__(self, app: Starlette) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                log_config=None,
                log_level="warning",
                access_log=False,
                lifespan="off",
                server_header=False,
                timeout_graceful_shutdown=SHUTDOWN_SECONDS,
            )
        )
        self._stopping: asyncio.Event | None = getattr(app.state, "stopping", None)
        logging.getLogger("uvicorn.error").addFilter(_scripted_break)

    @contextmanager
    def capture_signals(self) -> Generator[None]:
        yield

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        if self._stopping is not None:
            self._stopping.set()
        await super().shutdown(sockets=sockets)


def _scripted_break(record: logging.LogRecord) -> bool:
    """Keep the line that uvicorn writes for a reply broken on purpose out of the log."""
    return not record.getMessage().startswith("ASGI callable returned without ")
