"""What was used: calls of models and their tokens."""

from datetime import date

from pydantic import BaseModel, Field

from api.schemas.approvals import PersonView


class UsageLine(BaseModel):
    """The use of one model by one person on one day."""

    day: date
    model: str
    person: PersonView
    runs: int
    calls: int
    input_tokens: int
    output_tokens: int


class UsageTotal(BaseModel):
    """All of a period."""

    runs: int
    calls: int
    input_tokens: int
    output_tokens: int


class UsageView(BaseModel):
    """Use by day, model and person; days of the tenant's time zone."""

    since: date
    until: date
    total: UsageTotal
    items: list[UsageLine] = Field(description="The latest day first.")
    cut: bool = Field(description="There are more lines than are told; `total` counts all. Choose fewer days.")
