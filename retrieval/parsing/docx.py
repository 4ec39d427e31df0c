"""Word documents (.docx): headings by outline level, numbered lists with their numbers, tables, foot- and endnotes.

What is read is what its reader sees once all tracked changes are accepted. Hidden text, comments, text boxes and
whatever the document fetches from elsewhere are left out and reported.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from retrieval.limits import PARSE_LIMITS
from retrieval.models import ParsedDocument
from retrieval.parsing.assemble import Piece, PieceKind, assemble
from retrieval.parsing.docx_numbering import Label, Numbering
from retrieval.parsing.docx_runs import Paragraph, TextReader
from retrieval.parsing.docx_styles import Look, StyleSheet, fill_of, first_line
from retrieval.parsing.errors import UnreadableDocument
from retrieval.parsing.left_out import fetched, problems
from retrieval.parsing.markers import markers_of
from retrieval.parsing.normalise import one_line, without_bullet
from retrieval.parsing.office_archive import OfficeArchive, Xml, attributes, child, children, short, value
from retrieval.parsing.pdf_headings import is_title_like
from retrieval.parsing.titles import own_title

MEDIA_TYPE: Final = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"

_PAPER: Final = "FFFFFF"
_LONGEST_HEADING: Final = 250
_NAMED_HEADING = re.compile(r"heading (\d)")
_CONTENTS = re.compile(r"toc \d|table of figures")
# Points that a level of a list stands in, where the document does not say.
_LEVEL_INDENT: Final = 24.0
# So far in that no open list item is closed by it: a note belongs to what it stands below.
_NOTE_INDENT: Final = 1_000.0
_MOST_SPANNED: Final = PARSE_LIMITS.max_cell_span


def parse_docx(content: bytes) -> ParsedDocument:
    """Parse a Word document. Raises `UnreadableDocument` when it holds no text, is damaged or passes a limit."""
    archive = OfficeArchive.of(content)
    main = archive.main_part()
    relations = archive.relations(main)
    parts = {item.kind: item.target for item in relations.values() if not item.external}
    body = _Body(
        numbering=Numbering.of(archive.tree_or_none(parts.get("numbering"))),
        reader=TextReader(
            StyleSheet.of(archive.tree_or_none(parts.get("styles"))),
            _Notes(
                _notes(archive.tree_or_none(parts.get("footnotes")), "w:footnote"),
                _notes(archive.tree_or_none(parts.get("endnotes")), "w:endnote"),
            ).of,
        ),
    )
    root = archive.tree(main)
    content_of = child(root, "w:body")
    if content_of is not None:
        body.read(content_of)
    left_out = body.reader.left_out
    left_out["external_references"] += fetched(relations)
    left_out["macros"] += any(name.endswith("vbaproject.bin") for name in archive.names)
    title, blocks = assemble(body.pieces)
    if not blocks:
        raise UnreadableDocument(
            "This Word document has no text that a reader sees. If it holds pictures of pages, run text recognition "
            "(OCR) over them and upload the result."
        )
    return ParsedDocument(MEDIA_TYPE, title or own_title(archive.title()), (), blocks, tuple(problems(left_out)))


@dataclass(frozen=True, slots=True)
class _Notes:
    """The paragraphs of foot- and endnotes by id."""

    foot: dict[str, list[Xml]]
    end: dict[str, list[Xml]]

    def of(self, reference: str, number: str) -> list[Xml]:
        return (self.foot if reference == "w:footnoteReference" else self.end).get(number, [])


@dataclass(slots=True)
class _Body:
    """Walks the blocks of the document in order."""

    numbering: Numbering
    reader: TextReader
    pieces: list[Piece] = field(default_factory=list[Piece])
    _characters: int = 0
    # A paragraph whose end was deleted goes on in the next.
    _open: Paragraph | None = None

    def read(self, parent: Xml) -> None:
        """Read the blocks within the body or an element that wraps some."""
        for block in parent:
            match short(block):
                case "w:p":
                    self._paragraph(block, _PAPER)
                case "w:tbl":
                    self._table(block)
                case "w:sdt":
                    if not _is_contents(block):
                        for content in children(block, "w:sdtContent"):
                            self.read(content)
                case "w:customXml" | "w:ins" | "w:moveTo":
                    self.read(block)
                case "w:altChunk":
                    self.reader.left_out["embedded_objects"] += 1
                case "mc:AlternateContent":
                    self.reader.picture(block)
                case _:
                    pass

    def _paragraph(self, element: Xml, behind: str) -> None:
        properties = child(element, "w:pPr")
        look, run = self.reader.styles.paragraph(properties)
        label = self.numbering.next(look.get("num"), look.get("level"))
        paragraph = self._open or Paragraph()
        self._open = None
        self.reader.inline(element, run, look.get("fill", behind), paragraph)
        if child(properties, "w:rPr", "w:del") is not None:
            self._open = paragraph
            return
        if not _CONTENTS.fullmatch(look.get("style", "")):
            self._piece(paragraph, look, label)

    def _piece(self, paragraph: Paragraph, look: Look, label: Label | None) -> None:
        text, bulleted = without_bullet(one_line("".join(paragraph.parts)))
        level = _heading_level(look)
        if text:
            shown = one_line(f"{label.text} {text}") if label is not None else text
            self._count(len(shown))
            if level is not None and len(shown) <= _LONGEST_HEADING:
                self.pieces.append(Piece(PieceKind.HEADING, shown, level))
            else:
                kind = PieceKind.LIST_ITEM if label is not None or bulleted else PieceKind.PARAGRAPH
                if kind is PieceKind.PARAGRAPH and not paragraph.plain and is_title_like(text) and not markers_of(text):
                    kind = PieceKind.RUN_IN_TITLE
                self.pieces.append(Piece(kind, shown, indent=_indent(look, label)))
        self._add_notes(paragraph)

    def _add_notes(self, paragraph: Paragraph) -> None:
        for note in paragraph.notes:
            text = one_line(note)
            self._count(len(text))
            self.pieces.append(Piece(PieceKind.PARAGRAPH, text, indent=_NOTE_INDENT))

    def _count(self, characters: int) -> None:
        self._characters += characters
        if self._characters > PARSE_LIMITS.max_characters:
            raise UnreadableDocument(
                f"This document holds more than {PARSE_LIMITS.max_characters:,} characters. Split it and upload the "
                "parts as documents of their own."
            )

    def _table(self, table: Xml) -> None:
        rows = [row for row in _within(table, "w:tr") if self._is_shown(row)]
        cells = [list(_within(row, "w:tc")) for row in rows]
        shaded = self.reader.styles.is_shaded(value(table, "w:tblPr", "w:tblStyle"))
        if max(map(len, cells), default=0) < 2 or self._has_headings(cells):
            for cell in (cell for row in cells for cell in row):
                self._layout_cell(cell, _behind(cell, shaded=shaded))
            return
        lines: list[str] = []
        notes = Paragraph()
        above: dict[int, str] = {}
        for row, row_cells in zip(rows, cells, strict=True):
            filled = [""] * min(_integer(value(row, "w:trPr", "w:gridBefore")), _MOST_SPANNED)
            for cell in row_cells:
                place = len(filled)
                text = self._cell(cell, _behind(cell, shaded=shaded), notes)
                merged = child(cell, "w:tcPr", "w:vMerge")
                if merged is not None and attributes(merged).get("val", "continue") == "continue":
                    text = text or above.get(place, "")
                above[place] = text
                filled.append(text)
                filled.extend([""] * (min(_integer(value(cell, "w:tcPr", "w:gridSpan"), 1), _MOST_SPANNED) - 1))
            line = " | ".join(filled).rstrip(" |")
            self._count(len(line))
            if line:
                lines.append(line)
        if lines:
            self.pieces.append(Piece(PieceKind.TABLE, "\n".join(lines)))
        self._add_notes(notes)

    def _is_shown(self, row: Xml) -> bool:
        properties = child(row, "w:trPr")
        deleted, hidden = child(properties, "w:del") is not None, child(properties, "w:hidden") is not None
        self.reader.left_out["tracked_changes"] += deleted
        self.reader.left_out["hidden_text"] += hidden
        return not deleted and not hidden

    def _has_headings(self, cells: list[list[Xml]]) -> bool:
        styles = self.reader.styles
        return any(
            _heading_level(styles.paragraph(child(paragraph, "w:pPr"))[0]) is not None
            for row in cells
            for cell in row
            for paragraph in children(cell, "w:p")
        )

    def _layout_cell(self, cell: Xml, behind: str) -> None:
        """A cell that only places things: its blocks are the document's."""
        for block in _blocks(cell):
            if short(block) == "w:p":
                self._paragraph(block, behind)
            else:
                self._table(block)

    def _cell(self, cell: Xml, behind: str, notes: Paragraph) -> str:
        """A cell's text on one line, that of tables within it included."""
        texts: list[str] = []
        for block in _blocks(cell):
            if short(block) == "w:p":
                look, run = self.reader.styles.paragraph(child(block, "w:pPr"))
                label = self.numbering.next(look.get("num"), look.get("level"))
                inside = Paragraph()
                self.reader.inline(block, run, look.get("fill", behind), inside)
                text = without_bullet(one_line("".join(inside.parts)))[0]
                texts.append(f"{label.text} {text}" if label is not None and text else text)
                notes.notes.extend(inside.notes)
            else:
                inner = (
                    self._cell(below, behind, notes) for row in _within(block, "w:tr") for below in _within(row, "w:tc")
                )
                texts.append(", ".join(text for text in inner if text))
        return one_line(" ".join(texts)).replace("|", "/")


def _blocks(cell: Xml) -> Iterator[Xml]:
    """The paragraphs and tables of a cell, those within content controls included."""
    for block in cell:
        name = short(block)
        if name in ("w:p", "w:tbl"):
            yield block
        elif name in ("w:sdt", "w:sdtContent", "w:customXml"):
            yield from _blocks(block)


def _within(parent: Xml, name: str) -> Iterator[Xml]:
    """Rows of a table or cells of a row, those within content controls included."""
    for element in parent:
        inner = short(element)
        if inner == name:
            yield element
        elif inner in ("w:sdt", "w:sdtContent", "w:customXml"):
            yield from _within(element, name)


def _behind(cell: Xml, *, shaded: bool) -> str:
    """The colour behind a cell; one that a table's style may set by place is taken for readable."""
    return fill_of(child(cell, "w:tcPr")) or ("style" if shaded else _PAPER)


def _is_contents(block: Xml) -> bool:
    """Whether a content control is a generated table of contents."""
    gallery = value(block, "w:sdtPr", "w:docPartObj", "w:docPartGallery")
    return (gallery or "").casefold() == "table of contents"


def _heading_level(look: Look) -> int | None:
    style = look.get("style", "")
    if style == "title":
        return 0
    named = _NAMED_HEADING.fullmatch(style)
    outline = look.get("outline", "")
    if outline.isdecimal() and len(outline) == 1:
        return int(outline) + 1 if outline != "9" else None
    return int(named.group(1)) if named else None


def _indent(look: Look, label: Label | None) -> float:
    own = {name: number for name, number in look.items() if name in ("left", "hanging", "first")}
    if label is None:
        return first_line(own)
    if not own and not label.indents:
        return _LEVEL_INDENT * (1 + _integer(look.get("level")))
    return first_line({**label.indents, **own})


def _notes(root: Xml | None, name: str) -> dict[str, list[Xml]]:
    """The notes' paragraphs by id, separators left out."""
    return {
        attributes(note).get("id", ""): list(children(note, "w:p"))
        for note in children(root, name)
        if attributes(note).get("type", "normal") == "normal"
    }


def _integer(given: str | None, otherwise: int = 0) -> int:
    return int(given) if given is not None and given.isdecimal() and len(given) < 7 else otherwise
