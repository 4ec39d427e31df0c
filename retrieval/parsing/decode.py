"""Bytes of text formats into text: byte order marks, UTF-16 without one, UTF-8, else Windows-1252."""

import codecs
import re
from collections.abc import Iterator

from retrieval.limits import PARSE_LIMITS
from retrieval.parsing.errors import UnreadableDocument

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f]")
_SAMPLE = 8_192
# Share of characters that no text holds (controls) above which bytes are not text.
_MOST_CONTROLS = 0.01


def decode(content: bytes, declared: str | None = None) -> str:
    """The text of `content` with "\\n" line ends. `declared` is the encoding that the document itself names.

    Raises `UnreadableDocument` for bytes that are no text and for more characters than the limit.
    """
    text = next(_attempts(content, declared))
    if _looks_binary(text):
        raise UnreadableDocument(
            "This file is not text: it holds binary data. Upload PDF, HTML, Markdown or plain text; export other "
            "formats as PDF."
        )
    if len(text) > PARSE_LIMITS.max_characters:
        raise UnreadableDocument(
            f"This document holds {len(text):,} characters; the most is {PARSE_LIMITS.max_characters:,}. Split it and "
            "upload the parts as documents of their own."
        )
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\x0c", "\n")


def _attempts(content: bytes, declared: str | None) -> Iterator[str]:
    for encoding in _encodings(content, declared):
        try:
            yield content.decode(encoding)
        except (UnicodeDecodeError, LookupError):
            continue
    # Every byte sequence has a reading in Latin-1; `_looks_binary` tells whether it is a text.
    yield content.decode("latin-1")


def _encodings(content: bytes, declared: str | None) -> Iterator[str]:
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            yield encoding
            return
    sample = content[:_SAMPLE]
    if sample.count(0) > len(sample) // 4:
        # Every other byte of English text in UTF-16 is zero: the first of each pair in big-endian order.
        yield "utf-16-be" if sample[::2].count(0) > sample[1::2].count(0) else "utf-16-le"
        return
    if declared:
        yield declared
    yield "utf-8"
    yield "cp1252"


def _looks_binary(text: str) -> bool:
    sample = text[: 8 * _SAMPLE]
    controls = len(_CONTROLS.findall(sample))
    return "\x00" in sample or controls > _MOST_CONTROLS * max(len(sample), 100)
