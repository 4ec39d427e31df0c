"""What compliance reads of access: who could read a document on a day, and why."""

from datetime import date, datetime
from uuid import UUID

from pydantic import BaseModel, Field

from api.schemas.approvals import PersonView
from retrieval.documents.models import EditionState


class EditionThen(BaseModel):
    """The edition that counted on the day, or the last one that could be opened on it."""

    edition_id: UUID
    version: str
    effective_from: date
    effective_to: date | None
    in_force: bool


class SpanThen(BaseModel):
    """A part of the day."""

    since: datetime
    until: datetime = Field(description="The end of the day, or now where it is not over, at the latest.")


class EditionAccess(EditionThen):
    """One edition as it stood on the day."""

    state: EditionState = Field(description="At the end of the day.")
    published_at: datetime | None = Field(description="By the end of the day; kept when it was withdrawn.")
    withdrawn_at: datetime | None
    spans: list[SpanThen] = Field(description="When on that day the person could open it.")
    reason: str


class AudienceThen(BaseModel):
    """For whom the document was meant from a moment on."""

    since: datetime
    audience: list[str]
    changed_by: PersonView


class RolesThen(BaseModel):
    """The person's roles from a moment on, as a sign-in then said."""

    since: datetime
    roles: list[str]


class AccessAnswer(BaseModel):
    """Whether a person could read a document on a day, and why."""

    user: PersonView
    document: str
    on: date
    allowed: bool = Field(description="At some moment of the day; false also where it is not known.")
    all_day: bool = Field(description="At every moment of the day, up to now where it is not over.")
    spans: list[SpanThen] = Field(description="When on that day the person could read something of it.")
    known: bool = Field(description="Everything that the answer rests on is on record.")
    reasons: list[str]
    roles_then: list[str] | None = Field(description="Null where nothing is noted of the person by then.")
    roles_today: list[str] | None
    noted: list[RolesThen] = Field(description="What the roles rest on: the last note before the day, then its own.")
    audience: list[str] | None = Field(description="The document's at the end of the day; null where it is not known.")
    audiences: list[AudienceThen] = Field(description="What it was at the day's beginning, then each change in it.")
    library: str
    edition: EditionThen | None = Field(description="The one that counted, else the last that could be opened.")
    editions: list[EditionAccess] = Field(description="All that were there by the end of the day.")
