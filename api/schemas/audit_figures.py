"""What compliance reads of a period: volume, reasons, topics, decisions."""

from datetime import date
from typing import Literal

from pydantic import BaseModel, Field

from runs.models import RunStatus


class DayVolume(BaseModel):
    """The runs that began on a day, by how they ended."""

    day: date
    answered: int
    abstained: int
    refused: int
    acted: int
    other: int


class ReasonCount(BaseModel):
    """How often there was no answer for this reason."""

    code: str
    reason: str = Field(description="The sentence behind the code; the code where it has none.")
    status: RunStatus
    count: int


class TopicCount(BaseModel):
    """Runs by what they were about: the library of the best passage, or what kind of request it was."""

    kind: Literal["library", "intent"]
    name: str
    count: int
    abstained: int
    refused: int


class DayDecisions(BaseModel):
    """The requests for a signature that were closed on a day."""

    day: date
    approved: int
    rejected: int
    edited: int
    expired: int
    withdrawn: int
    voided: int


class AgeCount(BaseModel):
    """Requests that were decided within this time, and not within the one before."""

    up_to_s: int | None = Field(description="Null: longer than all before.")
    count: int


class Overview(BaseModel):
    """Figures of a period, by days of the tenant's time zone."""

    since: date
    until: date
    volume: list[DayVolume]
    reasons: list[ReasonCount]
    topics: list[TopicCount]
    approvals: list[DayDecisions]
    ages_s: list[AgeCount] = Field(description="From the request to its decision by a person.")
    decisions: dict[str, int]
