"""What compliance reads of questions without an answer: topics, so that gaps in the policies become visible."""

from datetime import date, datetime
from uuid import UUID

from pydantic import BaseModel, Field

from api.schemas.common import Page


class CodeCount(BaseModel):
    """How many of a topic's runs ended for this reason."""

    code: str
    reason: str
    count: int


class NearDocument(BaseModel):
    """A document whose passages came near, and for how many of the topic's runs."""

    document: str
    title: str
    library: str
    count: int


class UnansweredRun(BaseModel):
    """A run of a topic."""

    run_id: UUID
    question: str
    code: str
    created_at: datetime


class AbstentionTopic(BaseModel):
    """Questions about the same that the documents had no answer for."""

    terms: list[str] = Field(description="Words that the questions share; none where there is one question.")
    runs: int
    people: int = Field(description="How many different people asked.")
    first_at: datetime
    last_at: datetime
    codes: list[CodeCount]
    documents: list[NearDocument] = Field(description="None: nothing at all was found.")
    examples: list[UnansweredRun] = Field(description="The latest runs.")


class AbstentionTopics(Page[AbstentionTopic]):
    """Topics of a period, those asked about most often first."""

    since: date
    until: date
    runs: int = Field(description="Runs that were grouped.")
    wordless: int = Field(description="Runs beside these whose words were erased or altered.")
    cut: bool = Field(description="There were more; only the latest were grouped.")
