"""Parsing: `parse` turns an uploaded file into blocks with section paths, pages and boxes."""

from collections.abc import Callable
from pathlib import PurePosixPath

from retrieval.limits import PARSE_LIMITS
from retrieval.models import ParsedDocument
from retrieval.parsing.docx import parse_docx
from retrieval.parsing.errors import UnreadableDocument
from retrieval.parsing.html import parse_html
from retrieval.parsing.markdown import parse_markdown
from retrieval.parsing.pdf import parse_pdf
from retrieval.parsing.plain import parse_plain
from retrieval.parsing.sniff import Format, format_of
from retrieval.parsing.xlsx import parse_xlsx

__all__ = ["UnreadableDocument", "parse"]

_PARSERS = {
    Format.DOCX: parse_docx,
    Format.XLSX: parse_xlsx,
    Format.HTML: parse_html,
    Format.MARKDOWN: parse_markdown,
    Format.PLAIN: parse_plain,
}


def _no_progress(_done: int, _total: int) -> None:
    return None


def parse(content: bytes, filename: str, progress: Callable[[int, int], None] = _no_progress) -> ParsedDocument:
    """Parse a document of any supported format; takes CPU time, so call it in a thread or process. A stranger's file
    goes to `apart.ParserProcess`, which runs this where it can do no harm.

    `progress` is called with the pages read so far and their number, for formats with pages.
    What can't be read on single pages is in `problems`. Raises `UnreadableDocument` (422), whose detail says what
    to change, when nothing can be read, the content isn't what the file's name says, or a limit is passed.
    """
    if not content.strip(b"\x00\t\n\r "):
        raise UnreadableDocument("This file is empty. Check that the export or upload finished and send it again.")
    if len(content) > PARSE_LIMITS.max_bytes:
        raise UnreadableDocument(
            f"This file has {len(content) / 2**20:.0f} MB; the most is {PARSE_LIMITS.max_bytes / 2**20:.0f} MB. "
            "Split it, or export it again with smaller pictures."
        )
    found = format_of(content, PurePosixPath(filename.replace("\\", "/")).name)
    return parse_pdf(content, progress) if found is Format.PDF else _PARSERS[found](content)
