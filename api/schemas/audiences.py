"""Who may read a document, who could before, and changing it."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, Field

from api.limits import AUDIENCES, INPUTS
from api.schemas.approvals import PersonView
from api.schemas.common import Body, Name, Text


class AudienceBody(Body):
    """The audience that is wanted, and why."""

    audience: Annotated[
        list[Name],
        Field(min_length=1, max_length=INPUTS.audience_roles, description='Roles that may read it; `["*"]`: everyone.'),
    ]
    reason: Annotated[
        Text, Field(min_length=1, max_length=AUDIENCES.reason_chars, pattern=r"\S", description="Kept with the change.")
    ]
    seen: Annotated[
        int | None,
        Field(
            ge=1,
            le=INPUTS.whole_number,
            description="`number` of the audience that you looked at: another one since answers 409.",
        ),
    ] = None


class AudienceState(StrEnum):
    """What became of it. `waiting`: in this library a second policy owner has to ask for the same."""

    CHANGED = "changed"
    WAITING = "waiting"
    UNCHANGED = "unchanged"


class AudienceOutcome(BaseModel):
    """What became of the change, and who may read the document from now on."""

    document: str
    state: AudienceState
    audience: list[str] = Field(description="Who may read it now.")
    wanted: list[str]
    number: int = Field(description="Of the audience that holds now; it grows by one with each change.")
    still_yours: bool = Field(description="Whether the caller may still open it.")


class AudienceEntry(BaseModel):
    """One audience of the past or today's."""

    number: int
    audience: list[str]
    changed_by: PersonView
    proposed_by: PersonView | None = Field(description="Who asked for it first, where two policy owners had to agree.")
    reason: str | None = Field(description="Null for the audience that the document was created with.")
    changed_at: datetime


class WaitingAudience(BaseModel):
    """A wider audience that one policy owner asked for. Another one agrees by asking for the same."""

    audience: list[str]
    proposed_by: PersonView
    reason: str
    proposed_at: datetime
    own: bool = Field(description="Whether the caller asked for it.")


class AudienceView(BaseModel):
    """Who may read a document, for those who may change it."""

    document: str
    library: str
    audience: list[str]
    number: int
    since: datetime
    two_owners: bool = Field(description="Whether a wider audience needs a second policy owner here.")
    roles: list[str] = Field(description="Roles that can be named: the product's, and those that people here have.")
    history: list[AudienceEntry] = Field(description="The newest first, at most a hundred.")
    waiting: list[WaitingAudience]
