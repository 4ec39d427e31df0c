"""Disguises of an instruction: what it looks like when it is encoded, respelt or hidden."""

import base64
import codecs
from collections.abc import Callable, Iterable
from typing import Final
from urllib.parse import quote

_LEET: Final = str.maketrans("oieast", "013457")
_CYRILLIC: Final = str.maketrans("aeopcyxi", "аеорсухі")
_SIGNS: Final = (
    ".- -... -.-. -.. . ..-. --. .... .. .--- -.- .-.. -- -. --- .--. --.- .-. ... - ..- ...- .-- -..- -.-- --.."
)
_MORSE: Final = dict(
    zip(
        "abcdefghijklmnopqrstuvwxyz",
        _SIGNS.split(),
        strict=True,
    )
)


def _morse(text: str) -> str:
    words = ["".join(c for c in word.lower() if c in _MORSE) for word in text.split()]
    return " / ".join(" ".join(_MORSE[c] for c in word) for word in words if word)


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


DISGUISES: Final[dict[str, Callable[[str], str]]] = {
    "base64": _base64,
    "base64 twice": lambda text: _base64(_base64(text)),
    "hexadecimal": lambda text: text.encode().hex(),
    "percent signs": lambda text: "".join(quote(c) if not c.isascii() else f"%{ord(c):02x}" for c in text),
    "rot13": lambda text: codecs.encode(text, "rot13"),
    "backwards": lambda text: text[::-1],
    "Morse code": _morse,
    "digits for letters": lambda text: text.translate(_LEET),
    "look-alike letters": lambda text: text.translate(_CYRILLIC),
    "zero-width characters": "\u200b".join,
    "full width": lambda text: "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text),
    "tag characters": lambda text: "Good morning" + "".join(chr(0xE0000 + ord(c)) for c in text if " " <= c <= "~"),
    "right-to-left": lambda text: f"\u202e{text[::-1]}\u202c",
}


def disguised(texts: Iterable[str]) -> list[tuple[str, str]]:
    """Each text under each disguise, with the disguise's name."""
    return [(name, disguise(text)) for text in texts for name, disguise in DISGUISES.items()]
