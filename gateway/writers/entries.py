"""What a source lists: the rows of its tables, the items of its lists, its numbered paragraphs, each with the words
that introduce it. Every entry is contiguous text of one source."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from gateway.limits import WRITING
from gateway.writers.ports import SourceText
from gateway.writers.quotable import Split

CELL_BORDER = " | "
_BULLET = re.compile(r"\s*(?:\([A-Za-z0-9]{1,5}\)|[•‣▪●◦*–-]|\d{1,3}[.)]|[ivx]{1,5}[.)]|[A-Za-z][.)])\s+(?=\S)")
_NUMBER = re.compile(r"\s*(?:\d{1,3}(?:\.\d{1,3})+\.?|[A-Z]\.\d{1,2}|§+\s?[\d.]+)\s+(?=\S)")
_TICK = re.compile(r"(?:[A-Za-z]{0,2}\.?-?\d{1,3}|\(?[a-z]\))[.)]?")
_LEADS_IN = re.compile(r"[:—]\s*$")


class EntryKind(StrEnum):
    ROW = "row"
    ITEM = "item"
    PARAGRAPH = "paragraph"


@dataclass(frozen=True, slots=True)
class Entry:
    """`text` is `source.text[start:end]`, without its marker unless it is a row."""

    source: SourceText
    start: int
    end: int
    kind: EntryKind
    marker: str = ""
    lead: str = ""
    """The words that introduce its list, or the header of its table."""
    lead_start: int | None = None
    """Where they begin, for an item: from there to the item's end is what says all of it."""

    @property
    def text(self) -> str:
        return self.source.text[self.start : self.end]

    @property
    def cells(self) -> list[str]:
        """Of a row."""
        return [cell.strip() for cell in self.text.split(CELL_BORDER)]

    @property
    def is_numbered_row(self) -> bool:
        """A row of a list in the form of a table: its first cell only counts."""
        return self.kind is EntryKind.ROW and _TICK.fullmatch(self.cells[0]) is not None


@dataclass(frozen=True, slots=True)
class _Line:
    start: int
    end: int
    text: str


def entries(source: SourceText, split: Split) -> list[Entry]:
    """All that a source lists, in its order."""
    found: list[Entry] = []
    lines = list(_lines(source.text))
    lead: _Line | None = None
    header: _Line | None = None
    for at, line in enumerate(lines):
        if CELL_BORDER in line.text:
            if header is None and at + 1 < len(lines) and CELL_BORDER in lines[at + 1].text:
                header = line
            else:
                found.append(_row(source, line, header))
            continue
        header = None
        if _LEADS_IN.search(line.text):
            lead = line
        elif (marker := _BULLET.match(line.text)) is not None:
            found.append(_item(source, line, marker, lead))
        else:
            lead = None
            found += _of_paragraph(source, line, split)
    return [entry for entry in found if 0 < entry.end - entry.start <= WRITING.claim_characters]


def _lines(text: str) -> Iterator[_Line]:
    at = 0
    for line in text.split("\n"):
        if stripped := line.strip():
            start = at + line.index(stripped)
            yield _Line(start, start + len(stripped), stripped)
        at += len(line) + 1


def _row(source: SourceText, line: _Line, header: _Line | None) -> Entry:
    lead = "" if header is None else header.text
    marker = line.text.split(CELL_BORDER, 1)[0].strip()
    return Entry(source, line.start, line.end, EntryKind.ROW, marker, lead)


def _item(source: SourceText, line: _Line, marker: re.Match[str], lead: _Line | None) -> Entry:
    return Entry(
        source,
        line.start + marker.end(),
        line.end,
        EntryKind.ITEM,
        marker.group().strip(),
        "" if lead is None else lead.text,
        None if lead is None else lead.start,
    )


def _of_paragraph(source: SourceText, line: _Line, split: Split) -> list[Entry]:
    """The paragraph; the items of a list that stands within it; its sentences where it is longer than a claim."""
    number = _NUMBER.match(line.text)
    marker = "" if number is None else number.group().strip()
    start = line.start + (0 if number is None else number.end())
    spans = [(line.start + a, line.start + b) for a, b in split(line.text)]
    items = [(a, b) for a, b in spans[1:] if _BULLET.match(source.text, a)]
    if items and _LEADS_IN.search(source.text[start : spans[0][1]]):
        lead = _Line(start, spans[0][1], source.text[start : spans[0][1]])
        found: list[Entry] = []
        for a, b in items:
            piece = _Line(a, b, source.text[a:b])
            match = _BULLET.match(piece.text)
            if match is not None:
                found.append(_item(source, piece, match, lead))
        return found
    if line.end - start <= WRITING.claim_characters:
        return [Entry(source, start, line.end, EntryKind.PARAGRAPH, marker)]
    return [Entry(source, max(a, start), b, EntryKind.PARAGRAPH, marker) for a, b in spans if b > start]


def is_cut(text: str) -> bool:
    """Whether a passage begins or ends within a list, so that its neighbour may hold the rest."""
    lines = list(_lines(text))
    return bool(lines) and (_is_listed(lines[0].text) or _is_listed(lines[-1].text))


def _is_listed(line: str) -> bool:
    return CELL_BORDER in line or _BULLET.match(line) is not None or _LEADS_IN.search(line) is not None
