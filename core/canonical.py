"""One byte form per JSON value (RFC 8785), so that a digest means the same everywhere."""

import hashlib
from typing import Any, cast

import orjson
import rfc8785

NotCanonical = rfc8785.CanonicalizationError
"""Raised for what no two readers would write the same way, such as integers beyond 2^53."""

_SAFE_INTEGER = 2**53 - 1


def canonical_json(value: Any) -> bytes:
    """The RFC 8785 bytes of a JSON value. Raises `NotCanonical` for what JSON can't hold.

    Without fractions and with ASCII keys, which is how records are written, sorted JSON already has that form: orjson
    gives the same bytes ten times faster (a property test holds the two together).
    """
    if _is_plain(value):
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    return rfc8785.dumps(value)


def _is_plain(value: object) -> bool:
    kind = type(value)
    if kind is str or kind is bool or value is None:
        return True
    if kind is int:
        return abs(cast("int", value)) <= _SAFE_INTEGER
    if kind is list:
        return all(map(_is_plain, cast("list[object]", value)))
    if kind is dict:
        items = cast("dict[object, object]", value).items()
        return all(type(key) is str and key.isascii() and _is_plain(item) for key, item in items)
    return False


def sha256_hex(content: bytes) -> str:
    """SHA-256 of the bytes, 64 hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()


def digest(value: Any) -> str:
    """SHA-256 of the canonical JSON of the value, 64 hexadecimal digits."""
    return sha256_hex(canonical_json(value))
