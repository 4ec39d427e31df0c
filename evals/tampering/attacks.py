"""What a person could do who holds the database, and, for some, the log's signing key. Drawn by seed.

Each attack changes something that the witness had cosigned. It returns the record that verification should name first,
or None where no single record can be named.
"""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random
from typing import Final
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from audit.notes import WITNESS, LogKey, Note, Signature, Verifier
from audit.records import Record
from audit.tree.store import KeptCosignature
from evals.tampering.ledger import Ledger, Place, place_of, rechained, rehashed, reseal, signed


@dataclass(slots=True)
class Scene:
    """What the attacker has: the ledger, a copy of it from before, the other tenant's, and a source of chance."""

    ledger: Ledger
    before: Ledger
    other: Ledger
    key: LogKey
    now: datetime
    random: Random

    def victim(self, *, not_last: bool = False) -> Record:
        """A record that the witness had cosigned; `not_last`: and that another follows in its stream."""
        while True:
            position = self.random.randrange(self.ledger.cosigned)
            record = self.ledger.record(self.ledger.place_of(position))
            if not not_last or len(self.ledger.stream(record.stream)) > record.seq:
                return record

    def smaller_sizes(self) -> list[int]:
        """At which the log was signed before it had all that the witness cosigned."""
        return [each.size for each in self.ledger.checkpoints if each.size < self.ledger.cosigned]


Attack = Callable[[Scene], Place | None]


def edited(record: Record, random: Random) -> Record:
    """Something else in one field."""
    changes: Sequence[Callable[[], Record]] = (
        lambda: replace(record, actor="mallory"),
        lambda: replace(record, kind="run.finished" if record.kind != "run.finished" else "run.started"),
        lambda: replace(record, at=record.at + timedelta(microseconds=random.choice((-1, 1, 3_600_000_000)))),
        lambda: replace(record, step=f"{record.step}x"),
        lambda: replace(record, run_id=UUID(int=random.getrandbits(128)) if random.random() < 0.7 else None),
        lambda: replace(record, body={**record.body, "forged": random.randrange(1000)}),
        lambda: replace(record, body=dict(list(record.body.items())[1:])),
        lambda: replace(record, body={**record.body, "code": "approved"}),
    )
    while (changed := random.choice(changes)()) == record:
        pass
    return changed


def edit(scene: Scene) -> Place:
    """A field of a record, its hash left or made to fit, the rest of its stream left or linked anew."""
    victim = scene.victim()
    changed, how = edited(victim, scene.random), scene.random.choice(("left", "rehashed", "rechained", "hash"))
    place = place_of(victim)
    if how == "left":
        scene.ledger.put(place, changed)
    elif how == "rehashed":
        scene.ledger.put(place, rehashed(changed))
    elif how == "hash":
        scene.ledger.put(place, replace(victim, hash=scene.random.randbytes(32).hex()))
    else:
        stream = [changed if place_of(each) == place else each for each in scene.ledger.stream(victim.stream)]
        scene.ledger.put_stream(victim.stream, rechained(stream))
    return place


def delete(scene: Scene) -> Place:
    """A record, the rest of its stream left or closed up."""
    victim = scene.victim()
    stream = [each for each in scene.ledger.stream(victim.stream) if each is not victim]
    close = scene.random.random() < 0.5
    scene.ledger.put_stream(victim.stream, rechained(stream) if close else stream)
    return place_of(victim)


def insert(scene: Scene) -> Place:
    """A record that never was, before another; its own, or a copy of one."""
    victim = scene.victim()
    stream = scene.ledger.stream(victim.stream)
    forged = replace(victim, actor="mallory", step=f"{victim.step}/forged")
    at = victim.seq - 1
    chained = rechained([*stream[:at], forged, *stream[at:]])
    scene.ledger.put_stream(victim.stream, chained)
    if scene.random.random() < 0.5:
        scene.ledger.waiting.append(place_of(chained[-1]))
    return place_of(victim)


def reorder(scene: Scene) -> Place:
    """Two records of a stream, exchanged with or without new links."""
    victim = scene.victim(not_last=True)
    stream = scene.ledger.stream(victim.stream)
    one = victim.seq - 1
    other = scene.random.randrange(one + 1, len(stream))
    stream[one], stream[other] = stream[other], stream[one]
    if scene.random.random() < 0.5:
        stream = rechained(stream)
    else:
        stream = [replace(record, seq=number) for number, record in enumerate(stream, 1)]
    scene.ledger.put_stream(victim.stream, stream)
    return place_of(victim)


def truncate(scene: Scene) -> Place | None:
    """The end of a stream, its leaves left or taken away; or the end of the whole log with all its papers."""
    if scene.random.random() < 0.3:
        scene.ledger.cut_log(scene.random.choice([0, *scene.smaller_sizes()]))
        return None
    victim = scene.victim()
    ledger = scene.ledger
    gone = {place_of(each) for each in ledger.stream(victim.stream) if each.seq >= victim.seq}
    ledger.records = [each for each in ledger.records if place_of(each) not in gone]
    ledger.waiting = [place for place in ledger.waiting if place not in gone]
    if scene.random.random() < 0.5:
        ledger.leaves = [leaf for leaf in ledger.leaves if (leaf.stream, leaf.seq) not in gone]
        return None
    return place_of(victim)


def swap_tenants(scene: Scene) -> Place | None:
    """A record with the other bank's, or everything."""
    mine, theirs = scene.ledger, scene.other
    if scene.random.random() < 0.4:
        for name in ("records", "leaves", "checkpoints", "cosignatures", "waiting"):
            mine_rows, their_rows = getattr(mine, name), getattr(theirs, name)
            setattr(mine, name, their_rows)
            setattr(theirs, name, mine_rows)
        mine.records = [replace(each, tenant=mine.tenant) for each in mine.records]
        theirs.records = [replace(each, tenant=theirs.tenant) for each in theirs.records]
        return None
    victim = scene.victim()
    foreign = scene.random.choice([each for each in theirs.records if each.seq == 1])
    moved = replace(foreign, tenant=mine.tenant, stream=victim.stream, seq=victim.seq)
    mine.put(place_of(victim), rehashed(moved, victim.prev_hash) if scene.random.random() < 0.5 else moved)
    return place_of(victim)


def leaf(scene: Scene) -> None:
    """The log itself: a leaf changed, taken away, or two exchanged; the subtrees above left or made to fit."""
    ledger, position = scene.ledger, scene.random.randrange(scene.ledger.cosigned)
    how = scene.random.choice(("changed", "gone", "exchanged", "completes"))
    chosen = ledger.leaves[position]
    if how == "changed":
        ledger.leaves[position] = replace(chosen, leaf=scene.random.randbytes(32))
    elif how == "gone":
        del ledger.leaves[position]
    elif how == "completes":
        ledger.leaves[position] = replace(chosen, completes=chosen.completes + scene.random.randbytes(32))
    else:
        second = scene.random.choice([number for number in range(len(ledger.leaves)) if number != position])
        other = ledger.leaves[second]
        ledger.leaves[position] = replace(other, position=position, completes=chosen.completes)
        ledger.leaves[second] = replace(chosen, position=second, completes=other.completes)


def paper(scene: Scene) -> None:
    """A checkpoint or a cosignature: for another root with the log's key, or of a witness that only has the name."""
    ledger = scene.ledger
    if scene.random.random() < 0.5:
        number = scene.random.randrange(len(ledger.checkpoints))
        old = ledger.checkpoints[number]
        ledger.checkpoints[number] = signed(scene.key, old.size, scene.random.randbytes(32), old.at)
        return
    number = scene.random.randrange(len(ledger.cosignatures))
    old = ledger.cosignatures[number]
    note = next(each.note for each in ledger.checkpoints if each.size == old.size)
    ledger.cosignatures[number] = _forged_cosignature(old, Note.parse(note.encode()).text)


def _forged_cosignature(old: KeptCosignature, text: str) -> KeptCosignature:
    key = Ed25519PrivateKey.from_private_bytes(os.urandom(32))
    forger = Verifier(old.witness, key.public_key().public_bytes_raw(), WITNESS)
    at = int(old.signed_at.timestamp())
    value = at.to_bytes(8) + key.sign(f"cosignature/v1\ntime {at}\n{text}".encode())
    return replace(old, line=Signature(forger.name, forger.key_id, value).line())


def fork(scene: Scene) -> None:
    """With the log's key: back to an earlier size, and on from there with other records."""
    ledger = scene.ledger
    lost = len(ledger.leaves)
    ledger.cut_log(scene.random.choice(scene.smaller_sizes()))
    stream = ledger.stream(scene.random.choice(ledger.records).stream)
    more = scene.random.randrange(1, lost - len(ledger.leaves) + 4)
    forged = [replace(stream[-1], step=f"fork-{number}", actor="mallory") for number in range(more)]
    ledger.put_stream(stream[0].stream, rechained([*stream, *forged]))
    reseal(ledger, scene.key, scene.now)


def rewrite(scene: Scene) -> None:
    """With the log's key: a record edited, removed, inserted or exchanged, and everything above it made to fit."""
    ledger, pristine = scene.ledger, scene.ledger.copy()
    place = scene.random.choice((edit, delete, insert, reorder))(scene)
    for stream in {record.stream for record in ledger.records}:
        ledger.put_stream(stream, rechained(ledger.stream(stream)))
    if {each.hash for each in ledger.records} == {each.hash for each in pristine.records}:  # only a hash was forged
        ledger.put(place, replace(ledger.record(place), actor="mallory"))
        ledger.put_stream(place[0], rechained(ledger.stream(place[0])))
    ledger.waiting = [each for each in ledger.waiting if each in {place_of(record) for record in ledger.records}]
    reseal(ledger, scene.key, scene.now)
    if scene.random.random() < 0.5:
        ledger.cosignatures = []


def restore(scene: Scene) -> None:
    """The database as it was before; as it is, or with the log going on from there."""
    ledger, before = scene.ledger, scene.before.copy()
    for name in ("records", "leaves", "checkpoints", "cosignatures", "waiting"):
        setattr(ledger, name, getattr(before, name))
    if scene.random.random() < 0.6:
        stream = ledger.stream(scene.random.choice(ledger.records).stream)
        more = [replace(stream[-1], step=f"after-{number}") for number in range(scene.random.randrange(1, 40))]
        ledger.put_stream(stream[0].stream, rechained([*stream, *more]))
        reseal(ledger, scene.key, scene.now)


def in_window(scene: Scene) -> None:
    """With the log's key: a record that is sealed and not cosigned yet, and the log signed anew from there."""
    ledger = scene.ledger
    position = scene.random.randrange(ledger.cosigned, len(ledger.leaves))
    place = ledger.place_of(position)
    ledger.put(place, replace(ledger.record(place), actor="mallory"))
    ledger.put_stream(place[0], rechained(ledger.stream(place[0])))
    reseal(ledger, scene.key, scene.now)


ATTACKS: Final[Mapping[str, Attack]] = {
    "edit": edit,
    "delete": delete,
    "insert": insert,
    "reorder": reorder,
    "truncate": truncate,
    "fork": fork,
    "swap_tenants": swap_tenants,
    "leaf": leaf,
    "paper": paper,
    "rewrite": rewrite,
    "restore": restore,
}
WITH_KEY: Final = frozenset({"fork", "rewrite", "restore"})
"""After these the forger also asks the witness to cosign what he made."""
