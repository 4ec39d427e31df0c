"""A log to be witnessed, honest or not, written with the product's own code: the other side of the protocol."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from audit import merkle
from audit.merkle import Frontier, Node
from audit.notes import Checkpoint, LogKey, Note, Verifier, cosignatures, parse_signatures
from witness.memory import open_witness
from witness.notes import LogKey as KnownLog
from witness.service import Reply, Witness

ORIGIN = "bank.example/harbour"
KEY = LogKey(ORIGIN, bytes(range(32)))
NOW = 1_795_000_000


@dataclass
class Log:
    """Leaves by their texts. `key`: who signs."""

    texts: list[str] = field(default_factory=list)
    key: LogKey = KEY

    def checkpoint(self, size: int | None = None) -> Checkpoint:
        frontier = Frontier()
        for text in self.texts[:size]:
            frontier.append(merkle.leaf_hash(text.encode()))
        return Checkpoint(self.key.verifier.name, frontier.size, frontier.root())

    def proof(self, old: int, new: int | None = None) -> list[bytes]:
        nodes: dict[Node, bytes] = {}
        frontier = Frontier()
        for position, text in enumerate(self.texts):
            leaf = merkle.leaf_hash(text.encode())
            hashes = leaf + frontier.append(leaf)
            for level in range(len(hashes) // 32):
                nodes[Node(level, position >> level)] = hashes[level * 32 : level * 32 + 32]
        return merkle.proof(merkle.consistency_path(old, len(self.texts) if new is None else new), nodes)

    def request(self, old: int, size: int | None = None) -> bytes:
        return request(old, self.proof(old, size), self.key.sign(self.checkpoint(size)))


def request(old: int, proof: Sequence[bytes], note: Note) -> bytes:
    lines = "".join(f"{base64.b64encode(each).decode()}\n" for each in proof)
    return f"old {old}\n{lines}\n".encode() + note.content()


def log_of(size: int, *, salt: str = "", key: LogKey = KEY) -> Log:
    return Log([f"{salt}{number}" for number in range(size)], key)


def witness_of(folder: Path) -> Witness:
    key, memory = open_witness(folder, "witness.example/w")
    return Witness(key, memory, {ORIGIN: KnownLog.read(str(KEY.verifier))}, lambda: NOW)


def verified(witness: Witness, reply: Reply, checkpoint: Checkpoint) -> int:
    """The time of the one cosignature in a reply, verified with the product's code."""
    assert reply.status == 200
    signatures = parse_signatures(reply.body.decode())
    [(_, at)] = cosignatures(checkpoint.text(), signatures, [Verifier.parse(witness.key.verifier)])
    return at
