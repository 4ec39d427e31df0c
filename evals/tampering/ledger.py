"""A tenant's ledger as somebody holds it who can read and write every row."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from audit.chain import GENESIS
from audit.merkle import Frontier, leaf_hash
from audit.notes import Checkpoint, LogKey
from audit.records import Record
from audit.tree.store import KeptCheckpoint, KeptCosignature, Leaf
from core.canonical import digest

Place = tuple[str, int]


@dataclass(slots=True)
class Ledger:
    """Every row of one tenant; the rows themselves are never changed, only replaced."""

    tenant: str
    records: list[Record] = field(default_factory=list[Record])
    leaves: list[Leaf] = field(default_factory=list[Leaf])
    checkpoints: list[KeptCheckpoint] = field(default_factory=list[KeptCheckpoint])
    cosignatures: list[KeptCosignature] = field(default_factory=list[KeptCosignature])
    waiting: list[Place] = field(default_factory=list[Place])

    def copy(self) -> "Ledger":
        return Ledger(
            self.tenant,
            list(self.records),
            list(self.leaves),
            list(self.checkpoints),
            list(self.cosignatures),
            list(self.waiting),
        )

    @property
    def cosigned(self) -> int:
        """How many records a witness vouches for."""
        return max((each.size for each in self.cosignatures), default=0)

    def place_of(self, position: int) -> Place:
        leaf = next(leaf for leaf in self.leaves if leaf.position == position)
        return leaf.stream, leaf.seq

    def record(self, place: Place) -> Record:
        return next(record for record in self.records if place_of(record) == place)

    def stream(self, name: str) -> list[Record]:
        return [record for record in self.records if record.stream == name]

    def put(self, place: Place, record: Record) -> None:
        """In the place of the record that is there."""
        self.records = [record if place_of(each) == place else each for each in self.records]

    def put_stream(self, name: str, records: Sequence[Record]) -> None:
        """In the place of the whole stream."""
        self.records = [*(each for each in self.records if each.stream != name), *records]

    def cut_log(self, size: int) -> None:
        """The log as it was with `size` leaves, its papers with it; and no record that came later."""
        gone = {(leaf.stream, leaf.seq) for leaf in self.leaves if leaf.position >= size} | set(self.waiting)
        self.records = [record for record in self.records if place_of(record) not in gone]
        self.leaves = [leaf for leaf in self.leaves if leaf.position < size]
        self.checkpoints = [each for each in self.checkpoints if each.size <= size]
        self.cosignatures = [each for each in self.cosignatures if each.size <= size]
        self.waiting = []


def place_of(record: Record) -> Place:
    return record.stream, record.seq


def rehashed(record: Record, prev_hash: str | None = None) -> Record:
    """The record with the hash that its content asks for."""
    linked = record if prev_hash is None else replace(record, prev_hash=prev_hash)
    return replace(linked, hash=digest(linked.hashed_fields()))


def rechained(records: Sequence[Record]) -> list[Record]:
    """The records of a stream numbered and linked in this order."""
    chained: list[Record] = []
    for number, record in enumerate(records, 1):
        chained.append(rehashed(replace(record, seq=number), chained[-1].hash if chained else GENESIS))
    return chained


def reseal(ledger: Ledger, key: LogKey, at: datetime) -> None:
    """What the holder of the log's key can do: give every record a leaf that fits, where it can in its old position,
    and sign the log anew at the sizes at which it was signed."""
    there = {place_of(record): record for record in ledger.records}
    old = [(leaf.stream, leaf.seq) for leaf in sorted(ledger.leaves, key=lambda leaf: leaf.position)]
    waiting = set(ledger.waiting)
    order = [place for place in old if place in there]
    order += [place for place in there if place not in set(old) and place not in waiting]
    sizes = [each.size for each in ledger.checkpoints if each.size < len(order)] + [len(order)]
    frontier, ledger.leaves, ledger.checkpoints = Frontier(), [], []
    for position, (stream, seq) in enumerate(order):
        leaf = leaf_hash(bytes.fromhex(there[stream, seq].hash))
        ledger.leaves.append(Leaf(position, stream, seq, leaf, frontier.append(leaf)))
        if frontier.size in sizes:
            ledger.checkpoints.append(signed(key, frontier.size, frontier.root(), at))


def signed(key: LogKey, size: int, root: bytes, at: datetime) -> KeptCheckpoint:
    note = key.sign(Checkpoint(key.verifier.name, size, root)).content().decode()
    return KeptCheckpoint(size, root, note, at)
