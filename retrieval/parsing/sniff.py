"""Which format a file is: what its content says and what its name says must agree."""

import re
from enum import StrEnum
from pathlib import PurePosixPath
from typing import Final

from retrieval.parsing.errors import UnreadableDocument
from retrieval.parsing.office_archive import OfficeArchive


class Format(StrEnum):
    """The formats that can be parsed, by the name a person would use."""

    PDF = "PDF"
    DOCX = "a Word document"
    XLSX = "an Excel workbook"
    HTML = "HTML"
    MARKDOWN = "Markdown"
    PLAIN = "plain text"


_BY_SUFFIX: Final = {
    ".pdf": Format.PDF,
    ".docx": Format.DOCX,
    ".xlsx": Format.XLSX,
    ".html": Format.HTML,
    ".htm": Format.HTML,
    ".xhtml": Format.HTML,
    ".md": Format.MARKDOWN,
    ".markdown": Format.MARKDOWN,
    ".txt": Format.PLAIN,
    ".text": Format.PLAIN,
}
_SUFFIX: Final = {
    Format.PDF: ".pdf",
    Format.DOCX: ".docx",
    Format.XLSX: ".xlsx",
    Format.HTML: ".html",
    Format.MARKDOWN: ".md",
    Format.PLAIN: ".txt",
}
# The start of what people upload by mistake, and what it is.
_OTHERS: Final = (
    (b"{\\rtf", "a rich text document"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
    (b"II*\x00", "a scanned picture"),
    (b"MM\x00*", "a scanned picture"),
    (b"\x1f\x8b", "a compressed archive"),
    (b"7z\xbc\xaf", "a compressed archive"),
    (b"Rar!", "a compressed archive"),
    (b"BZh", "a compressed archive"),
    (b"\xfd7zXZ", "a compressed archive"),
    (b"%!PS", "a PostScript file"),
    (b"MZ", "a program"),
    (b"\x7fELF", "a program"),
)
_ZIP: Final = (b"PK\x03\x04", b"PK\x05\x06")
_OLE: Final = b"\xd0\xcf\x11\xe0"
# Names of streams in the older Office container, as UTF-16.
_LOCKED, _WORD, _EXCEL = (name.encode("utf-16-le") for name in ("EncryptedPackage", "WordDocument", "Workbook"))
_MAIN_TYPES: Final = {
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml": Format.DOCX,
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml": Format.XLSX,
}
_HTML_START = re.compile(rb"<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE)
_TAG = re.compile(rb"<(?:p|div|h[1-6]|table|ul|ol|span|html|body|article|section)\b", re.IGNORECASE)
# The PDF specification lets the mark stand within the first 1,024 bytes.
_PDF_WITHIN = 1024


def format_of(content: bytes, filename: str) -> Format:
    """The format of `content`, named `filename`. Raises `UnreadableDocument` where they disagree."""
    found = _found(content)
    for start, what in _OTHERS:
        if content.startswith(start) and not (start == b"MZ" and b"\x00" not in content[:512]):
            raise UnreadableDocument(f"This file is {what}. Save the document as PDF and upload that.")
    named = _BY_SUFFIX.get(PurePosixPath(filename).suffix.lower())
    if named is None:
        raise UnreadableDocument(
            f"The name “{filename}” does not end in .pdf, .docx, .xlsx, .html, .md or .txt. Upload the document in one "
            "of these formats, with that ending."
        )
    agrees = found is None or found is named or (found is Format.HTML and named is Format.MARKDOWN)
    if not agrees and found is not None:
        raise UnreadableDocument(
            f"“{filename}” is named as {named}, but its content is {found}. If that is right, give it the ending "
            f"{_SUFFIX[found]}; else export the document again."
        )
    if found is None and named in (Format.PDF, Format.DOCX, Format.XLSX):
        raise UnreadableDocument(
            f"“{filename}” is named as {named}, but its content is none. Export the document again from its source."
        )
    if named is Format.HTML and not _TAG.search(content.replace(b"\x00", b"")):
        raise UnreadableDocument(
            f"“{filename}” is named as HTML, but holds no HTML. If it is plain text, give it the ending .txt."
        )
    return named


def _found(content: bytes) -> Format | None:
    """What the content itself says, or None for text that could be several."""
    if content.startswith(_ZIP):
        return _office_format(content)
    if content.startswith(_OLE):
        _refuse_older_office(content)
    if b"%PDF-" in content[:_PDF_WITHIN]:
        return Format.PDF
    head = content[:4096].replace(b"\x00", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")
    return Format.HTML if _HTML_START.match(head) else None


def _office_format(content: bytes) -> Format:
    archive = OfficeArchive.of(content)
    if not archive.has("[Content_Types].xml"):
        if archive.has("mimetype") and archive.has("content.xml"):
            raise UnreadableDocument(
                "This file is an OpenDocument file. Save it as .docx, .xlsx or PDF and upload that."
            )
        raise UnreadableDocument("This file is a zip archive. Unpack it and upload the documents one by one.")
    kind = archive.content_type(archive.main_part())
    found = _MAIN_TYPES.get(kind)
    if found is not None:
        return found
    if "macroenabled" in kind or "binary" in kind:
        raise UnreadableDocument(
            "This Office file is of a kind that runs macros. Save it as .docx or .xlsx and upload that."
        )
    if "presentationml" in kind:
        raise UnreadableDocument("This file is a presentation. Export it as PDF and upload that.")
    raise UnreadableDocument(
        "This Office file is no document or workbook. Save it as .docx, .xlsx or PDF and upload that."
    )


def _refuse_older_office(content: bytes) -> None:
    if _LOCKED in content:
        raise UnreadableDocument("This file is protected with a password. Save a copy without one and upload that.")
    kind = "a Word document" if _WORD in content else "an Excel workbook" if _EXCEL in content else "an Office document"
    raise UnreadableDocument(
        f"This file is {kind} in the format of before 2007. Open it, save it as .docx, .xlsx or PDF, and upload that."
    )
