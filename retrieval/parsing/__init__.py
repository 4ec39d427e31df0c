"""Parsing: `parse` turns an uploaded file into blocks with section paths, pages and boxes."""

from pathlib import PurePosixPath

from retrieval.limits import PARSE_LIMITS
from retrieval.models import ParsedDocument
from retrieval.parsing.errors import UnreadableDocument
from retrieval.parsing.html import parse_html
from retrieval.parsing.markdown import parse_markdown
from retrieval.parsing.pdf import parse_pdf
from retrieval.parsing.plain import parse_plain
from retrieval.parsing.sniff import Format, format_of

__all__ = ["UnreadableDocument", "parse"]

_PARSERS = {
    Format.PDF: parse_pdf,
    Format.HTML: parse_html,
    Format.MARKDOWN: parse_markdown,
    Format.PLAIN: parse_plain,
}


def parse(content: bytes, filename: str) -> ParsedDocument:
    """Parse a document of any supported format; takes CPU time, so call it in a thread or process.

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
    return _PARSERS[format_of(content, PurePosixPath(filename.replace("\\", "/")).name)](content)
