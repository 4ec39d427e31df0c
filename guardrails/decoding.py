"""Undoes the usual disguises of an instruction, so that the rules can read it. For detection only.

Each decoder yields readable text or nothing; a decoder never raises on odd input. Bounded by `InputLimits`.
"""

import base64
import binascii
import codecs
import re
from collections.abc import Iterator
from typing import Final

from guardrails.limits import INPUT_LIMITS

_BASE64: Final = re.compile(r"(?<![A-Za-z0-9+/])[A-Za-z0-9+/_-]{16,}={0,2}")
_HEX: Final = re.compile(r"(?<![0-9A-Fa-f])(?:0x)?(?:[0-9A-Fa-f]{2}[ :]?){8,}(?![0-9A-Fa-f])")
_BINARY: Final = re.compile(r"(?:[01]{8}\s*){4,}")
_MORSE: Final = re.compile(r"(?:[.\-]{1,5}[ /]+){6,}[.\-]{1,5}")
_SPACED: Final = re.compile(r"\b(?:\w[ .\-_*]){5,}\w\b")
_LEET: Final = str.maketrans("013457@$", "oieastas")
_LEET_WORD: Final = re.compile(r"\b(?=\w*[a-z])(?=\w*[013457])[a-z013457@$]{3,}\b")


def _readable(raw: bytes) -> str | None:
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        return None
    letters = sum(c.isalpha() or c.isspace() for c in text)
    return text if len(text) >= 6 and letters / len(text) > 0.75 else None


def _base64(text: str) -> Iterator[str]:
    for match in _BASE64.finditer(text):
        blob = match.group().rstrip("=").replace("-", "+").replace("_", "/")
        try:
            decoded = _readable(base64.b64decode(blob + "=" * (-len(blob) % 4), validate=True))
        except binascii.Error:
            continue
        if decoded:
            yield decoded


def _hex(text: str) -> Iterator[str]:
    for match in _HEX.finditer(text):
        digits = re.sub(r"0x|[ :]", "", match.group())
        decoded = _readable(bytes.fromhex(digits[: len(digits) // 2 * 2]))
        if decoded:
            yield decoded


def _binary(text: str) -> Iterator[str]:
    for match in _BINARY.finditer(text):
        bits = re.sub(r"\s", "", match.group())
        decoded = _readable(bytes(int(bits[i : i + 8], 2) for i in range(0, len(bits) - 7, 8)))
        if decoded:
            yield decoded


def encoded_payloads(text: str, depth: int = INPUT_LIMITS.decode_depth) -> list[str]:
    """Readable text found under base64, hexadecimal or binary in `text`, also when wrapped twice."""
    found: list[str] = []
    for decoder in (_base64, _hex, _binary):
        for decoded in decoder(text[: INPUT_LIMITS.decoded_characters]):
            found.append(decoded)
            if depth > 1:
                found.extend(encoded_payloads(decoded, depth - 1))
    return found


def looks_encoded(text: str) -> bool:
    """True where Morse code stands in the text: nobody asks a policy question in it."""
    return _MORSE.search(text) is not None


def respelled(folded: str) -> list[str]:
    """Other readings of folded text: letters that were spaced out or written as digits, backwards and ROT13."""
    readings: list[str] = []
    if _SPACED.search(folded):
        readings.append(_SPACED.sub(lambda m: re.sub(r"[ .\-_*]", "", m.group()), folded))
    if len(_LEET_WORD.findall(folded)) >= 2:
        readings.append(_LEET_WORD.sub(lambda m: m.group().translate(_LEET), folded))
    readings.append(folded[::-1])
    readings.append(codecs.encode(folded, "rot13"))
    return readings
