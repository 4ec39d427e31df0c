"""A Bedrock runtime on loopback: Converse replies, streamed in the AWS event-stream encoding or whole, scripted."""

import json
import struct
import threading
import zlib
from collections.abc import Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Event = tuple[str, dict[str, Any]]
"""Event (or exception, by its name) and its payload."""


def encode(name: str, payload: dict[str, Any]) -> bytes:
    """One message: total and header length, their CRC, headers of strings, payload, CRC of all."""
    kind = "exception" if name.endswith("Exception") else "event"
    headers = b"".join(
        struct.pack("!B", len(key)) + key.encode() + struct.pack("!BH", 7, len(value)) + value.encode()
        for key, value in {
            f":{kind}-type": name,
            ":content-type": "application/json",
            ":message-type": kind,
        }.items()
    )
    body = json.dumps(payload).encode()
    prelude = struct.pack("!II", 16 + len(headers) + len(body), len(headers))
    message = prelude + struct.pack("!I", zlib.crc32(prelude)) + headers + body
    return message + struct.pack("!I", zlib.crc32(message))


@dataclass
class Converse:
    """What it answers and what it was asked."""

    events: list[Event] = field(default_factory=list[Event])
    whole: bytes = b"{}"
    """The body of a reply that is not streamed."""
    status: int = 200
    error: str = ""
    pause: threading.Event | None = None
    """When set to an event: after the first event, or before a whole body, the reply waits for it."""
    requests: list[tuple[str, dict[str, Any]]] = field(default_factory=list[tuple[str, dict[str, Any]]])
    address: str = ""


def texts(*pieces: str, stop: str = "end_turn") -> list[Event]:
    """The events of an answer in these pieces."""
    deltas: list[Event] = [
        ("contentBlockDelta", {"contentBlockIndex": 0, "delta": {"text": piece}}) for piece in pieces
    ]
    return [
        ("messageStart", {"role": "assistant"}),
        *deltas,
        ("contentBlockStop", {"contentBlockIndex": 0}),
        ("messageStop", {"stopReason": stop}),
        ("metadata", {"usage": {"inputTokens": 11, "outputTokens": 7, "totalTokens": 18}, "metrics": {"latencyMs": 1}}),
    ]


@contextmanager
def serving_converse() -> Generator[Converse]:
    """Runs until the block ends."""
    converse = Converse()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            converse.requests.append((self.path, json.loads(body)))
            self.send_response(converse.status)
            self.send_header("Connection", "close")
            if converse.status != 200:
                self.send_header("x-amzn-ErrorType", converse.error)
                self.send_header("Content-Type", "application/json")
                self.end_headers()
                self.wfile.write(b'{"message": "scripted"}')
                return
            if self.path.endswith("/converse"):
                self._whole()
                return
            self.send_header("Content-Type", "application/vnd.amazon.eventstream")
            self.send_header("Transfer-Encoding", "chunked")  # else the client waits for a whole buffer
            self.end_headers()
            with suppress(BrokenPipeError, ConnectionResetError):  # the client may leave
                self._play()

        def _whole(self) -> None:
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(converse.whole)))
            self.end_headers()
            if converse.pause is not None:
                converse.pause.wait(10)
            with suppress(BrokenPipeError, ConnectionResetError):
                self.wfile.write(converse.whole)

        def _play(self) -> None:
            for index, (name, payload) in enumerate(converse.events):
                message = encode(name, payload)
                self.wfile.write(b"%x\r\n%s\r\n" % (len(message), message))
                if index == 1 and converse.pause is not None:
                    converse.pause.wait(10)
            self.wfile.write(b"0\r\n\r\n")

        def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    converse.address = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield converse
    finally:
        if converse.pause is not None:
            converse.pause.set()
        server.shutdown()
        thread.join()
        server.server_close()
