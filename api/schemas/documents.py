"""Documents, their editions, pages and passages."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field

from api.limits import INPUTS
from api.schemas.common import Body, Day, Name
from api.schemas.publishing import FindingView, StretchView, findings
from retrieval.documents.models import Chunk, Document, Edition, EditionState, Page, TextPassage
from retrieval.editions.models import EditionMetadata
from retrieval.publishing.calendar import Term, calendar, counting_on
from retrieval.references.resolve import Resolved


class UploadMetadata(Body):
    """What the policy owner says of a file. An edition is one `(document, version, effective_from)`."""

    document: Annotated[Name, Field(description="The key under which all editions of the document stand.")]
    title: Name
    library: Name
    version: Name
    effective_from: Annotated[Day, Field(description="The first day on which it counts.")]
    effective_to: Annotated[Day | None, Field(description="The first day on which it no longer counts.")] = None
    audience: Annotated[
        list[Name],
        Field(min_length=1, max_length=INPUTS.audience_roles, description='Roles that may read it; `["*"]`: everyone.'),
    ]
    classification: Name | None = None

    def as_metadata(self) -> EditionMetadata:
        return EditionMetadata(
            document=self.document,
            title=self.title,
            library=self.library,
            version=self.version,
            effective_from=self.effective_from,
            effective_to=self.effective_to,
            audience=tuple(self.audience),
            classification=self.classification,
        )


class UploadAccepted(BaseModel):
    """The edition, and the job that reads its file."""

    edition_id: UUID
    job_id: UUID


class ParseProblemView(BaseModel):
    """Something that could not be read, or (`planted_instructions`) that wants a look before it is published."""

    page: int | None
    code: str
    detail: str
    chunk_id: UUID | None = Field(description="The passage that it is about.")


class EditionSummary(BaseModel):
    """One dated edition of a document."""

    id: UUID
    version: str
    effective_from: date
    effective_to: date | None
    state: EditionState
    pages: int | None = Field(description="How many; null for formats without pages.")
    in_force: bool = Field(description="Whether it is the edition that counts today.")


class DocumentView(BaseModel):
    """A document with those of its editions that the caller may open, the newest first."""

    key: str
    title: str
    library: str
    audience: list[str]
    classification: str | None
    editions: list[EditionSummary]

    @classmethod
    def of(cls, document: Document, today: date) -> "DocumentView":
        return cls(
            key=document.document,
            title=document.title,
            library=document.library,
            audience=list(document.audience),
            classification=document.classification,
            editions=summaries(document.editions, today),
        )


class EditionView(EditionSummary):
    """An edition with where it stands, how its file could be read, and its siblings."""

    document: str
    title: str
    library: str
    audience: list[str]
    classification: str | None
    media_type: str
    filename: str
    sha256: str
    chunks: int | None
    problems: list[ParseProblemView]
    uploaded_by: str
    uploaded_at: datetime
    published_by: str | None
    published_at: datetime | None
    withdrawn_by: str | None
    withdrawn_at: datetime | None
    findings: list[FindingView] = Field(
        description="What was found of the days when it was published; for policy owners."
    )
    calendar: list[StretchView] = Field(description="On which days which edition that the caller may open counts.")
    editions: list[EditionSummary] = Field(description="All editions of the document that the caller may open.")

    @classmethod
    def holding(
        cls, edition: Edition, siblings: Sequence[Edition], today: date, *, with_findings: bool
    ) -> "EditionView":
        listed = summaries(siblings, today)
        own = next(summary for summary in listed if summary.id == edition.edition_id)
        return cls(
            **own.model_dump(),
            document=edition.document,
            title=edition.title,
            library=edition.library,
            audience=list(edition.audience),
            classification=edition.classification,
            media_type=edition.media_type,
            filename=edition.filename,
            sha256=edition.sha256,
            chunks=edition.chunk_count,
            problems=[ParseProblemView(**asdict(problem)) for problem in edition.problems],
            uploaded_by=edition.uploaded_by,
            uploaded_at=edition.uploaded_at,
            published_by=edition.published_by,
            published_at=edition.published_at,
            withdrawn_by=edition.withdrawn_by,
            withdrawn_at=edition.withdrawn_at,
            findings=findings(edition.publication.findings, today) if with_findings and edition.publication else [],
            calendar=[StretchView.of(stretch) for stretch in calendar(_terms(siblings))],
            editions=listed,
        )


def summaries(editions: Sequence[Edition], today: date) -> list[EditionSummary]:
    """The editions of one document; of the published ones that have begun the latest counts, while it lasts."""
    counting = counting_on(today, calendar(_terms(editions)))
    return [
        EditionSummary(
            id=edition.edition_id,
            version=edition.version,
            effective_from=edition.effective_from,
            effective_to=edition.effective_to,
            state=edition.state,
            pages=edition.page_count,
            in_force=counting is not None and counting.edition_id == edition.edition_id,
        )
        for edition in editions
    ]


def _terms(editions: Sequence[Edition]) -> list[Term]:
    return [
        Term(edition.edition_id, edition.version, edition.effective_from, edition.effective_to, edition.published_at)
        for edition in editions
        if edition.state is EditionState.PUBLISHED and edition.published_at is not None
    ]


class BoxView(BaseModel):
    """One line of a passage on its page, in PDF points from the top left; `[start, end)` in the passage's text."""

    page: int
    x0: float
    y0: float
    x1: float
    y1: float
    start: int
    end: int


class ReferenceView(BaseModel):
    """Where a passage points to."""

    text: str = Field(description="As the passage says it: “§ 1005.2(b)”, or a term that is defined elsewhere.")
    chunk_id: UUID = Field(description="The passage that is meant, or in which it begins.")
    edition_id: UUID
    section: list[str]
    document: str


class ChunkView(BaseModel):
    """A passage with its place."""

    id: UUID
    edition_id: UUID
    document: str
    title: str
    version: str
    library: str
    section: list[str]
    page: int | None
    page_end: int | None
    pages: int | None = Field(description="How many pages the edition has.")
    page_width: float | None = Field(description="Of the page that it begins on, in PDF points.")
    page_height: float | None
    boxes: list[BoxView]
    text: str
    sha256: str
    effective_from: date
    effective_to: date | None
    media_type: str
    references: list[ReferenceView] = Field(
        description="Sections, annexes and definitions that it points to and that the caller may read, in order."
    )

    @classmethod
    def of(cls, chunk: Chunk, page: Page | None, references: Sequence[Resolved]) -> "ChunkView":
        edition = chunk.edition
        return cls(
            id=chunk.chunk_id,
            edition_id=edition.edition_id,
            document=edition.document,
            title=edition.title,
            version=edition.version,
            library=edition.library,
            section=list(chunk.section),
            page=chunk.page,
            page_end=chunk.page_end,
            pages=edition.page_count,
            page_width=None if page is None else page.width,
            page_height=None if page is None else page.height,
            boxes=[BoxView(**asdict(box)) for box in chunk.boxes],
            text=chunk.text,
            sha256=chunk.sha256,
            effective_from=edition.effective_from,
            effective_to=edition.effective_to,
            media_type=edition.media_type,
            references=[
                ReferenceView(
                    text=item.text,
                    chunk_id=item.chunk_id,
                    edition_id=item.edition_id,
                    section=list(item.section),
                    document=item.document,
                )
                for item in references
            ],
        )


class TextItem(BaseModel):
    """One passage of the text view."""

    chunk_id: UUID
    section: list[str]
    page: int | None
    text: str
    marked: bool


class EditionText(BaseModel):
    """The text of an edition, passage by passage."""

    edition_id: UUID
    title: str
    items: list[TextItem]

    @classmethod
    def of(cls, edition: Edition, passages: Sequence[TextPassage], marked: UUID | None) -> "EditionText":
        return cls(
            edition_id=edition.edition_id,
            title=edition.title,
            items=[
                TextItem(
                    chunk_id=passage.chunk_id,
                    section=list(passage.section),
                    page=passage.page,
                    text=passage.text,
                    marked=passage.chunk_id == marked,
                )
                for passage in passages
            ],
        )
