"""Undoes the usual disguises of an instruction, so that the rules can read it. For detection only.

Each decoder yields readable text or nothing; a decoder never raises on odd input. Bounded by `InputLimits`: so many
characters, so many layers, so many payloads.
"""

import base64
import binascii
import html
import re
from collections.abc import Callable, Iterator
from typing import Final
from urllib.parse import unquote

from guardrails.limits import INPUT_LIMITS
from guardrails.normalise import fold


def _words(table: str) -> list[str]:
    return table.split()


_BASE64: Final = re.compile(r"(?<![A-Za-z0-9+/])[A-Za-z0-9+/_-]{16,}={0,2}")
_HEX: Final = re.compile(r"(?<![0-9A-Fa-f])(?:0x)?(?:(?:\\x)?[0-9A-Fa-f]{2}[ :]?){8,}(?![0-9A-Fa-f])")
_BINARY: Final = re.compile(r"(?:[01]{8}\s*){4,}")
_ESCAPED: Final = re.compile(r"(?:%[0-9A-Fa-f]{2}.?){4,}|(?:&#x?[0-9A-Fa-f]{2,6};.?){4,}|(?:\\u[0-9A-Fa-f]{4}.?){4,}")
_UNICODE: Final = re.compile(r"\\u([0-9A-Fa-f]{4})")
_MORSE: Final = re.compile(r"(?:[.\-]{1,5}[ /]+){6,}[.\-]{1,5}")
_SPACED: Final = re.compile(r"\b(?:\w[ .\-_*]){5,}\w\b")
_DASHED_WORD: Final = re.compile(r"\b\w(?:[.\-_*]\w{1,2}){2,}\b")
_LEET: Final = str.maketrans("013457@$", "oieastas")
_LEET_ELL: Final = str.maketrans("013457@$", "oleastas")
_LEET_WORD: Final = re.compile(r"\b(?=\w*[a-z])(?=\w*[013457])[a-z013457@$]{3,}\b")
_LETTERS: Final = re.compile(r"[a-z]+")
_PIG_LATIN: Final = re.compile(r"\b([a-z]+?)([bcdfghjklmnpqrstvwxz]{0,3})ay\b")
_MIXED_WORD: Final = re.compile("[A-Za-z][\u0370-\u03ff\u0400-\u052f]|[\u0370-\u03ff\u0400-\u052f][A-Za-z]")
_ALPHABET: Final = "abcdefghijklmnopqrstuvwxyz"
# Enough of English to see that a shifted text has become some.
_COMMON: Final = frozenset(
    _words(
        "the a an of to and in is your you all me my that this what for with previous instructions rules "
        "ignore password prompt system tell show give"
    )
)
_MORSE_CODE: Final[dict[str, str]] = dict(
    zip(
        _words(
            ".- -... -.-. -.. . ..-. --. .... .. .--- -.- .-.. -- -. --- .--. --.- .-. ... - ..- ...- .-- -..- "
            "-.-- --.. ----- .---- ..--- ...-- ....- ..... -.... --... ---.. ----."
        ),
        f"{_ALPHABET}0123456789",
        strict=True,
    )
)


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
        digits = re.sub(r"0x|\\x|[ :]", "", match.group())
        decoded = _readable(bytes.fromhex(digits[: len(digits) // 2 * 2]))
        if decoded:
            yield decoded


def _binary(text: str) -> Iterator[str]:
    for match in _BINARY.finditer(text):
        bits = re.sub(r"\s", "", match.group())
        decoded = _readable(bytes(int(bits[i : i + 8], 2) for i in range(0, len(bits) - 7, 8)))
        if decoded:
            yield decoded


def _escaped(text: str) -> Iterator[str]:
    """Percent signs, character references, `\\u0049`: the whole text without them, since words stand between."""
    if _ESCAPED.search(text):
        plain = html.unescape(unquote(text))
        yield _UNICODE.sub(lambda found: chr(int(found.group(1), 16)), plain)


def _morse(text: str) -> Iterator[str]:
    for match in _MORSE.finditer(text):
        words = re.split(r"\s*/\s*|\s{2,}", match.group())
        decoded = " ".join("".join(_MORSE_CODE.get(sign, "") for sign in word.split()) for word in words)
        if len(decoded) >= 6:
            yield decoded


_DECODERS: Final[tuple[Callable[[str], Iterator[str]], ...]] = (_base64, _hex, _binary, _escaped, _morse)


def encoded_payloads(text: str, depth: int = INPUT_LIMITS.decode_depth) -> list[str]:
    """Readable text found under base64, hexadecimal, binary, escapes or Morse code, also when wrapped repeatedly."""
    found: list[str] = []
    for decoder in _DECODERS:
        for decoded in decoder(text[: INPUT_LIMITS.decoded_characters]):
            if len(found) >= INPUT_LIMITS.payloads:
                return found
            found.append(decoded)
            if depth > 1 and decoded != text:
                found.extend(encoded_payloads(decoded, depth - 1))
    return found[: INPUT_LIMITS.payloads]


def looks_encoded(text: str) -> bool:
    """True where Morse code stands in the text: nobody asks a policy question in it."""
    return _MORSE.search(text) is not None


def respelled(folded: str) -> list[str]:
    """Other readings of folded text: letters that were spaced out or written as digits, backwards, shifted along the
    alphabet, in Pig Latin."""
    readings: list[str] = []
    for pattern in (_SPACED, _DASHED_WORD):
        if pattern.search(folded):
            readings.append(pattern.sub(lambda m: re.sub(r"[ .\-_*]", "", m.group()), folded))
    if len(_LEET_WORD.findall(folded)) >= 2:
        for table in (_LEET, _LEET_ELL):
            readings.append(_LEET_WORD.sub(lambda m, t=table: m.group().translate(t), folded))
    readings.append(folded[::-1])
    readings.extend(_shifted(folded))
    words = _LETTERS.findall(folded)
    if len(words) >= 3 and sum(word.endswith("ay") for word in words) > len(words) * 0.7:
        readings.append(_PIG_LATIN.sub(lambda m: m.group(2) + m.group(1), folded))
    return readings


def plain_spelling(text: str) -> list[str]:
    """The text as a person would have written it, where letters of other scripts or digits stand for letters."""
    folded = fold(text)
    found: list[str] = []
    if _MIXED_WORD.search(text):
        found.append(folded)
    if len(_LEET_WORD.findall(folded)) >= 2:
        found.append(_LEET_WORD.sub(lambda m: m.group().translate(_LEET), folded))
    return found + list(_shifted(folded))


def _shifted(folded: str) -> Iterator[str]:
    """The alphabet turned back, for a text that has hardly an English word as it stands and several when turned."""
    words = _LETTERS.findall(folded)[:60]
    if len(words) < 3 or sum(word in _COMMON for word in words) > len(words) * 0.1:
        return
    for by in range(1, 26):
        table = str.maketrans(_ALPHABET, _ALPHABET[by:] + _ALPHABET[:by])
        if sum(word.translate(table) in _COMMON for word in words) >= max(2, len(words) * 0.3):
            yield folded.translate(table)
