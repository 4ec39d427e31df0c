"""What a source lists: the rows of its tables, the items of its lists, its numbered paragraphs, each with the words
that introduce it. Every entry is contiguous text of one source."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from gateway.limits import WRITING
from gateway.writers.ports import SourceText
from gateway.writers.quotable import Split

CELL_BORDER = " | "
_BULLET = re.compile(r"\s*(?:\([A-Za-z0-9]{1,5}\)|[•‣▪●◦*–-]|\d{1,3}[.)]|[ivx]{1,5}[.)]|[A-Za-z][.)])\s+(?=\S)")
_NUMBER = re.compile(r"\s*(?:\d{1,3}(?:\.\d{1,3})+\.?|[A-Z]\.\d{1,2}|§+\s?[\d.]+)\s+(?=\S)")
_TICK = re.compile(r"(?:[A-Za-z]{0,2}\.?-?\d{1,3}|\(?[a-z]\))[.)]?")
_FEWEST_WORDS = 3
"""A quote of fewer says nothing by itself."""

_LEADS_IN = re.compile(r"[:—]\s*$")


class EntryKind(StrEnum):
    ROW = "row"
    ITEM = "item"
    PARAGRAPH = "paragraph"


@dataclass(frozen=True, slots=True)
class Lead:
    """The words that introduce a list, from the passage in which they stand: perhaps the one before."""

    source: SourceText
    start: int
    end: int

    @property
    def text(self) -> str:
        return self.source.text[self.start : self.end]


@dataclass(frozen=True, slots=True)
class Entry:
    """`text` is `source.text[start:end]`, without its marker unless it is a row."""

    source: SourceText
    start: int
    end: int
    kind: EntryKind
    marker: str = ""
    lead: Lead | None = None
    """Of an item."""
    header: str = ""
    """Of a row: the names of the columns."""

    @property
    def text(self) -> str:
        return self.source.text[self.start : self.end]

    @property
    def is_cut_off(self) -> bool:
        """An item whose list begins nobody knows where, and that is no sentence: it may say anything."""
        if self.kind is EntryKind.ROW or self.lead is not None:
            return False
        return not _is_whole(self.text) if self.kind is EntryKind.ITEM else self.text[:1].islower()

    @property
    def refs(self) -> tuple[int, ...]:
        """Of the passages that hold all of it."""
        if self.lead is None or self.lead.source.ref == self.source.ref:
            return (self.source.ref,)
        return (self.lead.source.ref, self.source.ref)

    @property
    def introduced(self) -> str:
        """All of what an item says: from its lead-in on, what stands between left out; its own text where it has none.
        "close the account" is another thing under "An attorney may not:"."""
        lead = self.lead
        if lead is None:
            return self.text
        is_next = lead.source is self.source and not self.source.text[lead.end : self.start].strip(f"{self.marker} \n")
        return f"{lead.text}{' ' if is_next else ' … '}{self.text}"

    @property
    def quotes(self) -> list[tuple[str, int]]:
        """What has to stand word for word in its passages, each with its number: the item, in as many words around it
        as say something by themselves, and its lead-in."""
        text, start, end = self.source.text, self.start, self.end
        while start > 0 and len(text[start:end].split()) < _FEWEST_WORDS:
            start = text.rfind("\n", 0, start - 1) + 1
        while end < len(text) and len(text[start:end].split()) < _FEWEST_WORDS:
            following = text.find("\n", end + 1)
            end = len(text) if following < 0 else following
        own = (text[start:end], self.source.ref)
        return [own] if self.lead is None else [(self.lead.text, self.lead.source.ref), own]

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


@dataclass(slots=True)
class _Reading:
    """Where a reader of passage after passage is."""

    lead: Lead | None = None
    first: str = ""
    """Of the list under the lead-in: its first item."""
    header: _Line | None = None

    def leaves_list(self) -> None:
        self.lead, self.first = None, ""


def entries(sources: Sequence[SourceText], split: Split) -> list[Entry]:
    """All that the passages list, in their order; a list goes on in the passage that follows directly."""
    found: list[Entry] = []
    reading, before = _Reading(), None
    for source in sources:
        if before is None or source.follows != before.ref:
            reading.leaves_list()
        found += _of_source(source, split, reading)
        before = source
    return [entry for entry in found if entry.text and len(entry.introduced) <= WRITING.claim_characters]


def _of_source(source: SourceText, split: Split, reading: _Reading) -> Iterator[Entry]:
    reading.header = None
    lines = list(_lines(source.text))
    for line, following in zip(lines, [*lines[1:], None], strict=True):
        if CELL_BORDER in line.text:
            reading.leaves_list()
            if reading.header is None and following is not None and CELL_BORDER in following.text:
                reading.header = line
            else:
                yield _row(source, line, reading.header)
            continue
        reading.header = None
        marker = _BULLET.match(line.text)
        if _LEADS_IN.search(line.text):
            number = _NUMBER.match(line.text)
            reading.lead = Lead(source, line.start + (number.end() if number else 0), line.end)
            reading.first = ""
        elif marker is not None or (reading.lead is not None and _goes_on(reading.first, line.text)):
            yield _item(source, line, 0 if marker is None else marker.end(), reading.lead)
            reading.first = reading.first or line.text
        else:
            reading.leaves_list()
            yield from _of_paragraph(source, line, split)


def _lines(text: str) -> Iterator[_Line]:
    at = 0
    for line in text.split("\n"):
        if stripped := line.strip():
            start = at + line.index(stripped)
            yield _Line(start, start + len(stripped), stripped)
        at += len(line) + 1


def _row(source: SourceText, line: _Line, header: _Line | None) -> Entry:
    marker = line.text.split(CELL_BORDER, 1)[0].strip()
    return Entry(source, line.start, line.end, EntryKind.ROW, marker, header="" if header is None else header.text)


def _goes_on(first: str, line: str) -> bool:
    """Whether an unmarked line is an item of the list begun: parsing drops bullets. A numbered paragraph is none, nor
    is a whole sentence after items that are none."""
    if _NUMBER.match(line):
        return False
    return not first or not _is_whole(line) or _is_whole(first)


def _is_whole(text: str) -> bool:
    return text[:1].isupper() and text.endswith((".", "!", "?"))


def _item(source: SourceText, line: _Line, marked: int, lead: Lead | None) -> Entry:
    """`marked`: characters of its marker."""
    return Entry(source, line.start + marked, line.end, EntryKind.ITEM, line.text[:marked].strip(), lead)


def _of_paragraph(source: SourceText, line: _Line, split: Split) -> Iterator[Entry]:
    """The paragraph; the items of a list that stands within it; its sentences where it is longer than a claim."""
    number = _NUMBER.match(line.text)
    marker = "" if number is None else number.group().strip()
    start = line.start + (0 if number is None else number.end())
    spans = [(line.start + a, line.start + b) for a, b in split(line.text)]
    items = [(a, b) for a, b in spans[1:] if _BULLET.match(source.text, a)]
    if items and _LEADS_IN.search(source.text[start : spans[0][1]]):
        lead = Lead(source, start, spans[0][1])
        for a, b in items:
            match = _BULLET.match(source.text[a:b])
            yield _item(source, _Line(a, b, source.text[a:b]), 0 if match is None else match.end(), lead)
    elif line.end - start <= WRITING.claim_characters:
        yield Entry(source, start, line.end, EntryKind.PARAGRAPH, marker)
    else:
        yield from (Entry(source, max(a, start), b, EntryKind.PARAGRAPH, marker) for a, b in spans if b > start)
