"""Putting editions in force: what changed, what becomes of the days, who cited them."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field

from api.schemas.common import Body
from retrieval.documents.models import Edition, EditionState
from retrieval.publishing.calendar import Stretch
from retrieval.publishing.comparison import Comparison, PassageChange, PassageChangeKind, Place
from retrieval.publishing.findings import Finding, FindingKind, said
from retrieval.publishing.words import Change

Digest = Annotated[
    str | None,
    Field(
        max_length=64,
        description="`digest` of what was shown; 412 where the edition or what it is compared with has changed since.",
    ),
]


class Publish(Body):
    """What the publisher has seen."""

    digest: Digest = None


class FindingView(BaseModel):
    """Something about the days of a document. `until` is the first day that is no longer meant."""

    kind: FindingKind
    warns: bool = Field(description="Whether somebody should look again.")
    first: date
    until: date | None
    edition_id: UUID | None = Field(description="The other edition that it is about.")
    version: str | None
    text: str

    @classmethod
    def of(cls, finding: Finding, today: date) -> "FindingView":
        return cls(
            kind=finding.kind,
            warns=finding.kind.warns,
            first=finding.first,
            until=finding.until,
            edition_id=finding.edition_id,
            version=finding.version,
            text=said(finding, today),
        )


class StretchView(BaseModel):
    """Days on which one edition counts, or none (`edition_id` null)."""

    first: date
    until: date | None
    edition_id: UUID | None
    version: str | None

    @classmethod
    def of(cls, stretch: Stretch) -> "StretchView":
        return cls(first=stretch.first, until=stretch.until, edition_id=stretch.edition_id, version=stretch.version)


class ComparedEdition(BaseModel):
    """The edition that another is compared with."""

    id: UUID
    version: str
    effective_from: date
    effective_to: date | None
    state: EditionState

    @classmethod
    def of(cls, edition: Edition) -> "ComparedEdition":
        return cls(
            id=edition.edition_id,
            version=edition.version,
            effective_from=edition.effective_from,
            effective_to=edition.effective_to,
            state=edition.state,
        )


class PlaceView(BaseModel):
    """Where a change stands."""

    chunk_id: UUID
    page: int | None

    @classmethod
    def of(cls, place: Place | None) -> "PlaceView | None":
        return None if place is None else cls(chunk_id=place.chunk_id, page=place.page)


class PartView(BaseModel):
    """Words that stayed, went or came."""

    change: Change
    text: str
    figure: bool = Field(description="A number, an amount, a date or a unit that went or came.")


class PassageChangeView(BaseModel):
    """A passage that was added, removed, changed or moved."""

    kind: PassageChangeKind
    section: list[str]
    before: PlaceView | None = Field(description="Where it stands in the edition before; null for an added one.")
    after: PlaceView | None = Field(description="Where it stands in this edition; null for a removed one.")
    figures: bool = Field(description="Whether a figure went or came.")
    parts: list[PartView]

    @classmethod
    def of(cls, change: PassageChange) -> "PassageChangeView":
        return cls(
            kind=change.kind,
            section=list(change.section),
            before=PlaceView.of(change.before),
            after=PlaceView.of(change.after),
            figures=change.figures,
            parts=[PartView(change=part.change, text=part.text, figure=part.figure) for part in change.parts],
        )


class ChangeCounts(BaseModel):
    """How many passages changed, and how many sentences did not."""

    added: int
    removed: int
    changed: int
    moved: int
    figures: int = Field(description="Passages in which a figure went or came.")
    unchanged: int

    @classmethod
    def of(cls, comparison: Comparison) -> "ChangeCounts":
        kinds = [change.kind for change in comparison.changes]
        return cls(
            added=kinds.count(PassageChangeKind.ADDED),
            removed=kinds.count(PassageChangeKind.REMOVED),
            changed=kinds.count(PassageChangeKind.CHANGED),
            moved=kinds.count(PassageChangeKind.MOVED),
            figures=sum(change.figures for change in comparison.changes),
            unchanged=comparison.unchanged,
        )


class Publishing(BaseModel):
    """Whether the caller may put it in force now, and else why not."""

    allowed: bool
    reason: str | None
    second_owner: bool = Field(description="Whether the library asks for another policy owner than the uploader.")


class Changes(BaseModel):
    """What an edition changes against the one before, and what publishing it does to the document's days."""

    edition_id: UUID
    base: ComparedEdition | None = Field(description="The edition before; null for the document's first.")
    digest: str = Field(description="Names what was shown; publishing takes it.")
    publishing: Publishing
    findings: list[FindingView]
    calendar: list[StretchView] = Field(description="The document's days with this edition in force.")
    counts: ChangeCounts
    items: list[PassageChangeView]
    next_cursor: str | None = Field(description="For the next page of changes; null on the last.")


class Withdrawal(BaseModel):
    """What withdrawing an edition would do to the document's days."""

    edition_id: UUID
    digest: str = Field(description="Names what was shown; withdrawing takes it.")
    findings: list[FindingView]
    calendar: list[StretchView] = Field(description="The document's days without this edition.")


class CitedOn(BaseModel):
    """How many answers of a day cite the edition."""

    day: date
    answers: int


class Citations(BaseModel):
    """How many answers cite an edition. Whose they are is told to nobody here."""

    edition_id: UUID
    answers: int
    days: list[CitedOn] = Field(description="The latest first, at most a year's worth of days with such answers.")
    runs: str | None = Field(description="For compliance: where these runs are listed.")


class SourceNow(BaseModel):
    """The edition that counts instead."""

    edition_id: UUID
    title: str
    version: str
    effective_from: date


def findings(found: Sequence[Finding], today: date) -> list[FindingView]:
    """The findings, those that warn first, by day."""
    return [
        FindingView.of(finding, today)
        for finding in sorted(found, key=lambda each: (not each.kind.warns, each.first, each.kind.value))
    ]
