"""Excel workbooks (.xlsx): each sheet a section, each stretch of filled rows a table or paragraphs.

Values are read as they are displayed, formulas by the value that was stored with them; nothing is calculated. Hidden
sheets, rows, columns and cells are left out and reported.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from retrieval.limits import PARSE_LIMITS
from retrieval.models import ParsedDocument
from retrieval.parsing.assemble import Piece, PieceKind, assemble
from retrieval.parsing.errors import UnreadableDocument
from retrieval.parsing.left_out import fetched, problems
from retrieval.parsing.normalise import one_line
from retrieval.parsing.number_formats import shown
from retrieval.parsing.office_archive import OfficeArchive, Xml, attributes, child, children, short
from retrieval.parsing.pdf_headings import is_title_like
from retrieval.parsing.titles import own_title
from retrieval.parsing.xlsx_styles import PLAIN, CellLook, cell_looks

MEDIA_TYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

_REFERENCE = re.compile(r"([A-Z]{1,3})(\d{1,7})")
_ON: Final = frozenset({"1", "true"})
_NO_FORMULAS_ADVICE: Final = " Its formulas have no stored values: open it in Excel, save it, and upload it again."

Row = dict[int, str]


def parse_xlsx(content: bytes) -> ParsedDocument:
    """Parse a workbook. Raises `UnreadableDocument` when it shows no text, is damaged or passes a limit."""
    archive = OfficeArchive.of(content)
    main = archive.main_part()
    book = archive.tree(main)
    relations = archive.relations(main)
    parts = {item.kind: item.target for item in relations.values() if not item.external}
    properties = child(book, "x:workbookPr")
    reader = _Reader(
        archive,
        looks=cell_looks(archive.tree_or_none(parts.get("styles"))),
        strings=_shared_strings(archive, parts.get("sharedStrings")),
        since_1904=properties is not None and attributes(properties).get("date1904") in _ON,
    )
    pieces: list[Piece] = []
    for sheet in children(child(book, "x:sheets"), "x:sheet"):
        said = attributes(sheet)
        relation = relations.get(said.get("r:id", ""))
        if said.get("state", "visible") != "visible":
            reader.left_out["hidden_sheets"] += 1
        elif relation is None or relation.external or relation.kind != "worksheet":
            reader.left_out["drawings"] += 1
        else:
            found = list(reader.sheet(relation.target))
            pieces.extend(
                [Piece(PieceKind.HEADING, one_line(said.get("name", "")) or "Sheet", 1), *found] if found else ()
            )
    reader.left_out["macros"] += any(name.endswith("vbaproject.bin") for name in archive.names)
    reader.left_out["external_references"] += sum(item.kind == "externalLink" for item in relations.values())
    _, blocks = assemble(pieces, titled=False)
    if not blocks:
        raise UnreadableDocument(
            "This workbook shows no text."
            + (
                _NO_FORMULAS_ADVICE
                if reader.left_out["no_stored_values"]
                else " Upload one that holds the document's text."
            )
        )
    return ParsedDocument(MEDIA_TYPE, own_title(archive.title()), (), blocks, tuple(problems(reader.left_out)))


def _shared_strings(archive: OfficeArchive, part: str | None) -> list[str]:
    if part is None or not archive.has(part):
        return []
    return [_string(item) for item in archive.stream(part, "si")]


def _string(item: Xml) -> str:
    """The text of a string; readings that are printed above it (phonetic) are left out."""
    texts: list[str] = []
    for element in item:
        if short(element) == "x:t":
            texts.append(element.text or "")
        elif short(element) == "x:r":
            texts.extend(inner.text or "" for inner in children(element, "x:t"))
    return "".join(texts)


@dataclass(slots=True)
class _Sheet:
    """The cells of a sheet that are shown, by row and column from 1."""

    rows: dict[int, Row] = field(default_factory=dict[int, Row])
    bold: set[tuple[int, int]] = field(default_factory=set[tuple[int, int]])
    hidden_columns: list[tuple[int, int]] = field(default_factory=list[tuple[int, int]])


@dataclass(slots=True)
class _Reader:
    """Reads sheets; `left_out` counts by what it was."""

    archive: OfficeArchive
    looks: Sequence[CellLook]
    strings: Sequence[str]
    since_1904: bool
    left_out: Counter[str] = field(default_factory=Counter[str])
    _cells: int = 0
    _characters: int = 0

    def sheet(self, part: str) -> Iterator[Piece]:
        """The pieces of one sheet."""
        relations = self.archive.relations(part)
        self.left_out["drawings"] += any(item.kind == "drawing" for item in relations.values())
        self.left_out["external_references"] += fetched(relations)
        self.left_out["embedded_objects"] += sum(item.kind in ("oleObject", "package") for item in relations.values())
        for relation in relations.values():
            if relation.kind == "comments" and self.archive.has(relation.target):
                self.left_out["comments"] += sum(1 for _ in self.archive.stream(relation.target, "comment"))
        sheet = _Sheet()
        row_number = 0
        for element in self.archive.stream(part, "col", "row", "mergeCell"):
            name = short(element)
            if name == "x:col":
                self._column(element, sheet)
            elif name == "x:row":
                row_number = self._row(element, row_number, sheet)
            elif name == "x:mergeCell":
                self._merge(attributes(element).get("ref", ""), sheet)
        return _pieces(sheet)

    def _column(self, element: Xml, sheet: _Sheet) -> None:
        said = attributes(element)
        if said.get("hidden") in _ON or said.get("width") == "0":
            first, last = _integer(said.get("min")), _integer(said.get("max"))
            sheet.hidden_columns.append((first, last))
            self.left_out["hidden_cells"] += max(0, last - first + 1)

    def _row(self, element: Xml, before: int, sheet: _Sheet) -> int:
        said = attributes(element)
        number = _integer(said.get("r")) or before + 1
        if said.get("hidden") in _ON or said.get("ht") == "0":
            self.left_out["hidden_cells"] += len(element) > 0
            return number
        column = 0
        row: Row = {}
        for cell in children(element, "x:c"):
            reference = _REFERENCE.fullmatch(attributes(cell).get("r", ""))
            column = _column_number(reference.group(1)) if reference else column + 1
            look = self._look(attributes(cell).get("s"))
            text = self._text(cell, look)
            if not text or any(first <= column <= last for first, last in sheet.hidden_columns):
                continue
            if look.hidden:
                self.left_out["hidden_text"] += 1
                continue
            self._count(text)
            row[column] = text
            if look.bold:
                sheet.bold.add((number, column))
        if row:
            sheet.rows[number] = row
        return number

    def _look(self, index: str | None) -> CellLook:
        place = _integer(index)
        return self.looks[place] if place < len(self.looks) else PLAIN

    def _text(self, cell: Xml, look: CellLook) -> str:
        """A cell's value as it is displayed."""
        kind = attributes(cell).get("t", "n")
        if kind == "inlineStr":
            found = child(cell, "x:is")
            return "" if found is None else _one_cell(_string(found))
        stored = child(cell, "x:v")
        raw = "" if stored is None else stored.text or ""
        if not raw:
            self.left_out["no_stored_values"] += child(cell, "x:f") is not None and kind != "str"
            return ""
        if kind == "s":
            place = _integer(raw.strip(), len(self.strings))
            return _one_cell(self.strings[place]) if place < len(self.strings) else ""
        if kind == "b":
            return "TRUE" if raw.strip() == "1" else "FALSE"
        if kind == "e":
            self.left_out["failed_cells"] += 1
            return ""
        if kind == "n":
            return _one_cell(shown(raw.strip(), look.code, since_1904=self.since_1904))
        return _one_cell(raw)

    def _merge(self, reference: str, sheet: _Sheet) -> None:
        """Repeat what a merged cell says in each row that it reaches into, so that a row can be read by itself."""
        first, _, last = reference.partition(":")
        begin, end = _REFERENCE.fullmatch(first), _REFERENCE.fullmatch(last)
        if begin is None or end is None:
            return
        column, top, bottom = _column_number(begin.group(1)), int(begin.group(2)), int(end.group(2))
        text = sheet.rows.get(top, {}).get(column)
        if text is None:
            return
        for number in range(top + 1, min(bottom, top + PARSE_LIMITS.max_cell_span) + 1):
            row = sheet.rows.get(number)
            if row is not None and column not in row:
                self._count(text)
                row[column] = text

    def _count(self, text: str) -> None:
        self._cells += 1
        self._characters += len(text)
        if self._cells > PARSE_LIMITS.max_cells or self._characters > PARSE_LIMITS.max_characters:
            raise UnreadableDocument(
                f"This workbook has more than {PARSE_LIMITS.max_cells:,} filled cells or "
                f"{PARSE_LIMITS.max_characters:,} characters. Split it and upload the parts as documents of their own."
            )


def _pieces(sheet: _Sheet) -> Iterator[Piece]:
    for stretch in _stretches(sorted(sheet.rows)):
        rows = [(number, sheet.rows[number]) for number in stretch]
        while rows and len(rows[0][1]) == 1:
            number, row = rows.pop(0)
            column, text = next(iter(row.items()))
            title = (number, column) in sheet.bold and is_title_like(text)
            yield Piece(PieceKind.RUN_IN_TITLE if title else PieceKind.PARAGRAPH, text)
        if rows:
            yield Piece(PieceKind.TABLE, _table([row for _, row in rows]))


def _stretches(numbers: Sequence[int]) -> Iterator[list[int]]:
    """Rows that follow each other."""
    stretch: list[int] = []
    for number in numbers:
        if stretch and number != stretch[-1] + 1:
            yield stretch
            stretch = []
        stretch.append(number)
    if stretch:
        yield stretch


def _table(rows: Sequence[Mapping[int, str]]) -> str:
    """One line per row, cells joined by " | "; columns that are empty throughout are left out."""
    columns = sorted({column for row in rows for column in row})
    places = {column: place for place, column in enumerate(columns)}
    widths = [places[max(row)] + 1 for row in rows]
    # Few cells far apart make long rows of nothing but borders.
    if sum(widths) > PARSE_LIMITS.max_cells:
        raise UnreadableDocument(
            "This workbook has a table too large to be read: its cells lie too far apart. Delete what lies outside the "
            "table, or export the table by itself."
        )
    return "\n".join(
        " | ".join(row.get(column, "") for column in columns[:width]) for row, width in zip(rows, widths, strict=True)
    )


def _one_cell(text: str) -> str:
    return one_line(text).replace("|", "/")


def _column_number(letters: str) -> int:
    number = 0
    for letter in letters:
        number = 26 * number + ord(letter) - ord("A") + 1
    return number


def _integer(given: str | None, otherwise: int = 0) -> int:
    return int(given) if given is not None and given.isdecimal() and len(given) < 9 else otherwise
