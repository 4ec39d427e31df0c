"""The decision: C2SP's tlog-witness `add-checkpoint`, from the bytes of a request to the reply."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from witness.growth import EMPTY, MAX_PROOF, only_grew
from witness.memory import Memory
from witness.notes import LogKey, MalformedError, TreeHead, WitnessKey, read_hash, read_number, read_tree_head

MAX_REQUEST_BYTES = 65_536
"""The longest proof has under 3 kB; the rest leaves room for foreign signatures."""

SIZE_TYPE = "text/x.tlog.size"


@dataclass(frozen=True, slots=True)
class Reply:
    """Status and body. The body of a 409 is the size that the witness knows."""

    status: int
    body: bytes
    media_type: str = "text/plain; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Request:
    """The log's claim: this is my head, and it begins with my head of `old` leaves."""

    old: int
    proof: tuple[bytes, ...]
    head: TreeHead


def read_request(body: bytes) -> Request:
    """Raises `MalformedError`."""
    front, blank, note = body.partition(b"\n\n")
    if not blank or not front.isascii():
        raise MalformedError("no blank line before the checkpoint")
    first, *hashes = front.decode().split("\n")
    word, _, digits = first.partition(" ")
    if word != "old":
        raise MalformedError("no old size")
    if len(hashes) > MAX_PROOF:
        raise MalformedError("the proof is too long")
    return Request(read_number(digits), tuple(read_hash(line) for line in hashes), read_tree_head(note))


@dataclass(frozen=True, slots=True)
class Witness:
    """Cosigns for the logs it was told of. `logs`: their keys by origin."""

    key: WitnessKey
    memory: Memory
    logs: Mapping[str, LogKey]
    now: Callable[[], float] = time.time

    def add_checkpoint(self, body: bytes) -> Reply:
        """Checks and memory change under one lock; when this returns 200, the new head is on disk."""
        try:
            request = read_request(body)
        except MalformedError as error:
            return _text(400, str(error))
        log = self.logs.get(request.head.origin)
        if log is None:
            return _text(404, "this log is not known here")
        if not log.signed(request.head):
            return _text(403, "the checkpoint is not signed by the log's key")
        if request.old > request.head.size:
            return _text(400, "the old size is larger than the checkpoint's")
        with self.memory.deciding():
            return self._decide(log, request, body)

    def _decide(self, log: LogKey, request: Request, body: bytes) -> Reply:
        known = self.memory.known(log.name)
        size, root = (0, EMPTY) if known is None else (known.size, known.root)
        head, at = request.head, int(self.now())
        if head.size == size and head.root != root:
            self.memory.keep_evidence(head, "another root for the same size", body, at)
            return _known(size)
        if request.old != size:
            return _known(size)
        if not only_grew(size, root, head.size, head.root, request.proof):
            self.memory.keep_evidence(head, "no proof that it begins with what was cosigned", body, at)
            return _text(422, "the proof does not lead from the known head to this one")
        line = self.key.cosign(head, at).encode()
        self.memory.keep(head, log.note(head) + line)
        return Reply(200, line)

    def checkpoint(self, origin: str) -> Reply:
        """The last checkpoint that was cosigned, signed by the log and by us: what an auditor holds a log against."""
        known = self.memory.known(origin)
        return _text(404, "nothing was cosigned for this log") if known is None else Reply(200, known.note)


def _known(size: int) -> Reply:
    return Reply(409, f"{size}\n".encode(), SIZE_TYPE)


def _text(status: int, text: str) -> Reply:
    return Reply(status, f"{text}\n".encode())
