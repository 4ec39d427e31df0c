"""From pieces in reading order to blocks with section paths: the last step of every parser."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from retrieval.models import Block, BlockKind, Box
from retrieval.parsing.markers import markers_of
from retrieval.parsing.sections import SectionTracker


class PieceKind(StrEnum):
    """What a parser saw. A run-in title is a paragraph that is all italic or bold: a heading without a level."""

    HEADING = "heading"
    RUN_IN_TITLE = "run_in_title"
    PARAGRAPH = "paragraph"
    LIST_ITEM = "list_item"
    TABLE = "table"


_BLOCK_KINDS = {
    PieceKind.HEADING: BlockKind.HEADING,
    PieceKind.RUN_IN_TITLE: BlockKind.HEADING,
    PieceKind.PARAGRAPH: BlockKind.PARAGRAPH,
    PieceKind.LIST_ITEM: BlockKind.LIST_ITEM,
    PieceKind.TABLE: BlockKind.TABLE,
}


@dataclass(frozen=True, slots=True)
class Piece:
    """One thing in reading order. `level` counts for headings, `indent` (points) for paragraphs and items."""

    kind: PieceKind
    text: str
    level: int = 0
    indent: float = 0.0
    page: int | None = None
    boxes: tuple[Box, ...] = ()


def assemble(pieces: Sequence[Piece], *, titled: bool = True) -> tuple[str | None, tuple[Block, ...]]:
    """The document's title, when one heading stands alone above all others, and its blocks.

    That heading is no part of the section paths: it would repeat the title in each of them. Unless `titled`, no
    heading is a title.
    """
    title = _lone_title(pieces) if titled else None
    tracker = SectionTracker()
    blocks: list[Block] = []
    for piece in pieces:
        if piece is title:
            section: tuple[str, ...] = ()
        elif piece.kind is PieceKind.HEADING:
            section = tracker.heading(piece.level, piece.text)
        elif piece.kind is PieceKind.RUN_IN_TITLE:
            section = tracker.run_in_title(piece.text, piece.indent)
        elif piece.kind is PieceKind.TABLE:
            section = tracker.unmarked(piece.indent)
        else:
            section = tracker.paragraph(piece.text, piece.indent)
        kind = _BLOCK_KINDS[piece.kind]
        if kind is BlockKind.PARAGRAPH and section and section[-1] in {found.label for found in markers_of(piece.text)}:
            kind = BlockKind.LIST_ITEM
        blocks.append(Block(kind, piece.text, section, piece.page, piece.boxes))
    return (title.text if title else None), tuple(blocks)


def _lone_title(pieces: Sequence[Piece]) -> Piece | None:
    headings = [piece for piece in pieces if piece.kind is PieceKind.HEADING]
    if not headings:
        return None
    outermost = min(piece.level for piece in headings)
    first = headings[0]
    alone = sum(piece.level == outermost for piece in headings) == 1
    return first if alone and first.level == outermost else None
