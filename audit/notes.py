"""Signed notes and checkpoints, as C2SP's signed-note, tlog-checkpoint and tlog-cosignature write them; Ed25519 only.

Reading is strict: whatever could be written in two ways has one here, and everything else is no note.
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from audit.merkle import HASH_BYTES

LOG: Final = 0x01
"""The signature type of a log's own Ed25519 signature."""

WITNESS: Final = 0x04
"""The signature type of a witness's timestamped cosignature."""

MAX_NOTE_BYTES: Final = 32_768
MAX_SIGNATURES: Final = 32
"""The format asks for 16 at least."""

_SEED_BYTES = 32
_SIGNATURE_BYTES = 64
_ID_BYTES = 4
_DASH = "\u2014"
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")
_NUMBER = re.compile(r"0|[1-9][0-9]{0,18}")
_ID = re.compile(r"[0-9a-f]{8}")


class NoteError(ValueError):
    """Text that is no note, no key or no checkpoint, or a signature that does not hold; says which."""


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature line: the key's name and id, and the bytes that it signed with."""

    name: str
    key_id: bytes
    value: bytes

    def line(self) -> str:
        return f"{_DASH} {self.name} {_base64(self.key_id + self.value)}\n"


@dataclass(frozen=True, slots=True)
class Note:
    """A text (with its last newline) and its signatures, none of them verified yet."""

    text: str
    signatures: tuple[Signature, ...]

    @classmethod
    def parse(cls, content: bytes) -> Self:
        """Raises `NoteError`."""
        if len(content) > MAX_NOTE_BYTES:
            raise NoteError("the note is too long")
        try:
            whole = content.decode()
        except UnicodeDecodeError as error:
            raise NoteError("the note is not UTF-8") from error
        if _CONTROL.search(whole):
            raise NoteError("the note has control characters")
        text, blank, lines = whole.rpartition("\n\n")
        if not blank or not text:
            raise NoteError("the note has no blank line before its signatures")
        return cls(f"{text}\n", parse_signatures(lines))

    def content(self) -> bytes:
        """The note as it is stored and sent."""
        return f"{self.text}\n{''.join(signature.line() for signature in self.signatures)}".encode()


def parse_signatures(lines: str) -> tuple[Signature, ...]:
    """One or more signature lines. Raises `NoteError`."""
    if not lines.endswith("\n"):
        raise NoteError("the last signature line is not ended")
    split = lines[:-1].split("\n")
    if len(split) > MAX_SIGNATURES:
        raise NoteError("there are too many signatures")
    return tuple(_signature(line) for line in split)


def _signature(line: str) -> Signature:
    parts = line.split(" ")
    if len(parts) != 3 or parts[0] != _DASH:
        raise NoteError("a signature line has another form")
    value = decode_base64(parts[2])
    if len(value) <= _ID_BYTES:
        raise NoteError("a signature is too short")
    return Signature(_key_name(parts[1]), value[:_ID_BYTES], value[_ID_BYTES:])


@dataclass(frozen=True, slots=True)
class Verifier:
    """A public key by which a log or a witness is known. Its text form: `name+id+key`."""

    name: str
    public_key: bytes
    kind: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Raises `NoteError` unless the id is the key's own."""
        parts = text.split("+", 2)
        if len(parts) != 3 or not _ID.fullmatch(parts[1]):
            raise NoteError("a verifier key has the form name+id+key")
        key = decode_base64(parts[2])
        if len(key) != 1 + HASH_BYTES or key[0] not in (LOG, WITNESS):
            raise NoteError(f"the key of {parts[0]} is no Ed25519 key of a log or a witness")
        verifier = cls(_key_name(parts[0]), key[1:], key[0])
        if verifier.key_id.hex() != parts[1]:
            raise NoteError(f"the id {parts[1]} is not that of the key of {parts[0]}")
        return verifier

    @property
    def key_id(self) -> bytes:
        return _key_id(self.name, self.kind, self.public_key)

    def __str__(self) -> str:
        return f"{self.name}+{self.key_id.hex()}+{_base64(bytes([self.kind]) + self.public_key)}"

    def signatures_on(self, note: Note) -> list[Signature]:
        """Those of this key, by name and id; whether they hold is not looked at."""
        return [each for each in note.signatures if (each.name, each.key_id) == (self.name, self.key_id)]

    def check(self, text: str, signature: Signature) -> int | None:
        """When it was cosigned (POSIX seconds), None for a log's own. Raises `NoteError` where it does not hold."""
        value, message, at = signature.value, text.encode(), None
        if self.kind == WITNESS:
            at, value = int.from_bytes(value[:8]), value[8:]
            message = f"cosignature/v1\ntime {at}\n".encode() + message
        if len(value) != _SIGNATURE_BYTES or (at is not None and at >= 1 << 63):
            raise NoteError(f"the signature of {self.name} has another form")
        try:
            Ed25519PublicKey.from_public_bytes(self.public_key).verify(value, message)
        except InvalidSignature as error:
            raise NoteError(f"the signature of {self.name} does not hold") from error
        return at


def _key_id(name: str, kind: int, public_key: bytes) -> bytes:
    return hashlib.sha256(name.encode() + b"\n" + bytes([kind]) + public_key).digest()[:_ID_BYTES]


class LogKey:
    """The key that signs a log's checkpoints, under the log's name (its origin)."""

    def __init__(self, name: str, seed: bytes) -> None:
        if len(seed) != _SEED_BYTES:
            raise NoteError(f"an Ed25519 seed has {_SEED_BYTES} bytes, not {len(seed)}")
        self._key = Ed25519PrivateKey.from_private_bytes(seed)
        self.verifier = Verifier(_key_name(name), self._key.public_key().public_bytes_raw(), LOG)

    def sign(self, checkpoint: "Checkpoint") -> Note:
        """Raises `NoteError` for another log's checkpoint."""
        if checkpoint.origin != self.verifier.name:
            raise NoteError(f"the key of {self.verifier.name} does not sign for {checkpoint.origin}")
        text = checkpoint.text()
        return Note(text, (Signature(self.verifier.name, self.verifier.key_id, self._key.sign(text.encode())),))


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A log's size and root."""

    origin: str
    size: int
    root: bytes

    @classmethod
    def parse(cls, text: str) -> Self:
        """Of a note's text; no extension lines, which nobody audits. Raises `NoteError`."""
        lines = text.split("\n")
        if len(lines) != 4 or lines[3] or not lines[0]:
            raise NoteError("a checkpoint has three lines")
        if not _NUMBER.fullmatch(lines[1]):
            raise NoteError("the size of a checkpoint is not a number")
        root = decode_base64(lines[2])
        if len(root) != HASH_BYTES:
            raise NoteError("the root of a checkpoint has another length")
        return cls(lines[0], int(lines[1]), root)

    def text(self) -> str:
        return f"{self.origin}\n{self.size}\n{_base64(self.root)}\n"


def open_checkpoint(note: Note, log: Verifier) -> Checkpoint:
    """The checkpoint that the log signed. Raises `NoteError` for another origin, no signature, or one that is wrong."""
    checkpoint = Checkpoint.parse(note.text)
    if checkpoint.origin != log.name:
        raise NoteError(f"it is a checkpoint of {checkpoint.origin}, not of {log.name}")
    signatures = log.signatures_on(note)
    if not signatures:
        raise NoteError(f"it is not signed by the key of {log.name}")
    for signature in signatures:
        log.check(note.text, signature)
    return checkpoint


def cosignatures(
    text: str, signatures: Sequence[Signature], witnesses: Sequence[Verifier]
) -> list[tuple[Signature, int]]:
    """Those of known witnesses with their times; unknown keys' are left out. Raises `NoteError` for a false one."""
    found: list[tuple[Signature, int]] = []
    for witness in witnesses:
        for signature in witness.signatures_on(Note(text, tuple(signatures))):
            at = witness.check(text, signature)
            if at is None:
                raise NoteError(f"the key of {witness.name} is a log's, not a witness's")
            found.append((signature, at))
    return found


def decode_base64(text: str) -> bytes:
    """Standard base64 with its padding, in its one form. Raises `NoteError`."""
    try:
        value = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise NoteError("something that should be base64 is not") from error
    if _base64(value) != text:
        raise NoteError("something is base64 in an unusual form")
    return value


def _base64(value: bytes) -> str:
    return base64.b64encode(value).decode()


def _key_name(name: str) -> str:
    if not name or "+" in name or re.search(r"\s", name):
        raise NoteError("a key's name has neither spaces nor a plus sign")
    return name
