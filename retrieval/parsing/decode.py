"""Bytes of text formats into text: byte order marks, UTF-16 without one, UTF-8, what is declared, else
Windows-1252. Text that was spoilt on its way is refused: its words could not be found, and its quotes would be
wrong."""

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
_FOREIGN = re.compile(r"[^\x00-\x7f]+")
# Halves of UTF-16 pairs, written as if they were characters.
_HALVES = re.compile(rb"\xed[\xa0-\xbf][\x80-\xbf]")
_LOST = "\ufffd"
_DECLARABLE = ("cp", "iso8859", "koi8", "mac-", "utf-8", "gb", "big5", "euc", "shift_jis")
# So many spoilt places are an accident of writing, not of the whole file.
_FEW = 2
_MOST_LOST = 0.0005
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
            "This file is not text: it holds binary data. Upload PDF, Word, Excel, HTML, Markdown or plain text; "
            "export other formats as PDF."
        )
    _refuse_spoilt(text)
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
        except UnicodeDecodeError:
            if encoding == "utf-8":
                _refuse_mixed(content)
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
    # Before what the document declares: text in another encoding is no valid UTF-8 except by a wonder, and a
    # declaration may be left over from another time, or lie.
    yield "utf-8"
    named = _known(declared)
    if named is not None:
        yield named
    yield "cp1252"


def _known(declared: str | None) -> str | None:
    """The encoding by Python's name, if documents are written in it. UTF-7 and Python's own escapes would make text
    of what a browser shows as something else."""
    try:
        name = codecs.lookup(declared or "").name
    except LookupError:
        return None
    # As browsers read it.
    name = "cp1252" if name in ("iso8859-1", "ascii") else name
    return name if name.startswith(_DECLARABLE) else None


def _refuse_mixed(content: bytes) -> None:
    """Refuse what is neither UTF-8 nor anything else: a text of two origins, cut off, or with halves of characters."""
    text = content.decode("utf-8", "replace")
    broken = text.count(_LOST)
    whole = sum(map(len, _FOREIGN.findall(text))) - broken
    if not _looks_binary(text) and (whole > broken or _HALVES.search(content)):
        raise UnreadableDocument(
            "This file is a mix of encodings, or was cut off in the middle of a character. Open it, check the special "
            "characters, save it as UTF-8, and upload that."
        )


def _refuse_spoilt(text: str) -> None:
    """Refuse text whose special characters were lost, or that was read in a wrong encoding and saved so."""
    runs = _FOREIGN.findall(text)
    lost, twice = text.count(_LOST), sum(map(_is_twice_encoded, runs))
    if lost > max(_FEW, len(text) * _MOST_LOST) or (twice > _FEW and twice > len(runs) / 2):
        raise UnreadableDocument(
            "The special characters of this file were spoilt: it was opened in a wrong encoding and saved so (“Ã¼” for "
            "“ü”). Export it again from its source as UTF-8."
        )


def _is_twice_encoded(run: str) -> bool:
    """Whether characters are the bytes of others, as UTF-8 read as Windows-1252."""
    try:
        return len(run) > 1 and len(run.encode("cp1252").decode("utf-8")) < len(run)
    except (UnicodeEncodeError, UnicodeDecodeError):
        return False


def _looks_binary(text: str) -> bool:
    sample = text[: 8 * _SAMPLE]
    controls = len(_CONTROLS.findall(sample))
    return "\x00" in text or controls > _MOST_CONTROLS * max(len(sample), 100)
