"""The data passed between parsing, chunking, indexing and search: plain frozen values, no behaviour.

Lengths are PDF points (1/72 inch) with the origin at the top left of the page; character offsets are half-open
`[start, end)` into the text of the value that carries them.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from retrieval.stages import Explanation

Span = tuple[int, int]
"""Characters of a text, half-open."""


@dataclass(frozen=True, slots=True)
class Box:
    """Where one line (or a table cell's part of a line) stands on its page.

    `[start, end)` are the characters of the carrying block's or chunk's text that this box covers.
    """

    page: int
    x0: float
    y0: float
    x1: float
    y1: float
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class ParsedPage:
    """A page of a paged format; `number` counts from 1, `text` has one line per printed line."""

    number: int
    width: float
    height: float
    text: str


class BlockKind(StrEnum):
    """What a block is on the page; a list item includes paragraphs under a marker such as "(c)"."""

    HEADING = "heading"
    PARAGRAPH = "paragraph"
    LIST_ITEM = "list_item"
    TABLE = "table"


@dataclass(frozen=True, slots=True)
class Block:
    """A heading, paragraph, list item or table in reading order.

    `section` is the path of headings, outermost first, the paragraph's own markers ("(c)", "(1)") last; a heading's
    path includes itself. A table's text has one line per row, cells joined by " | ". Offsets of the boxes count in
    `text`.
    """

    kind: BlockKind
    text: str
    section: tuple[str, ...] = ()
    page: int | None = None
    boxes: tuple[Box, ...] = ()


@dataclass(frozen=True, slots=True)
class ParseProblem:
    """Something that could not be read, or that wants a look, reported beside the rest; `page` is None for the
    document as a whole or one without pages. `chunk_id`: the passage that it is about."""

    page: int | None
    code: str
    detail: str
    chunk_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class ParsedDocument:
    """What parsing yields; `pages` is empty for formats without pages (HTML, Markdown, plain text)."""

    media_type: str
    title: str | None
    pages: tuple[ParsedPage, ...]
    blocks: tuple[Block, ...]
    problems: tuple[ParseProblem, ...] = ()


@dataclass(frozen=True, slots=True)
class ChunkDraft:
    """A passage that can stand alone as a citation, before it has an id; `sha256` is over the UTF-8 text."""

    ordinal: int
    text: str
    section: tuple[str, ...]
    page: int | None
    page_end: int | None
    boxes: tuple[Box, ...]
    sha256: str
    flagged: tuple[Span, ...] | None = None
    """Parts of the text that read like orders to whoever reads it out; None: nobody looked."""


@dataclass(frozen=True, slots=True)
class Passage:
    """A chunk as found by a search, fetched under the caller's rights.

    `ref` is its number in the evidence, `score` the last stage's (0 to 1), `dense` the cosine, `lexical` the raw BM25.
    `beside` is the ref of the hit whose text this passage completes; None for a hit. `explanation` is there where it
    was asked for. `flagged`: parts of the text that read like orders to whoever reads it out.
    """

    ref: int
    chunk_id: UUID
    edition_id: UUID
    document: str
    title: str
    version: str
    library: str
    section: tuple[str, ...]
    page: int | None
    effective_from: date
    effective_to: date | None
    text: str
    sha256: str
    score: float
    dense: float
    lexical: float
    beside: int | None = None
    explanation: Explanation | None = None
    flagged: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Expansion:
    """Words of a question that the glossary knows.

    `said`: as written; `means`: what stands for the same; `added`: those of them that the question did not say and
    that were searched for too; `entry`: the entry of the glossary that says so.
    """

    said: str
    means: tuple[str, ...]
    added: tuple[str, ...]
    entry: UUID


@dataclass(frozen=True, slots=True)
class Evidence:
    """What one search found: passages best first, numbered 1..n, out of `candidates` visible chunks.

    `query` is the question as asked; `spelt_out` the same with what its abbreviations mean beside them, empty where
    the glossary knows none; `expansions` say what was searched for beside it. `common` are the question's terms, and
    pairs of them, that stand in many of the visible chunks.
    """

    query: str
    as_of: date
    passages: tuple[Passage, ...]
    candidates: int
    spelt_out: str = ""
    expansions: tuple[Expansion, ...] = ()
    common: tuple[str, ...] = ()

    @property
    def searched_also(self) -> list[str]:
        """What was searched for beside the question's own words, each once."""
        return list(dict.fromkeys(phrase for each in self.expansions for phrase in each.added))
