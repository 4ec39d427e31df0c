"""What a witness needs of C2SP's signed-note, tlog-checkpoint and tlog-cosignature: read a log's note, sign its text.

Written for the witness alone: were a reader shared with the log, one mistake in it would deceive both.
"""

import base64
import binascii
import hashlib
import string
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

ED25519 = b"\x01"
COSIGNATURE = b"\x04"
MAX_SIGNATURES = 32
MAX_SIZE = 2**63 - 1
_MARK = "— "


class MalformedError(ValueError):
    """The bytes are not what the format asks for."""


@dataclass(frozen=True, slots=True)
class TreeHead:
    """A checkpoint as it was sent. `text` is what was signed; `signatures`: (key name, key id, signature)."""

    origin: str
    size: int
    root: bytes
    text: bytes
    signatures: tuple[tuple[str, bytes, bytes], ...]


def read_tree_head(note: bytes) -> TreeHead:
    """Raises `MalformedError`."""
    try:
        decoded = note.decode("utf-8", errors="strict")
    except UnicodeDecodeError as error:
        raise MalformedError("not UTF-8") from error
    if any(ord(character) < 0x20 and character != "\n" for character in decoded):
        raise MalformedError("control characters")
    end = decoded.rfind("\n\n")
    if end < 0 or not decoded.endswith("\n"):
        raise MalformedError("no signatures")
    text, lines = decoded[: end + 1], decoded[end + 2 : -1].split("\n")
    if len(lines) > MAX_SIGNATURES:
        raise MalformedError("too many signatures")
    signatures = tuple(_read_signature(line) for line in lines)
    origin, size, root, *extensions = text[:-1].split("\n") if text.count("\n") >= 3 else ["", "", ""]
    if not origin or not all(extensions):
        raise MalformedError("not a checkpoint")
    return TreeHead(origin, read_number(size), read_hash(root), text.encode(), signatures)


def _read_signature(line: str) -> tuple[str, bytes, bytes]:
    name, space, encoded = line.removeprefix(_MARK).partition(" ")
    if not line.startswith(_MARK) or not space or not _is_key_name(name):
        raise MalformedError("not a signature line")
    value = read_base64(encoded)
    if len(value) < 5:
        raise MalformedError("a short signature")
    return name, value[:4], value[4:]


def read_number(digits: str) -> int:
    """A decimal without leading zeros, up to 2^63 - 1."""
    if not digits or len(digits) > 19 or any(digit not in string.digits for digit in digits):
        raise MalformedError("not a number")
    if digits[0] == "0" and digits != "0":
        raise MalformedError("a leading zero")
    if int(digits) > MAX_SIZE:
        raise MalformedError("too large")
    return int(digits)


def read_hash(encoded: str) -> bytes:
    value = read_base64(encoded)
    if len(value) != 32:
        raise MalformedError("not a hash")
    return value


def read_base64(encoded: str) -> bytes:
    try:
        value = base64.b64decode(encoded.encode("ascii"), validate=True)
    except (UnicodeEncodeError, binascii.Error) as error:
        raise MalformedError("not base64") from error
    if base64.b64encode(value).decode() != encoded:
        raise MalformedError("unusual base64")
    return value


def _is_key_name(name: str) -> bool:
    return bool(name) and "+" not in name and not any(character.isspace() for character in name)


def key_id(name: str, kind: bytes, public_key: bytes) -> bytes:
    return hashlib.sha256(name.encode() + b"\n" + kind + public_key).digest()[:4]


@dataclass(frozen=True, slots=True)
class LogKey:
    """A log's public key; its name is the log's origin."""

    name: str
    public_key: bytes

    @classmethod
    def read(cls, text: str) -> "LogKey":
        """From `name+id+key`. Raises `MalformedError`."""
        name, _, rest = text.partition("+")
        identifier, _, encoded = rest.partition("+")
        material = read_base64(encoded)
        if not _is_key_name(name) or material[:1] != ED25519 or len(material) != 33:
            raise MalformedError("not the Ed25519 key of a log")
        if key_id(name, ED25519, material[1:]).hex() != identifier:
            raise MalformedError("the key has another id")
        return cls(name, material[1:])

    def signed(self, head: TreeHead) -> bool:
        """Whether this key signed the checkpoint: there is a signature of its name and id, and every such one holds."""
        values = self._own(head)
        key = Ed25519PublicKey.from_public_bytes(self.public_key)
        for value in values:
            try:
                key.verify(value, head.text)
            except InvalidSignature:
                return False
        return bool(values)

    def note(self, head: TreeHead) -> bytes:
        """The checkpoint with this key's signatures and nobody else's."""
        identifier = key_id(self.name, ED25519, self.public_key)
        lines = "".join(signature_line(self.name, identifier, value) for value in self._own(head))
        return head.text + b"\n" + lines.encode()

    def _own(self, head: TreeHead) -> list[bytes]:
        own = (self.name, key_id(self.name, ED25519, self.public_key))
        return [value for name, identifier, value in head.signatures if (name, identifier) == own]


def signature_line(name: str, identifier: bytes, value: bytes) -> str:
    return f"{_MARK}{name} {base64.b64encode(identifier + value).decode()}\n"


@dataclass(frozen=True, slots=True)
class WitnessKey:
    """The witness's own key."""

    name: str
    seed: bytes

    @property
    def _public_key(self) -> bytes:
        return Ed25519PrivateKey.from_private_bytes(self.seed).public_key().public_bytes_raw()

    @property
    def verifier(self) -> str:
        """What others know the witness by: `name+id+key`."""
        public = self._public_key
        identifier = key_id(self.name, COSIGNATURE, public).hex()
        return f"{self.name}+{identifier}+{base64.b64encode(COSIGNATURE + public).decode()}"

    def cosign(self, head: TreeHead, at: int) -> str:
        """The signature line: as of `at` (POSIX seconds) this was the largest consistent head seen of the log."""
        message = f"cosignature/v1\ntime {at}\n".encode() + head.text
        value = at.to_bytes(8) + Ed25519PrivateKey.from_private_bytes(self.seed).sign(message)
        identifier = key_id(self.name, COSIGNATURE, self._public_key)
        return signature_line(self.name, identifier, value)
