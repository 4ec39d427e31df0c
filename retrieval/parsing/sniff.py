"""Which format a file is: what its content says and what its name says must agree."""

import re
from enum import StrEnum
from pathlib import PurePosixPath

from retrieval.parsing.errors import UnreadableDocument


class Format(StrEnum):
    """The formats that can be parsed, by the name a person would use."""

    PDF = "PDF"
    HTML = "HTML"
    MARKDOWN = "Markdown"
    PLAIN = "plain text"


_BY_SUFFIX = {
    ".pdf": Format.PDF,
    ".html": Format.HTML,
    ".htm": Format.HTML,
    ".xhtml": Format.HTML,
    ".md": Format.MARKDOWN,
    ".markdown": Format.MARKDOWN,
    ".txt": Format.PLAIN,
    ".text": Format.PLAIN,
}
_SUFFIX = {Format.PDF: ".pdf", Format.HTML: ".html", Format.MARKDOWN: ".md", Format.PLAIN: ".txt"}
# The start of what people upload by mistake, and what it is.
_OTHERS = (
    (b"PK\x03\x04", "an Office document or a zip archive"),
    (b"\xd0\xcf\x11\xe0", "an older Office document"),
    (b"{\\rtf", "a rich text document"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
    (b"II*\x00", "a scanned picture"),
    (b"MM\x00*", "a scanned picture"),
    (b"\x1f\x8b", "a compressed archive"),
    (b"7z\xbc\xaf", "a compressed archive"),
    (b"%!PS", "a PostScript file"),
    (b"MZ", "a program"),
    (b"\x7fELF", "a program"),
)
_HTML_START = re.compile(rb"<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE)
_TAG = re.compile(rb"<(?:p|div|h[1-6]|table|ul|ol|span|html|body|article|section)\b", re.IGNORECASE)
# The PDF specification lets the mark stand within the first 1,024 bytes.
_PDF_WITHIN = 1024


def format_of(content: bytes, filename: str) -> Format:
    """The format of `content`, named `filename`. Raises `UnreadableDocument` where they disagree."""
    for start, what in _OTHERS:
        if content.startswith(start) and not (start == b"MZ" and b"\x00" not in content[:512]):
            raise UnreadableDocument(f"This file is {what}. Save the document as PDF and upload that.")
    named = _BY_SUFFIX.get(PurePosixPath(filename).suffix.lower())
    if named is None:
        raise UnreadableDocument(
            f"The name “{filename}” does not end in .pdf, .html, .md or .txt. Upload the document in one of these "
            "formats, with that ending."
        )
    found = _found(content)
    if named is Format.PDF and found is not Format.PDF:
        raise UnreadableDocument(
            f"“{filename}” is named as a PDF, but its content is not one. Export the document as PDF again."
        )
    agrees = found is None or found is named or (found is Format.HTML and named is Format.MARKDOWN)
    if not agrees and found is not None:
        raise UnreadableDocument(
            f"“{filename}” is named as {named}, but its content is {found}. Give it the ending {_SUFFIX[found]}."
        )
    if named is Format.HTML and not _TAG.search(content.replace(b"\x00", b"")):
        raise UnreadableDocument(
            f"“{filename}” is named as HTML, but holds no HTML. If it is plain text, give it the ending .txt."
        )
    return named


def _found(content: bytes) -> Format | None:
    """What the content itself says, or None for text that could be several."""
    if b"%PDF-" in content[:_PDF_WITHIN]:
        return Format.PDF
    head = content[:4096].replace(b"\x00", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")
    return Format.HTML if _HTML_START.match(head) else None
