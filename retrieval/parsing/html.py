"""HTML files: headings, paragraphs, lists and tables; nothing is fetched, run or styled."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from retrieval.models import ParsedDocument, ParseProblem
from retrieval.parsing.assemble import Piece, PieceKind, assemble
from retrieval.parsing.decode import decode
from retrieval.parsing.errors import UnreadableDocument
from retrieval.parsing.html_hidden import PAPER, Colour, PageStyles, Style, background, is_hidden
from retrieval.parsing.html_tables import is_layout, table_text
from retrieval.parsing.html_tree import Element, tree_of
from retrieval.parsing.markers import markers_of
from retrieval.parsing.normalise import one_line, without_bullet
from retrieval.parsing.pdf_headings import is_title_like

MEDIA_TYPE = "text/html"

_SKIPPED: Final = frozenset(
    {"script", "style", "template", "noscript", "head", "nav", "svg", "math", "object", "iframe", "embed", "audio"}
    | {"video", "canvas", "select", "textarea", "input", "button", "map", "frameset", "applet"}
)
_HEADINGS: Final = {f"h{level}": level for level in range(1, 7)}
_BLOCKS: Final = frozenset(
    {"html", "body", "p", "div", "section", "article", "main", "aside", "header", "footer", "address", "blockquote"}
    | {"figure", "figcaption", "details", "summary", "fieldset", "legend", "form", "center", "hr", "dl", "dt", "dd"}
    | {"ul", "ol", "li", "menu", "pre", "table", "caption", "thead", "tbody", "tfoot", "tr", "td", "th", "dir"}
    | set(_HEADINGS)
)
_EMPHASIS: Final = frozenset({"em", "i", "b", "strong", "u"})
_CHARSET = re.compile(rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([\w.:-]{2,40})""", re.IGNORECASE)
_LEFT = re.compile(
    r"(?:margin|padding)-left\s*:\s*(-?[\d.]{1,24})(?:e[+-]?\d+)?(em|rem|ch|px|pt|cm|mm|in)?", re.IGNORECASE
)
_POINTS: Final = {"em": 12.0, "rem": 12.0, "ch": 6.0, "px": 0.75, "pt": 1.0, "cm": 28.35, "mm": 2.83, "in": 72.0}
# Points that a nested list or quotation stands in from the one around it.
_NESTED_INDENT = 24.0


def parse_html(content: bytes) -> ParsedDocument:
    """Parse an HTML document. Raises `UnreadableDocument` when it holds no text or passes a limit."""
    declared = _CHARSET.search(content[:4096])
    root = tree_of(decode(content, declared.group(1).decode("ascii") if declared else None))
    walker = _Walker(PageStyles.of(root))
    walker.block(root, 0.0)
    walker.flush(0.0)
    title, blocks = assemble(walker.pieces)
    if not blocks:
        raise UnreadableDocument(
            "This HTML file has no text that a reader sees. If scripts fill the page in, save it from the browser as "
            "a complete page or print it to PDF, and upload that."
        )
    named = next(root.iter("title"), None)
    own = one_line("".join(named.itertext())) if named is not None else ""
    return ParsedDocument(MEDIA_TYPE, title or own or None, (), blocks, tuple(walker.problems()))


def html_pieces(markup: str, indent: float) -> list[Piece]:
    """The pieces of a stretch of HTML within another format; none when it is blank."""
    if not markup.strip():
        return []
    root = tree_of(markup)
    walker = _Walker(PageStyles.of(root))
    walker.block(root, indent)
    walker.flush(indent)
    return walker.pieces


@dataclass(slots=True)
class _Walker:
    """Walks the tree in reading order; text between block elements gathers until the next one begins."""

    styles: PageStyles
    behind: Colour | None = PAPER
    pieces: list[Piece] = field(default_factory=list[Piece])
    hidden: int = 0
    _text: list[str] = field(default_factory=list[str])
    _plain: bool = False

    def block(self, element: Element, indent: float) -> None:
        """Walk the inside of a block element that stands `indent` points in."""
        self._inline(element.text, emphasised=False)
        for child in element:
            self._child(child, indent, emphasised=False)
            self._inline(child.tail, emphasised=False)

    def flush(self, indent: float, kind: PieceKind = PieceKind.PARAGRAPH, level: int = 0) -> None:
        """End the paragraph gathered so far."""
        text, bulleted = without_bullet(one_line("".join(self._text)))
        emphasised = bool(text) and not self._plain
        self._text.clear()
        self._plain = False
        if not text:
            return
        if bulleted and kind is PieceKind.PARAGRAPH:
            kind = PieceKind.LIST_ITEM
        elif kind is PieceKind.PARAGRAPH and emphasised and is_title_like(text) and not markers_of(text):
            kind = PieceKind.RUN_IN_TITLE
        self.pieces.append(Piece(kind, text, level, indent))

    def problems(self) -> Iterator[ParseProblem]:
        if self.hidden:
            detail = f"{self.hidden} elements hold text that a reader cannot see. They were left out."
            yield ParseProblem(None, "hidden_text", detail)

    def _inline(self, text: str | None, *, emphasised: bool) -> None:
        if text:
            self._text.append(text)
            self._plain = self._plain or (not emphasised and not text.isspace())

    def _child(self, child: Element, indent: float, *, emphasised: bool) -> None:
        if child.tag in _SKIPPED:
            return
        style = self.styles.style(child)
        if self._skips(child, style):
            return
        around, self.behind = self.behind, background(style, self.behind)
        if child.tag == "br":
            self._text.append(" ")
        elif child.tag in _BLOCKS:
            self.flush(indent)
            self._open(child, indent)
        else:
            within = emphasised or child.tag in _EMPHASIS
            self._inline(child.text, emphasised=within)
            for grandchild in child:
                self._child(grandchild, indent, emphasised=within)
                self._inline(grandchild.tail, emphasised=within)
        self.behind = around

    def _skips(self, element: Element, style: Style) -> bool:
        """Whether an element is hidden, which is counted when it holds text."""
        if not is_hidden(element, style, self.behind):
            return False
        self.hidden += bool("".join(element.itertext()).strip())
        return True

    def _open(self, element: Element, indent: float) -> None:
        """Walk a block element as what it is."""
        tag = element.tag
        inner = indent + _left_of(element)
        if tag in _HEADINGS:
            self.block(element, inner)
            self.flush(inner, PieceKind.HEADING, _HEADINGS[tag])
        elif tag in {"ul", "ol", "menu", "dir"}:
            self._list(element, inner + _NESTED_INDENT)
        elif tag == "pre":
            for line in self._lines(element).splitlines():
                self._inline(line, emphasised=False)
                self.flush(inner)
        elif tag == "table" and not is_layout(element):
            self._table(element, inner)
        else:
            self.block(element, inner + (_NESTED_INDENT if tag in {"dd", "blockquote"} else 0.0))
            self.flush(inner)

    def _list(self, element: Element, indent: float) -> None:
        number = _start(element)
        for item in element:
            if item.tag != "li":
                self._child(item, indent, emphasised=False)
            elif not self._skips(item, self.styles.style(item)):
                if element.tag == "ol":
                    self._inline(f"{_numeral(number, element.get('type') or '1')}. ", emphasised=False)
                    number += 1
                before = len(self.pieces)
                self.block(item, indent)
                self.flush(indent, PieceKind.LIST_ITEM)
                self._as_item(before)

    def _as_item(self, position: int) -> None:
        """A list item's first paragraph is the item, however deep it was wrapped."""
        if position < len(self.pieces) and self.pieces[position].kind is PieceKind.PARAGRAPH:
            first = self.pieces[position]
            self.pieces[position] = Piece(PieceKind.LIST_ITEM, first.text, first.level, first.indent)

    def _table(self, table: Element, indent: float) -> None:
        for caption in table:
            if caption.tag == "caption":
                self.block(caption, indent)
                self.flush(indent)
        text = table_text(table, self._cell)
        if text:
            self.pieces.append(Piece(PieceKind.TABLE, text, indent=indent))

    def _cell(self, cell: Element) -> str:
        """A cell's text on one line; "" where it, its row or its part of the table is hidden."""
        around = [cell]
        while (parent := around[-1].getparent()) is not None and parent.tag in {"tr", "thead", "tbody", "tfoot"}:
            around.append(parent)
        inside = _Walker(self.styles, self.behind)
        for element in reversed(around):
            style = self.styles.style(element)
            if inside._skips(element, style):
                self.hidden += inside.hidden
                return ""
            inside.behind = background(style, inside.behind)
        inside.block(cell, 0.0)
        inside.flush(0.0)
        self.hidden += inside.hidden
        return one_line(" ".join(piece.text for piece in inside.pieces).replace("|", "/"))

    def _lines(self, element: Element) -> str:
        """The text of preformatted lines."""
        text = element.text or ""
        for child in element:
            if child.tag not in _SKIPPED and not self._skips(child, self.styles.style(child)):
                text += "\n" if child.tag == "br" else self._lines(child)
            text += child.tail or ""
        return text


def _left_of(element: Element) -> float:
    """Points that an element's own style sets it in by."""
    found = _LEFT.search(element.get("style") or "")
    if found is None:
        return 0.0
    try:
        return float(found.group(1)) * _POINTS[(found.group(2) or "px").lower()]
    except ValueError:
        return 0.0


def _start(element: Element) -> int:
    value = element.get("start") or "1"
    return int(value) if value.isdecimal() and len(value) < 6 else 1


def _numeral(number: int, style: str) -> str:
    """The number of a list item as its list prints it."""
    if style in {"a", "A"} and 1 <= number <= 26:
        letter = chr(ord("a") + number - 1)
        return letter.upper() if style == "A" else letter
    if style in {"i", "I"} and 1 <= number < 40:
        roman = "x" * (number // 10) + ["", "i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix"][number % 10]
        return roman.upper() if style == "I" else roman
    return str(number)
