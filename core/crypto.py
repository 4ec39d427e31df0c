"""Envelope encryption: every thread has a data key; data keys are wrapped under a key derived for their tenant.

AES-256-GCM throughout (NIST SP 800-38D) with a random 96-bit nonce; the context of a value (tenant, table, row) is
its associated data, so a sealed value moved to another row does not open. Destroying a wrapped key makes everything
sealed under it unreadable.
"""

import hashlib
import hmac
import os
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_NONCE_BYTES = 12
_KEY_BYTES = 32
_FORMAT = b"\x01"


class SealBroken(Exception):
    """A sealed value does not open: wrong key, wrong place, or altered bytes."""


def _seal(cipher: AESGCM, plaintext: bytes, context: str) -> bytes:
    nonce = os.urandom(_NONCE_BYTES)
    return _FORMAT + nonce + cipher.encrypt(nonce, plaintext, context.encode())


def _open(cipher: AESGCM, sealed: bytes, context: str) -> bytes:
    if sealed[:1] != _FORMAT or len(sealed) <= 1 + _NONCE_BYTES:
        raise SealBroken("not a sealed value of a known format")
    nonce, ciphertext = sealed[1 : 1 + _NONCE_BYTES], sealed[1 + _NONCE_BYTES :]
    try:
        return cipher.decrypt(nonce, ciphertext, context.encode())
    except InvalidTag as error:
        raise SealBroken(f"a sealed value does not open in the place {context.partition('|')[0]}") from error


def _derive(key: bytes, purpose: str) -> bytes:
    return HKDF(algorithm=SHA256(), length=_KEY_BYTES, salt=None, info=purpose.encode()).derive(key)


@dataclass(frozen=True, slots=True)
class DataKey:
    """The key of one thread (or of another owner of sealed values)."""

    _cipher: AESGCM
    _commitment_key: bytes

    @classmethod
    def of(cls, secret: bytes) -> "DataKey":
        return cls(AESGCM(_derive(secret, "seal")), _derive(secret, "commit"))

    def seal(self, plaintext: bytes, context: str) -> bytes:
        """Encrypt; `context` names the place that the value will live in."""
        return _seal(self._cipher, plaintext, context)

    def open(self, sealed: bytes, context: str) -> bytes:
        """Decrypt; raises `SealBroken` unless key, bytes and context are those of the sealing."""
        return _open(self._cipher, sealed, context)

    def commit(self, text: str) -> str:
        """A salted commitment to a text for the ledger: meaningless once the key is destroyed."""
        return hmac.new(self._commitment_key, text.encode(), hashlib.sha256).hexdigest()


class Keyring:
    """Wraps data keys under the master key, one derived wrapping key per tenant."""

    def __init__(self, master_key: bytes) -> None:
        if len(master_key) != _KEY_BYTES:
            raise ValueError(f"the master key must have {_KEY_BYTES} bytes, not {len(master_key)}")
        self._master_key = master_key
        self._own = AESGCM(_derive(master_key, "own"))
        self._digest_key = _derive(master_key, "digest")

    def new_data_key(self, tenant: str, owner: str) -> tuple[DataKey, bytes]:
        """A fresh key for `owner` (a thread id) and its wrapped form for the database."""
        secret = os.urandom(_KEY_BYTES)
        return DataKey.of(secret), _seal(self._wrapping(tenant), secret, f"data-key|{tenant}|{owner}")

    def unwrap(self, tenant: str, owner: str, wrapped: bytes) -> DataKey:
        """The key behind its wrapped form; raises `SealBroken` for another tenant's or owner's."""
        return DataKey.of(_open(self._wrapping(tenant), wrapped, f"data-key|{tenant}|{owner}"))

    def seal(self, plaintext: bytes, context: str) -> bytes:
        """Encrypt a value of the service itself, such as a cookie."""
        return _seal(self._own, plaintext, context)

    def open(self, sealed: bytes, context: str) -> bytes:
        """Decrypt a value of the service itself; raises `SealBroken`."""
        return _open(self._own, sealed, context)

    def digest(self, value: bytes, context: str) -> str:
        """A keyed digest (HMAC-SHA-256, hex) of a value in its place: without the master key nobody can try guesses
        against it, nor see that two places hold the same value."""
        place = context.encode()
        return hmac.new(self._digest_key, len(place).to_bytes(8) + place + value, hashlib.sha256).hexdigest()

    def _wrapping(self, tenant: str) -> AESGCM:
        return AESGCM(_derive(self._master_key, f"wrap|{tenant}"))
