"""HTML tables as rows of text."""

from collections.abc import Callable, Iterator

from retrieval.limits import PARSE_LIMITS
from retrieval.parsing.html_tree import Element

_GROUPS = frozenset({"thead", "tbody", "tfoot"})


def rows_of(table: Element) -> Iterator[Element]:
    """The rows of this table, those of tables within its cells left out."""
    for child in table:
        if child.tag == "tr":
            yield child
        elif child.tag in _GROUPS:
            yield from (row for row in child if row.tag == "tr")


def cells_of(row: Element) -> list[Element]:
    return [cell for cell in row if cell.tag in {"td", "th"}]


def is_layout(table: Element) -> bool:
    """Whether a table only places things: it has a single column, or headings in its cells."""
    widest = max((len(cells_of(row)) for row in rows_of(table)), default=0)
    return widest < 2 or next(table.iter("h1", "h2", "h3", "h4", "h5", "h6"), None) is not None


def table_text(table: Element, text_of: Callable[[Element], str]) -> str:
    """One line per row, cells joined by " | ". A cell that spans rows is repeated in each, so that a row can be
    read by itself; one that spans columns leaves the others empty."""
    pending: dict[int, tuple[int, str]] = {}
    lines: list[str] = []
    for row in rows_of(table):
        cells: list[str] = []
        for cell in cells_of(row):
            _fill(cells, pending)
            text = text_of(cell)
            down = _span(cell, "rowspan")
            if down > 1:
                pending[len(cells)] = (down - 1, text)
            cells.append(text)
            cells.extend([""] * (_span(cell, "colspan") - 1))
        _fill(cells, pending)
        while cells and not cells[-1]:
            cells.pop()
        if cells:
            lines.append(" | ".join(cells))
    return "\n".join(lines)


def _fill(cells: list[str], pending: dict[int, tuple[int, str]]) -> None:
    """Add the cells that reach down from rows above to where the row has got."""
    while len(cells) in pending:
        left, text = pending.pop(len(cells))
        if left > 1:
            pending[len(cells)] = (left - 1, text)
        cells.append(text)


def _span(cell: Element, attribute: str) -> int:
    value = (cell.get(attribute) or "1").strip()
    return min(max(int(value), 1), PARSE_LIMITS.max_cell_span) if value.isdecimal() and len(value) < 6 else 1
