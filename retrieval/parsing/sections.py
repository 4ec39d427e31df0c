"""Section paths: where in the document's outline each paragraph stands.

A path is the open headings, outermost first, then the open paragraph markers. Markers nest by indentation where the
document has any, and by their series where it has none: below "(h)" at the same indent, "(i)" is the next letter;
below "(1)" it is a roman numeral one level down.
"""

from dataclasses import dataclass

from retrieval.parsing.markers import Marker, markers_of

# Points. Left edges of one indent differ by less than this (glyphs' side bearings); levels differ by more.
_SAME_INDENT = 3.0


@dataclass(frozen=True, slots=True)
class _Open:
    """An open marker or run-in title. A floating one came as part of "(b)(1)": its own indent is unknown."""

    label: str
    indent: float
    marker: Marker | None
    floating: bool = False


class SectionTracker:
    """Follows a document in reading order and says each paragraph's section path."""

    def __init__(self) -> None:
        self._headings: list[tuple[int, str]] = []
        self._open: list[_Open] = []

    def heading(self, level: int, title: str) -> tuple[str, ...]:
        """Open a heading (a smaller level is further out) and return its path, itself included."""
        while self._headings and self._headings[-1][0] >= level:
            self._headings.pop()
        self._headings.append((level, title))
        self._open.clear()
        return self.path()

    def run_in_title(self, title: str, indent: float) -> tuple[str, ...]:
        """Open a title set like a paragraph (italic, "Paragraph 2(c)(1)"); it stands above deeper markers."""
        self._close_from(indent)
        self._open.append(_Open(title, indent, None))
        return self.path()

    def paragraph(self, text: str, indent: float) -> tuple[str, ...]:
        """The path of a paragraph whose first line starts `indent` points from the left."""
        markers = markers_of(text)
        if not markers:
            return self.unmarked(indent)
        first, *inner = markers
        if inner and self._reopen(markers, indent):
            return self.path()
        self._place(first, indent)
        for marker in inner:
            self._open.append(_Open(marker.label, indent, marker, floating=True))
        return self.path()

    def unmarked(self, indent: float) -> tuple[str, ...]:
        """The path of a paragraph without markers, or of a table: what is indented less than it stays open."""
        self._close_from(indent, keep_titles=True)
        return self.path()

    def path(self) -> tuple[str, ...]:
        return (*(title for _, title in self._headings), *(entry.label for entry in self._open))

    def _close_from(self, indent: float, *, keep_titles: bool = False) -> None:
        """Close what is indented as far as `indent` or further."""
        while self._open and self._open[-1].indent >= indent - _SAME_INDENT:
            last = self._open[-1]
            if keep_titles and last.marker is None and last.indent <= indent + _SAME_INDENT:
                return
            self._open.pop()

    def _place(self, marker: Marker, indent: float) -> None:
        while self._open and self._open[-1].indent > indent + _SAME_INDENT:
            self._open.pop()
        sibling = self._sibling(marker, indent)
        if sibling is not None:
            del self._open[sibling:]
        self._open.append(_Open(marker.label, indent, marker))

    def _sibling(self, marker: Marker, indent: float) -> int | None:
        """Index of the open marker that this one comes after, innermost first; None opens a level below."""
        candidates: list[int] = []
        for index in range(len(self._open) - 1, -1, -1):
            entry = self._open[index]
            if entry.marker is None or not (entry.floating or entry.indent >= indent - _SAME_INDENT):
                break
            candidates.append(index)
        for test in (Marker.follows, Marker.resembles):
            for index in candidates:
                other = self._open[index].marker
                if other is not None and test(marker, other):
                    return index
        return None

    def _reopen(self, markers: tuple[Marker, ...], indent: float) -> bool:
        """For "(b)(1)(ii)" below an open "(b)": keep what both have in common, open the rest."""
        open_labels = [entry.label for entry in self._open]
        if markers[0].label not in open_labels:
            return False
        index = open_labels.index(markers[0].label)
        common = 0
        for label, marker in zip(open_labels[index:], markers, strict=False):
            if label != marker.label:
                break
            common += 1
        del self._open[index + common :]
        for marker in markers[common:]:
            self._open.append(_Open(marker.label, indent, marker, floating=True))
        return True
