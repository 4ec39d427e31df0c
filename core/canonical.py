"""One byte form per JSON value (RFC 8785), so that a digest means the same everywhere."""

import hashlib
from typing import Any

import rfc8785


def canonical_json(value: Any) -> bytes:
    """The RFC 8785 bytes of a JSON value. Raises `rfc8785.CanonicalizationError` for what JSON can't hold."""
    return rfc8785.dumps(value)


def sha256_hex(content: bytes) -> str:
    """SHA-256 of the bytes, 64 hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()


def digest(value: Any) -> str:
    """SHA-256 of the canonical JSON of the value, 64 hexadecimal digits."""
    return sha256_hex(canonical_json(value))
