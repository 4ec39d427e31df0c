"""PDF files: words with places, then lines, tables, paragraphs and headings; page by page, bad pages reported."""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from retrieval.limits import PARSE_LIMITS
from retrieval.models import ParsedDocument, ParsedPage, ParseProblem
from retrieval.parsing.assemble import Piece, PieceKind, assemble
from retrieval.parsing.errors import UnreadableDocument
from retrieval.parsing.normalise import BULLETS
from retrieval.parsing.pdf_headings import HeadingFinder, Outline, read_outline, squeezed
from retrieval.parsing.pdf_hidden import shown_words
from retrieval.parsing.pdf_lines import Line, PageLines, fragments_of, joined, without_margins
from retrieval.parsing.pdf_paragraphs import measure_pitches, paragraphs
from retrieval.parsing.pdf_tables import Table, continues, merged, part_tables, table_text
from retrieval.parsing.pdf_text import TextJoiner
from retrieval.parsing.pdf_words import WordReader, frame_of
from retrieval.parsing.pdfium import PDFIUM_LOCK, PdfiumError, opened, opened_page
from retrieval.parsing.titles import own_title

MEDIA_TYPE = "application/pdf"

# Above every heading's level.
_TITLE_LEVEL = -1


@dataclass(frozen=True, slots=True)
class _Read:
    """What was read from the file before layout."""

    pages: list[PageLines]
    problems: list[ParseProblem]
    outline: Outline
    title: str | None


def parse_pdf(content: bytes, progress: Callable[[int, int], None]) -> ParsedDocument:
    """Parse a PDF; `progress` hears of each page. Pages that can't be read are reported and left out; a file that
    can't be opened raises `UnreadableDocument`, as does one of whose pages none has text."""
    read = _read(content, progress)
    pages, parts = _laid_out(read)
    title, blocks = assemble(_with_title(_pieces(parts, read.outline), read.title))
    if not blocks:
        raise UnreadableDocument(
            "No page of this PDF has text: it is a scan or holds only pictures. Run text recognition (OCR) over it, "
            "or export it from its source, and upload that file."
        )
    return ParsedDocument(MEDIA_TYPE, title or read.title, pages, blocks, tuple(read.problems))


def _laid_out(read: _Read) -> tuple[tuple[ParsedPage, ...], list[Table | list[Line]]]:
    """The pages as text, and their tables and lines in order. Takes the words out of `read`: what is done with is let
    go from here on, so that a long document is not held twice over."""
    pages = without_margins(read.pages)
    read.pages.clear()
    texts: list[ParsedPage] = []
    parts: list[Table | list[Line]] = []
    for page in pages:
        text = "\n".join(line.text for line in joined(page.fragments))
        texts.append(ParsedPage(page.number, round(page.width, 2), round(page.height, 2), text))
        parts.extend(part_tables(page.fragments))
    return tuple(texts), _joined_tables(parts)


def _read(content: bytes, progress: Callable[[int, int], None]) -> _Read:
    pages: list[PageLines] = []
    problems: list[ParseProblem] = []
    with opened(content) as document:
        with PDFIUM_LOCK:
            count = len(document)
            _check_pages(count)
            outline = read_outline(document, most=20 * PARSE_LIMITS.max_pages)
            title = own_title(str(document.get_metadata_value("Title") or ""))
        characters = 0
        for number in range(1, count + 1):
            page, found, length = _read_page(document, number)
            characters += length
            if characters > PARSE_LIMITS.max_characters:
                raise UnreadableDocument(
                    f"This PDF holds more than {PARSE_LIMITS.max_characters:,} characters. Split it and upload the "
                    "parts as documents of their own."
                )
            problems.extend(found)
            if page is not None:
                pages.append(page)
            progress(number, count)
    return _Read(pages, problems, outline, title)


def _check_pages(count: int) -> None:
    if count == 0:
        raise UnreadableDocument("This PDF has no pages. Export it again from its source and upload the new file.")
    if count > PARSE_LIMITS.max_pages:
        raise UnreadableDocument(
            f"This PDF has {count:,} pages; the most is {PARSE_LIMITS.max_pages:,}. Split it and upload the parts as "
            "documents of their own."
        )


def _read_page(document: Any, number: int) -> tuple[PageLines | None, list[ParseProblem], int]:
    try:
        with opened_page(document, number) as page:
            frame = frame_of(page)
            textpage = page.get_textpage()
            try:
                reader = WordReader(textpage, frame)
                length = reader.count()
                if length > PARSE_LIMITS.max_page_characters:
                    detail = f"Page {number} holds {length:,} characters, more than a page can show; it was left out."
                    return None, [ParseProblem(number, "page_too_dense", detail)], 0
                words = list(reader.words())
            finally:
                textpage.close()
            shown, problems = shown_words(page, number, frame, words)
    except PdfiumError:
        detail = f"Page {number} is damaged and was left out. Export the document again from its source."
        return None, [ParseProblem(number, "unreadable_page", detail)], 0
    if not words:
        detail = (
            f"Page {number} has no text: it is a picture or empty. If it is a scan, run text recognition (OCR) over it."
        )
        problems = [ParseProblem(number, "no_text", detail)]
    return PageLines(number, frame.width, frame.height, fragments_of(number, shown)), problems, length


def _joined_tables(parts: Sequence[Table | list[Line]]) -> list[Table | list[Line]]:
    """Neighbouring stretches of lines as one, and a table that goes on on the next page as one."""
    result: list[Table | list[Line]] = []
    for part in parts:
        last = result[-1] if result else None
        if isinstance(part, list):
            lines = joined(part)
            if isinstance(last, list):
                last.extend(lines)
            else:
                result.append(lines)
        elif isinstance(last, Table) and _page_of(last) < _page_of(part) and continues(last, part):
            result[-1] = merged(last, part)
        else:
            result.append(part)
    return result


def _page_of(table: Table) -> int:
    return next(line.page for row in reversed(table.rows) for cell in row for line in cell)


def _pieces(parts: list[Table | list[Line]], outline: Outline) -> list[Piece]:
    """The document's pieces; `parts` is empty afterwards."""
    lines = [line for part in parts if isinstance(part, list) for line in part]
    joiner = TextJoiner(lines)
    pitches = measure_pitches(lines)
    lines.clear()
    grouped = deque(part if isinstance(part, Table) else paragraphs(part, pitches) for part in parts)
    parts.clear()
    headings = HeadingFinder([p for group in grouped if isinstance(group, list) for p in group], outline)
    pieces: list[Piece] = []
    while grouped:
        group = grouped.popleft()
        if isinstance(group, Table):
            text, boxes = table_text(group, joiner)
            pieces.append(Piece(PieceKind.TABLE, text, indent=group.columns[0], page=boxes[0].page, boxes=boxes))
            continue
        group.reverse()
        while group:
            pieces.append(_piece(group.pop(), joiner, headings))
    return pieces


def _with_title(pieces: list[Piece], title: str | None) -> list[Piece]:
    """The pieces, the first heading put above all others when the file's own title says the same."""
    for index, piece in enumerate(pieces):
        if piece.kind is PieceKind.HEADING:
            if title is not None and squeezed(piece.text) == squeezed(title):
                pieces[index] = replace(piece, level=_TITLE_LEVEL)
            break
    return pieces


def _piece(paragraph: Sequence[Line], joiner: TextJoiner, headings: HeadingFinder) -> Piece:
    level = headings.level(paragraph)
    first = paragraph[0]
    kind = PieceKind.PARAGRAPH
    if level is not None:
        kind = PieceKind.HEADING
    elif headings.is_run_in_title(paragraph):
        kind = PieceKind.RUN_IN_TITLE
    elif first.text[0] in BULLETS and len(first.words) > 1:
        # The glyph says that this is an item, which the kind does too; quotes read better without it.
        kind = PieceKind.LIST_ITEM
        paragraph = [Line(first.page, first.words[1:]), *paragraph[1:]]
    text, boxes = joiner.join(paragraph)
    return Piece(kind, text, level or 0, first.x0, first.page, boxes)
