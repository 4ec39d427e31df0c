"""What became of the editions that an answer cites."""

from datetime import date
from enum import StrEnum
from uuid import UUID

from pydantic import BaseModel, Field

from api.schemas.publishing import SourceNow


class Standing(StrEnum):
    """`replaced`: another edition counts. `ended`: its days are over and none does. `withdrawn`: a policy owner took it
    back. `unavailable`: the reader may no longer read it."""

    REPLACED = "replaced"
    ENDED = "ended"
    WITHDRAWN = "withdrawn"
    UNAVAILABLE = "unavailable"


class SupersededSource(BaseModel):
    """A cited edition that no longer counts on the day that the answer is about."""

    edition_id: UUID
    refs: list[int] = Field(description="The sources of the answer that stand in it.")
    standing: Standing
    since: date | None = Field(description="The first day on which it no longer counted; null where that is not told.")
    now: SourceNow | None = Field(description="The edition that counts instead; null where none does or is not told.")
    text: str
