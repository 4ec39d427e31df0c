"""Tables on a PDF page: rows kept together, cells in order.

There is no table in a PDF, only words in places. Cells are fragments that stand beside each other; columns are the
gaps that no fragment crosses; and since files draw a table cell by cell, a row ends where the drawing goes back to a
column further left. Two columns of prose draw the left one to its end first and so never make a second row.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from retrieval.models import Box
from retrieval.parsing.markers import markers_of
from retrieval.parsing.normalise import BULLETS
from retrieval.parsing.pdf_lines import Line
from retrieval.parsing.pdf_text import TextJoiner

# A wrapped cell's lines between two cells that have a neighbour.
_LONGEST_CELL = 12
# In ems. Baselines of a cell's own lines: in one cell, in one cell with generous leading, of two rows.
_LINE_PITCH = 1.35
_CELL_PITCH = 1.7
_ROW_PITCH = 5.0


Row = tuple[tuple[Line, ...], ...]


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells of lines; `columns` are the columns' left edges in points."""

    rows: tuple[Row, ...]
    columns: tuple[float, ...]


def part_tables(fragments: Sequence[Line]) -> list[Table | list[Line]]:
    """The page's fragments in order, those that make a table replaced by it."""
    parts: list[Table | list[Line]] = []
    position = 0
    for start, end in _zones(fragments):
        table = _table(fragments[start:end])
        if table is None:
            continue
        if position < start:
            parts.append(list(fragments[position:start]))
        parts.append(table)
        position = end
    if position < len(fragments):
        parts.append(list(fragments[position:]))
    return parts


def table_text(table: Table, joiner: TextJoiner) -> tuple[str, tuple[Box, ...]]:
    """One line per row, cells joined by " | ", with a box for each line of each cell."""
    text, boxes = "", list[Box]()
    for row_number, row in enumerate(table.rows):
        text += "\n" if row_number else ""
        filled = max(index for index, cell in enumerate(row) if cell) + 1
        for cell_number, cell in enumerate(row[:filled]):
            text += " | " if cell_number else ""
            cell_text, cell_boxes = joiner.join(cell)
            boxes.extend(shifted(box, len(text)) for box in cell_boxes)
            text += cell_text
    return text, tuple(boxes)


def shifted(box: Box, by: int) -> Box:
    """The box with its characters counted from `by` characters earlier."""
    return Box(box.page, box.x0, box.y0, box.x1, box.y1, box.start + by, box.end + by)


def continues(before: Table, after: Table) -> bool:
    """Whether a table at the top of a page goes on from the one that ended the page before."""
    return len(before.columns) == len(after.columns) and all(
        abs(left - right) < 12 for left, right in zip(before.columns, after.columns, strict=True)
    )


def merged(before: Table, after: Table) -> Table:
    """Both as one table; a header row printed again is left out, a row cut by the page's end is mended."""
    again = _row_text(after.rows[0]) == _row_text(before.rows[0])
    *rows, last = before.rows
    following = after.rows[1 if again else 0 :]
    if following and _goes_on(last, following[0]):
        last = tuple((*upper, *lower) for upper, lower in zip(last, following[0], strict=True))
        following = following[1:]
    return Table((*rows, last, *following), before.columns)


def _goes_on(row: Row, following: Row) -> bool:
    """Whether every cell of the row at the top of a page goes on, in lower case, where one above was cut."""
    return all(
        not lower or (bool(upper) and lower[0].text[0].islower()) for upper, lower in zip(row, following, strict=True)
    )


def _row_text(row: Sequence[Sequence[Line]]) -> list[str]:
    return [" ".join(line.text for line in cell) for cell in row]


def _zones(fragments: Sequence[Line]) -> list[tuple[int, int]]:
    """Stretches of fragments that have neighbours beside them, wrapped lines of their cells included."""
    zones: list[tuple[int, int]] = []
    for index in sorted(_with_neighbour(fragments)):
        if zones and index - zones[-1][1] <= _LONGEST_CELL and _one_stretch(fragments, zones[-1], index):
            zones[-1] = (zones[-1][0], index + 1)
        else:
            zones.append((index, index + 1))
    whole: list[tuple[int, int]] = []
    for zone in zones:
        start, end = max(zone[0], whole[-1][1] if whole else 0), zone[1]
        while start > (whole[-1][1] if whole else 0) and _same_cell(fragments[start - 1], fragments[start]):
            start -= 1
        while end < len(fragments) and _same_cell(fragments[end - 1], fragments[end]):
            end += 1
        if start < end:
            whole.append((start, end))
    return whole


def _with_neighbour(fragments: Sequence[Line]) -> set[int]:
    found: set[int] = set()
    cells = [index for index, line in enumerate(fragments) if not _is_item_mark(line)]
    by_height = sorted(cells, key=lambda index: fragments[index].y0)
    for position, index in enumerate(by_height):
        line = fragments[index]
        for other_index in by_height[position + 1 :]:
            other = fragments[other_index]
            if other.y0 >= line.y1:
                break
            if _beside(line, other):
                found.update((index, other_index))
    return found


def _beside(line: Line, other: Line) -> bool:
    overlap = min(line.y1, other.y1) - max(line.y0, other.y0)
    if overlap < 0.3 * min(line.y1 - line.y0, other.y1 - other.y0):
        return False
    gap = max(line.x0, other.x0) - min(line.x1, other.x1)
    return gap > 0.6 * min(line.size, other.size)


def _is_item_mark(line: Line) -> bool:
    """Bullets and "(a)" set off from their text by a tab make no table."""
    return line.text in BULLETS or (len(line.text) <= 8 and bool(markers_of(f"{line.text} X")))


def _one_stretch(fragments: Sequence[Line], zone: tuple[int, int], index: int) -> bool:
    """Whether what lies between a zone and its next cell are wrapped lines of cells, or rows with one cell."""
    inside = fragments[zone[0] : zone[1]]
    last = inside[-1]
    for position in range(zone[1], index + 1):
        line = fragments[position]
        in_cell = _same_cell(fragments[position - 1], line) or (
            position < index and _same_cell(line, fragments[position + 1])
        )
        lone_row = (
            any(_aligned(line, cell) for cell in inside)
            and abs(line.size - last.size) <= 0.6
            and line.baseline - last.baseline <= _ROW_PITCH * line.size
        )
        beside = position == index and line.baseline - last.baseline <= _ROW_PITCH * line.size
        if not (in_cell or lone_row or beside):
            return False
        last = line
    return True


def _same_cell(upper: Line, lower: Line) -> bool:
    """Whether two fragments are lines of one cell: aligned, of one size, close below each other."""
    pitch = lower.baseline - upper.baseline
    alike = abs(lower.size - upper.size) <= 0.6 and lower.bold == upper.bold
    return alike and 0 < pitch <= _LINE_PITCH * lower.size and _aligned(upper, lower)


def _aligned(line: Line, other: Line) -> bool:
    left, right = abs(line.x0 - other.x0), abs(line.x1 - other.x1)
    return min(left, right, abs(line.x0 + line.x1 - other.x0 - other.x1) / 2) <= 2


def _table(fragments: Sequence[Line]) -> Table | None:
    columns = _columns(fragments)
    if len(columns) < 2:
        return None
    rows: list[list[list[Line]]] = []
    previous = -1
    for line in fragments:
        column = _column_of(line, columns)
        if column < previous or not rows or (column == previous and _new_row(rows[-1][column], line)):
            rows.append([[] for _ in columns])
        rows[-1][column].append(line)
        previous = column
    full = sum(sum(bool(cell) for cell in row) >= 2 for row in rows)
    if full < 2:
        return None
    edges = tuple(left for left, _ in columns)
    return Table(tuple(tuple(tuple(cell) for cell in row) for row in rows), edges)


def _new_row(cell: Sequence[Line], line: Line) -> bool:
    if not cell:
        return False
    pitch = line.baseline - cell[-1].baseline
    return pitch < 0 or pitch > _CELL_PITCH * line.size


def _columns(fragments: Sequence[Line]) -> list[tuple[float, float]]:
    """The stretches of the page's width between gaps that nothing crosses."""
    spans = sorted((line.x0, line.x1) for line in fragments)
    columns: list[tuple[float, float]] = []
    for left, right in spans:
        if columns and left < columns[-1][1]:
            columns[-1] = (columns[-1][0], max(columns[-1][1], right))
        else:
            columns.append((left, right))
    # Neighbours closer than half a letter are one column: "$" set apart from its figure.
    return [
        column
        for index, column in enumerate(columns)
        if not index or column[0] - columns[index - 1][1] > 2 or column[1] - column[0] > 2
    ]


def _column_of(line: Line, columns: Sequence[tuple[float, float]]) -> int:
    for index, (column, following) in enumerate(pairwise([*columns, (float("inf"), 0.0)])):
        if column[0] - 1 <= line.x0 < following[0] - 1:
            return index
    return len(columns) - 1
