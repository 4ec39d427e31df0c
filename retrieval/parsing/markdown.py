"""Markdown files: CommonMark with tables; front matter is left out, embedded HTML is read as HTML."""

import re
from collections.abc import Sequence

from markdown_it import MarkdownIt
from markdown_it.token import Token

from retrieval.models import ParsedDocument
from retrieval.parsing.assemble import Piece, PieceKind, assemble
from retrieval.parsing.decode import decode
from retrieval.parsing.errors import UnreadableDocument
from retrieval.parsing.html import html_pieces
from retrieval.parsing.markers import markers_of
from retrieval.parsing.normalise import one_line, without_bullet
from retrieval.parsing.pdf_headings import is_title_like

MEDIA_TYPE = "text/markdown"

_FRONT_MATTER = re.compile(r"\A---[ \t]*\n.*?\n(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
# Points that a nested list stands in from the one around it.
_NESTED_INDENT = 24.0
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)


def parse_markdown(content: bytes) -> ParsedDocument:
    """Parse a Markdown document. Raises `UnreadableDocument` when it holds no text."""
    text = _FRONT_MATTER.sub("", decode(content), count=1)
    tokens = MarkdownIt("commonmark", {"maxNesting": 60}).enable("table").parse(text)
    reader = _Reader()
    for token in tokens:
        reader.read(token)
    title, blocks = assemble(reader.pieces)
    if not blocks:
        raise UnreadableDocument("This Markdown file has no text. Upload one that holds the document's text.")
    return ParsedDocument(MEDIA_TYPE, title, (), blocks)


class _Reader:
    """Turns the flat token stream into pieces."""

    def __init__(self) -> None:
        self.pieces: list[Piece] = []
        self._heading = 0
        self._depth = 0
        self._prefix = ""
        self._rows: list[list[str]] = []
        self._numbers: list[int | None] = []

    def read(self, token: Token) -> None:
        match token.type:
            case "heading_open":
                self._heading = int(token.tag[1])
            case "bullet_list_open" | "ordered_list_open":
                self._numbers.append(_first_number(token) if token.type.startswith("ordered") else None)
            case "bullet_list_close" | "ordered_list_close":
                self._numbers.pop()
            case "list_item_open":
                number = self._numbers[-1]
                self._prefix = "•" if number is None else f"{number}."
                if number is not None:
                    self._numbers[-1] = number + 1
            case "tr_open":
                self._rows.append([])
            case "table_close":
                rows = [" | ".join(cells).rstrip(" |") for cells in self._rows]
                self.pieces.append(Piece(PieceKind.TABLE, "\n".join(row for row in rows if row), indent=self._indent()))
                self._rows = []
            case "inline":
                self._inline(token)
            case "fence" | "code_block":
                for line in token.content.splitlines():
                    self._paragraph(one_line(line), emphasised=False)
            case "html_block":
                self.pieces.extend(html_pieces(_COMMENT.sub("", token.content), self._indent()))
            case _:
                pass

    def _indent(self) -> float:
        return _NESTED_INDENT * len(self._numbers)

    def _inline(self, token: Token) -> None:
        text = one_line(_plain(token.children or []))
        if self._rows:
            self._rows[-1].append(text.replace("|", "/"))
        elif self._heading:
            if text:
                self.pieces.append(Piece(PieceKind.HEADING, text, self._heading))
            self._heading = 0
        else:
            self._paragraph(text, emphasised=_all_emphasised(token.children or []))

    def _paragraph(self, text: str, *, emphasised: bool) -> None:
        text, bulleted = without_bullet(text)
        if not text:
            return
        kind = PieceKind.LIST_ITEM if self._prefix or bulleted else PieceKind.PARAGRAPH
        if kind is PieceKind.PARAGRAPH and emphasised and is_title_like(text) and not markers_of(text):
            kind = PieceKind.RUN_IN_TITLE
        if self._prefix and self._prefix != "•":
            text = f"{self._prefix} {text}"
        self._prefix = ""
        self.pieces.append(Piece(kind, text, indent=self._indent()))


def _first_number(token: Token) -> int:
    return int(token.attrGet("start") or 1)


def _plain(children: Sequence[Token]) -> str:
    """Inline tokens as a reader sees them: without marks, link targets and tags; images by their description."""
    parts: list[str] = []
    for child in children:
        if child.type in {"text", "code_inline"}:
            parts.append(child.content)
        elif child.type in {"softbreak", "hardbreak"}:
            parts.append(" ")
        elif child.type == "image":
            parts.append(_plain(child.children or []))
        elif child.type == "html_inline" and child.tag == "" and child.content.lower().startswith("<br"):
            parts.append(" ")
    return "".join(parts)


def _all_emphasised(children: Sequence[Token]) -> bool:
    """Whether a paragraph is one emphasised stretch and nothing else."""
    shown = [child for child in children if child.type != "text" or child.content.strip()]
    opening = ("em_open", "strong_open")
    return (
        len(shown) > 2
        and shown[0].type in opening
        and shown[-1].type == shown[0].type.replace("open", "close")
        and sum(child.type in opening and child.level == shown[0].level for child in shown) == 1
    )
