"""Checks an evidence pack: python verify.py [PACK.zip or its folder] [--log-key KEY] [--witness-key KEY]

Needs Python 3.11 and nothing else: no network, no database, no package. It says "verified" and ends with 0, or names
what is wrong and ends with 1. It tells whether

  1. the log signed the checkpoint (Ed25519), and a witness cosigned it;
  2. each record is the one that was hashed, and follows from the one before it, from the first of its stream on;
  3. each record stands in the log at the position that the pack says (RFC 6962 inclusion proofs).

The keys in the pack are those that its maker gave. Compare them with the ones that you were given elsewhere, or name
those with --log-key and --witness-key: then no others are trusted.
"""

import argparse
import base64
import hashlib
import json
import sys
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

FORMAT = "countersign-evidence-1"
NOTHING_BEFORE = "0" * 64


class NotVerified(Exception):
    """The first thing in the pack that does not hold."""


# ------------------------------------------------------------------ Ed25519 (RFC 8032), verification only

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
ROOT_OF_MINUS_ONE = pow(2, (P - 1) // 4, P)

Point = tuple[int, int, int, int]
"""X, Y, Z, T with x = X/Z, y = Y/Z, x*y = T/Z."""

NEUTRAL: Point = (0, 1, 1, 0)


def add(p: Point, q: Point) -> Point:
    a, b = (p[1] - p[0]) * (q[1] - q[0]) % P, (p[1] + p[0]) * (q[1] + q[0]) % P
    c, d = 2 * p[3] * q[3] * D % P, 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def multiply(scalar: int, point: Point) -> Point:
    result = NEUTRAL
    while scalar:
        if scalar & 1:
            result = add(result, point)
        point = add(point, point)
        scalar >>= 1
    return result


def same(p: Point, q: Point) -> bool:
    return (p[0] * q[2] - q[0] * p[2]) % P == 0 and (p[1] * q[2] - q[1] * p[2]) % P == 0


def point_of(encoded: bytes) -> Point | None:
    """The point that 32 bytes encode; None where they encode none."""
    y, sign = int.from_bytes(encoded, "little") & (2**255 - 1), encoded[31] >> 7
    if len(encoded) != 32 or y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT_OF_MINUS_ONE % P
    if (x * x - square) % P or (x == 0 and sign):
        return None
    if x & 1 != sign:
        x = P - x
    return x, y, 1, x * y % P


BASE = point_of((4 * pow(5, -1, P) % P).to_bytes(32, "little"))


def signature_holds(public_key: bytes, message: bytes, signature: bytes) -> bool:
    if len(public_key) != 32 or len(signature) != 64 or BASE is None:
        return False
    key, commitment = point_of(public_key), point_of(signature[:32])
    s = int.from_bytes(signature[32:], "little")
    if key is None or commitment is None or s >= ORDER:
        return False
    challenge = int.from_bytes(hashlib.sha512(signature[:32] + public_key + message).digest(), "little") % ORDER
    return same(multiply(s, BASE), add(commitment, multiply(challenge, key)))


# ------------------------------------------------------------------ keys, notes, checkpoints (C2SP)


@dataclass(frozen=True)
class Key:
    """`name+id+key`: a log's (kind 1) or a witness's (kind 4)."""

    name: str
    kind: int
    public: bytes
    identifier: bytes

    @classmethod
    def read(cls, text: str) -> "Key":
        name, _, rest = text.partition("+")
        identifier, _, encoded = rest.partition("+")
        material = from_base64(encoded)
        computed = hashlib.sha256(name.encode() + b"\n" + material).digest()[:4]
        if len(material) != 33 or computed.hex() != identifier:
            raise NotVerified(f"this is not a verifier key: {text}")
        return cls(name, material[0], material[1:], computed)


@dataclass(frozen=True)
class Checkpoint:
    text: str
    origin: str
    size: int
    root: bytes
    signatures: tuple[tuple[str, bytes], ...]
    """Name, and key id with signature."""


def from_base64(text: str) -> bytes:
    try:
        value = base64.b64decode(text, validate=True)
    except ValueError as error:
        raise NotVerified("something that should be base64 is not") from error
    if base64.b64encode(value).decode() != text:
        raise NotVerified("something is base64 in an unusual form")
    return value


def read_checkpoint(note: str) -> Checkpoint:
    text, blank, signatures = note.rpartition("\n\n")
    lines = text.split("\n")
    if (
        not blank
        or len(lines) != 3
        or not lines[1].isascii()
        or not lines[1].isdigit()
        or not signatures.endswith("\n")
    ):
        raise NotVerified("checkpoint.txt is not a signed checkpoint")
    read: list[tuple[str, bytes]] = []
    for line in signatures[:-1].split("\n"):
        parts = line.split(" ")
        if len(parts) != 3 or parts[0] != "\u2014":
            raise NotVerified("checkpoint.txt has a line that is no signature")
        read.append((parts[1], from_base64(parts[2])))
    return Checkpoint(text + "\n", lines[0], int(lines[1]), from_base64(lines[2]), tuple(read))


def own_signatures(checkpoint: Checkpoint, key: Key) -> list[bytes]:
    return [value[4:] for name, value in checkpoint.signatures if (name, value[:4]) == (key.name, key.identifier)]


def check_log(checkpoint: Checkpoint, key: Key) -> None:
    found = own_signatures(checkpoint, key)
    if checkpoint.origin != key.name or key.kind != 1 or not found:
        raise NotVerified(f"the checkpoint is not signed by the log's key ({key.name})")
    if not all(signature_holds(key.public, checkpoint.text.encode(), each) for each in found):
        raise NotVerified(f"the log's signature on the checkpoint does not hold ({key.name})")


def check_witness(checkpoint: Checkpoint, key: Key) -> datetime | None:
    """When the witness cosigned; None where it did not."""
    at = None
    for value in own_signatures(checkpoint, key):
        seconds = int.from_bytes(value[:8])
        message = f"cosignature/v1\ntime {seconds}\n{checkpoint.text}".encode()
        if key.kind != 4 or not signature_holds(key.public, message, value[8:]):
            raise NotVerified(f"the cosignature of the witness does not hold ({key.name})")
        at = datetime.fromtimestamp(seconds, UTC)
    return at


# ------------------------------------------------------------------ Merkle tree (RFC 6962)


def node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def root_from(leaf: bytes, position: int, size: int, proof: list[bytes]) -> bytes | None:
    """The root that the proof leads to from the leaf; None where it has another length than it must."""
    if size <= 1:
        return leaf if size == 1 and position == 0 and not proof else None
    half = 1 << ((size - 1).bit_length() - 1)
    if not proof:
        return None
    below = (leaf, position, half) if position < half else (leaf, position - half, size - half)
    found = root_from(*below, proof[:-1])
    if found is None:
        return None
    return node(found, proof[-1]) if position < half else node(proof[-1], found)


# ------------------------------------------------------------------ the pack


def check_records(lines: list[bytes], streams: dict[str, int], tenant: str) -> list[dict[str, Any]]:
    """Each line is a record in the bytes that were hashed; its hash is the next one's `prev_hash`."""
    last: dict[str, tuple[int, str]] = {}
    records: list[dict[str, Any]] = []
    for line in lines:
        try:
            record = json.loads(line)
            stream, seq, prev_hash, owner = (record[name] for name in ("stream", "seq", "prev_hash", "tenant"))
        except (ValueError, KeyError, TypeError) as error:
            raise NotVerified(f"line {len(records) + 1} of records.jsonl is not a record") from error
        before, hashed = last.get(stream, (0, NOTHING_BEFORE))
        if owner != tenant or stream not in streams:
            raise NotVerified(f"record {seq} of {stream} does not belong into this pack")
        if seq != before + 1:
            raise NotVerified(f"record {before + 1} of {stream} is missing or out of its order")
        if prev_hash != hashed:
            raise NotVerified(f"record {seq} of {stream} does not follow from the record before it")
        last[stream] = (seq, hashlib.sha256(line).hexdigest())
        records.append({**record, "hash": last[stream][1]})
    for stream, count in streams.items():
        if last.get(stream, (0, ""))[0] != count:
            raise NotVerified(f"{stream} should have {count} records here")
    return records


def check_places(records: list[dict[str, Any]], proofs: list[dict[str, Any]], checkpoint: Checkpoint) -> None:
    if len(proofs) != len(records):
        raise NotVerified("there is not one proof for each record")
    for record, proof in zip(records, proofs, strict=True):
        leaf = hashlib.sha256(b"\x00" + bytes.fromhex(record["hash"])).digest()
        hashes, position = [from_base64(each) for each in proof["proof"]], proof["position"]
        named = (proof["stream"], proof["seq"]) == (record["stream"], record["seq"])
        if not named or not 0 <= position < checkpoint.size:
            raise NotVerified(f"the proof for record {record['seq']} of {record['stream']} is another one's")
        if root_from(leaf, position, checkpoint.size, hashes) != checkpoint.root:
            raise NotVerified(f"record {record['seq']} of {record['stream']} is not in the log that was signed")


def verify(read: Callable[[str], bytes], log_key: str | None, witness_keys: list[str]) -> list[str]:
    """What was verified, in sentences. Raises `NotVerified`."""
    about = json.loads(read("pack.json"))
    if about["format"] != FORMAT:
        raise NotVerified(f"the pack has the format {about['format']}, this reads {FORMAT}")
    log = Key.read(log_key or about["log_key"])
    witnesses = [Key.read(text) for text in witness_keys or about["witness_keys"]]
    checkpoint = read_checkpoint(read("checkpoint.txt").decode())
    check_log(checkpoint, log)
    records = check_records(read("records.jsonl").splitlines(), about["streams"], about["tenant"])
    check_places(records, json.loads(read("proofs.json")), checkpoint)
    own = [record for record in records if record["run_id"] == about["run_id"]]
    if not own:
        raise NotVerified(f"there is no record of run {about['run_id']}")
    others = len(records) - len(own)
    ended = any(record["kind"] == "run.finished" for record in own)
    said = [
        f"verified: {len(own)} records of run {about['run_id']} of {about['tenant']}",
        f"with the {others} others of its conversation, which they follow from or which follow from them",
        f"they stand in the log {log.name}, of {checkpoint.size} records, as its key signed it",
        "the run had ended" if ended else "the run had not ended: later records of it are not in this pack",
    ]
    cosigned = [(witness.name, check_witness(checkpoint, witness)) for witness in witnesses]
    if witness_keys and not all(at for _, at in cosigned):
        raise NotVerified("a witness that you named has not cosigned the checkpoint")
    said.extend(f"the witness {name} cosigned this at {at.isoformat()}" for name, at in cosigned if at)
    if not any(at for _, at in cosigned):
        said.append("NO WITNESS has cosigned this: whoever holds the log's key could have made another history")
    if not log_key or not witness_keys:
        said.append("these keys were taken from the pack; compare them with the ones that you were given:")
        said.extend(f"  {text}" for text in (about["log_key"], *about["witness_keys"]))
    return said


def reader(place: Path) -> Callable[[str], bytes]:
    if place.is_dir():
        return lambda name: (place / name).read_bytes()
    archive = zipfile.ZipFile(place)
    return archive.read


def main() -> int:
    parser = argparse.ArgumentParser(description="Check an evidence pack.")
    parser.add_argument("pack", nargs="?", type=Path, default=Path(__file__).parent, help="the zip, or its folder")
    parser.add_argument("--log-key", help="the log's verifier key that you were given")
    parser.add_argument("--witness-key", action="append", default=[], help="a witness's, repeatable")
    arguments = parser.parse_args()
    try:
        said = verify(reader(arguments.pack), arguments.log_key, arguments.witness_key)
    except NotVerified as error:
        sys.stdout.write(f"NOT verified: {error}\n")
        return 1
    except (OSError, LookupError, TypeError, ValueError, AttributeError, RecursionError, zipfile.BadZipFile) as error:
        sys.stdout.write(f"NOT verified: the pack can't be read ({type(error).__name__}: {error})\n")
        return 1
    sys.stdout.write("\n".join(said) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
