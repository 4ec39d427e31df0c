"""Documents and editions as read under the caller's rights."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from retrieval.models import Box, ParseProblem
from retrieval.publishing.models import Publication


class EditionState(StrEnum):
    """parsing -> draft -> published -> withdrawn, or failed; a failed edition may be read in again."""

    PARSING = "parsing"
    DRAFT = "draft"
    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Edition:
    """One dated edition of a document, with what its document says of audience and library today."""

    edition_id: UUID
    document: str
    title: str
    library: str
    audience: tuple[str, ...]
    classification: str | None
    version: str
    effective_from: date
    effective_to: date | None
    state: EditionState
    media_type: str
    filename: str
    sha256: str
    page_count: int | None
    chunk_count: int | None
    problems: tuple[ParseProblem, ...]
    uploaded_by: str
    uploaded_at: datetime
    published_by: str | None
    published_at: datetime | None
    publication: Publication | None = None
    withdrawn_by: str | None = None
    withdrawn_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """A document with those of its editions that the caller may open, the newest first; at least one."""

    document: str
    title: str
    library: str
    audience: tuple[str, ...]
    classification: str | None
    editions: tuple[Edition, ...]


@dataclass(frozen=True, slots=True)
class Chunk:
    """A passage with its place: its edition, section and, for paged formats, page and boxes."""

    chunk_id: UUID
    ordinal: int
    section: tuple[str, ...]
    page: int | None
    page_end: int | None
    boxes: tuple[Box, ...]
    text: str
    sha256: str
    edition: Edition


@dataclass(frozen=True, slots=True)
class TextPassage:
    """One passage of the text view of an edition."""

    chunk_id: UUID
    ordinal: int
    section: tuple[str, ...]
    page: int | None
    text: str


@dataclass(frozen=True, slots=True)
class Page:
    """A page of a paged edition, in PDF points."""

    number: int
    width: float
    height: float
    text: str


@dataclass(frozen=True, slots=True)
class EditionFile:
    """The file as uploaded."""

    filename: str
    media_type: str
    sha256: str
    content: bytes
