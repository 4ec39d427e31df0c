"""Plain text files: paragraphs between blank lines; headings by underline, number or capitals; lists by marker."""

import re
from itertools import groupby

from retrieval.models import ParsedDocument
from retrieval.parsing.assemble import Piece, PieceKind, assemble
from retrieval.parsing.decode import decode
from retrieval.parsing.errors import UnreadableDocument
from retrieval.parsing.markers import markers_of
from retrieval.parsing.normalise import one_line, visible, without_bullet

MEDIA_TYPE = "text/plain"

_LONGEST_HEADING = 100
_NUMBERED = re.compile(
    r"(?:(?:section|part|chapter|article|appendix|annex)\s+)?(\d{1,2}(?:\.\d{1,2}){0,4})[.:)]?\s+[^\W\d_]",
    re.IGNORECASE,
)
_NAMED = re.compile(r"(?:§+\s*\d|(?:section|part|chapter|article|appendix|annex)\s+[\dIVXA-Z]{1,5}\b)", re.IGNORECASE)
_UNDERLINE = re.compile(r"(={3,}|-{3,}|~{3,}|\*{3,}|_{3,})")
_DASHED_ITEM = re.compile(r"[-*+]\s+(?=\S)")
_NO_HEADING_END = (".", ";", ",", ":", "?", "!")
# Points per column of indentation, and columns per tab.
_COLUMN = 6.0
_TAB = 4


def parse_plain(content: bytes) -> ParsedDocument:
    """Parse a plain text document. Raises `UnreadableDocument` when it holds no text."""
    lines = decode(content).expandtabs(_TAB).split("\n")
    pieces: list[Piece] = []
    for blank, group in groupby(lines, key=lambda line: not line.strip()):
        if not blank:
            pieces.extend(_stanza(list(group)))
    title, blocks = assemble(pieces)
    if not blocks:
        raise UnreadableDocument("This text file has no text. Upload one that holds the document's text.")
    return ParsedDocument(MEDIA_TYPE, title, (), blocks)


def _stanza(lines: list[str]) -> list[Piece]:
    """Lines between blank lines: a heading, or paragraphs that markers part."""
    pieces: list[Piece] = []
    paragraph: list[str] = []
    position = 0
    while position < len(lines):
        line = lines[position]
        following = lines[position + 1].strip() if position + 1 < len(lines) else None
        level = None if paragraph else _heading_level(line.strip(), following, alone=len(lines) == 1)
        if level is not None:
            pieces.append(Piece(PieceKind.HEADING, one_line(line), level))
            position += 2 if following is not None and _UNDERLINE.fullmatch(following) else 1
            continue
        if not _UNDERLINE.fullmatch(line.strip()):
            if paragraph and _begins_item(line):
                pieces.extend(_paragraph(paragraph))
                paragraph = []
            paragraph.append(line)
        position += 1
    pieces.extend(_paragraph(paragraph))
    return pieces


def _begins_item(line: str) -> bool:
    text = visible(line).strip()
    return bool(markers_of(text)) or without_bullet(text)[1] or _DASHED_ITEM.match(text) is not None


def _paragraph(lines: list[str]) -> list[Piece]:
    text = one_line(" ".join(lines))
    if not text:
        return []
    text, bulleted = without_bullet(text)
    dashed = _DASHED_ITEM.match(text)
    if dashed:
        text = text[dashed.end() :]
    kind = PieceKind.LIST_ITEM if bulleted or dashed else PieceKind.PARAGRAPH
    indent = _COLUMN * (len(lines[0]) - len(lines[0].lstrip()))
    return [Piece(kind, text, indent=indent)]


def _heading_level(line: str, following: str | None, *, alone: bool) -> int | None:
    """The level of a heading line, or None: underlined 1 or 2, capitals 3, "§" and numbered 4 and deeper."""
    if len(line) > _LONGEST_HEADING or not any(map(str.isalpha, line)):
        return None
    if following is not None and _UNDERLINE.fullmatch(following):
        return 1 if following[0] in "=*" else 2
    if line.endswith(_NO_HEADING_END) and not line.startswith("§"):
        return None
    letters = [character for character in line if character.isalpha()]
    numbered = _NUMBERED.match(line)
    if len(letters) > 3 and all(letter.isupper() for letter in letters):
        return 4 + numbered.group(1).count(".") if numbered else 3
    if not alone and following is not None and not _begins_item(following):
        return None
    if numbered and (alone or "." in numbered.group(1)):
        return 4 + numbered.group(1).count(".")
    return 4 if _NAMED.match(line) and alone else None
