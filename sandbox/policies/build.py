"""Renders the sources of the sandbox banks' PDF policies: `python -m sandbox.policies.build`.

Each `source/NAME.md` becomes `NAME.pdf` beside the folder. The output is a function of the source alone
(reportlab's invariant mode leaves out dates and random ids), so that a test can hold the two together.
"""

import io
from collections.abc import Iterator
from html import escape
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode
from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

HERE = Path(__file__).parent
BANKS = {HERE: "Harbour Bank", HERE / "vale": "Vale Bank"}

_PADDING = 6  # points that reportlab's frame keeps free on each side
_BODY = ParagraphStyle("body", fontName="Helvetica", fontSize=10, leading=14, spaceAfter=6)
_CELL = ParagraphStyle("cell", parent=_BODY, fontSize=9, leading=11, spaceAfter=0)
_HEAD = ParagraphStyle("head", parent=_CELL, fontName="Helvetica-Bold")
_TITLES = {
    "h1": ParagraphStyle("h1", fontName="Helvetica-Bold", fontSize=18, leading=23, spaceAfter=8),
    "h2": ParagraphStyle(
        "h2",
        fontName="Helvetica-Bold",
        fontSize=13,
        leading=17,
        spaceBefore=10,
        spaceAfter=5,
        keepWithNext=1,
    ),
}
_GRID = TableStyle(
    [
        ("GRID", (0, 0), (-1, -1), 0.5, colors.HexColor("#8a94a6")),
        ("BACKGROUND", (0, 0), (-1, 0), colors.HexColor("#e6ebf2")),
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
    ]
)


class UnsupportedBlockError(ValueError):
    """A source uses Markdown that this renderer does not draw."""


def sources() -> list[Path]:
    """Every Markdown source that becomes a PDF, of both banks, in a fixed order."""
    return sorted(path for folder in BANKS for path in (folder / "source").glob("*.md"))


def target(source: Path) -> Path:
    """Where the PDF of a source lies: beside the `source` folder, under the same name."""
    return source.parent.parent / f"{source.stem}.pdf"


def render_source(source: Path) -> bytes:
    """The PDF of one file of a `source` folder, under the name of its bank."""
    return render(source.read_text(encoding="utf-8"), BANKS[source.parent.parent])


def render(text: str, bank: str) -> bytes:
    """The PDF of a Markdown text; the same bytes for the same text. Raises `UnsupportedBlockError`."""
    tree = SyntaxTreeNode(MarkdownIt("commonmark").enable("table").parse(text))
    title = _inline(tree.children[0])
    buffer = io.BytesIO()
    document = SimpleDocTemplate(
        buffer,
        pagesize=A4,
        leftMargin=22 * mm,
        rightMargin=22 * mm,
        topMargin=26 * mm,
        bottomMargin=24 * mm,
        title=title,
        author=bank,
        invariant=1,
    )

    def frame(canvas: Canvas, _: SimpleDocTemplate) -> None:
        canvas.setFont("Helvetica", 8)
        canvas.drawString(22 * mm, A4[1] - 14 * mm, f"{bank} · internal circular")
        canvas.drawRightString(A4[0] - 22 * mm, 12 * mm, f"Page {canvas.getPageNumber()}")

    story = [flowable for node in tree.children for flowable in _flowables(node, document.width - 2 * _PADDING)]
    document.build(story, onFirstPage=frame, onLaterPages=frame)
    return buffer.getvalue()


def _flowables(node: SyntaxTreeNode, width: float) -> Iterator[Flowable]:
    if node.type == "heading":
        yield Paragraph(escape(_inline(node)), _TITLES[node.tag])
    elif node.type == "paragraph":
        yield Paragraph(escape(_inline(node)), _BODY)
    elif node.type == "table":
        yield _table(node, width)
        yield Spacer(1, 8)
    else:
        raise UnsupportedBlockError(f"{node.type} can't be drawn; use headings, paragraphs and tables")


def _table(node: SyntaxTreeNode, width: float) -> Table:
    rows = [[_inline(cell) for cell in row.children] for part in node.children for row in part.children]
    longest = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    # A long cell may take several lines, so its share of the width stops growing at some point.
    shares = [min(max(length, 13), 44) for length in longest]
    styles = [_HEAD, *[_CELL] * (len(rows) - 1)]
    drawn = [[Paragraph(escape(cell), style) for cell in row] for row, style in zip(rows, styles, strict=True)]
    table = Table(drawn, colWidths=[width * share / sum(shares) for share in shares], repeatRows=1)
    table.setStyle(_GRID)
    return table


def _inline(node: SyntaxTreeNode) -> str:
    return "".join(child.content for child in node.children)


def main() -> None:
    """Writes every PDF and prints its path."""
    for source in sources():
        target(source).write_bytes(render_source(source))
        print(target(source).relative_to(HERE.parent.parent))


if __name__ == "__main__":
    main()
