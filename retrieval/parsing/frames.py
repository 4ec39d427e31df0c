"""What the process that parses and the one that asked say to each other over their socket.

A frame is its length (4 bytes, big-endian), its kind (1 byte) and that many bytes. From the parser come pages read so
far, then one last word (done, refused, or a defect), then, from the parser's own parent, how the process ended.
"""

import struct
from enum import IntEnum
from socket import socket
from typing import Final

_HEAD: Final = struct.Struct(">IB")


class Frame(IntEnum):
    """The kinds of frames."""

    REQUEST = 1
    PROGRESS = 2
    DONE = 3
    REFUSED = 4
    DEFECT = 5
    ENDED = 6


def send(connection: socket, kind: Frame, payload: bytes) -> None:
    """Send one frame. Raises `OSError` when the other end is gone."""
    connection.sendall(_HEAD.pack(len(payload), kind) + payload)


def receive(connection: socket, largest: int) -> tuple[Frame, bytes] | None:
    """The next frame, or None at the end. Raises `ValueError` for one that is none or larger than `largest` bytes,
    `OSError` when the connection breaks or nothing comes in its time."""
    head = _exactly(connection, _HEAD.size)
    if head is None:
        return None
    length, kind = _HEAD.unpack(head)
    if length > largest:
        raise ValueError(f"a frame of {length} bytes")
    payload = _exactly(connection, length)
    return None if payload is None else (Frame(kind), payload)


def _exactly(connection: socket, length: int) -> bytes | None:
    buffer = bytearray(length)
    view = memoryview(buffer)
    while view:
        got = connection.recv_into(view)
        if not got:
            return None
        view = view[got:]
    return bytes(buffer)
