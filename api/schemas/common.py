"""What the requests and replies of all resources share."""

import re
from datetime import date
from typing import Annotated, Generic, TypeVar

from fastapi import Query
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from api.cursors import MAX_CHARS
from api.limits import INPUTS

Item = TypeVar("Item")

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


def _storable(text: str) -> str:
    """Refuse what UTF-8 or PostgreSQL can't hold: half of a surrogate pair, which JSON can escape, and NUL."""
    if "\x00" in text or any("\ud800" <= character <= "\udfff" for character in text):
        raise ValueError("it has a character that is not text")
    return text


def _written_day(value: object) -> object:
    """Only the written form: a number would be taken for seconds since 1970."""
    if isinstance(value, str) and not _DAY.fullmatch(value):
        raise ValueError("write the day as YYYY-MM-DD")
    if not isinstance(value, str | date):
        raise ValueError("write the day as YYYY-MM-DD")
    return value


Text = Annotated[str, AfterValidator(_storable)]
Name = Annotated[Text, Field(min_length=1, max_length=INPUTS.name_chars)]
Day = Annotated[date, BeforeValidator(_written_day)]

Limit = Annotated[int, Query(ge=1, le=INPUTS.page_size, description="How many items at most.")]
Cursor = Annotated[str | None, Query(max_length=MAX_CHARS, description="`next_cursor` of the page before; opaque.")]


class Body(BaseModel):
    """A request body: unknown fields are refused, so that a misspelt one is not silently without effect."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Page(BaseModel, Generic[Item]):
    """One page of a list."""

    items: list[Item]
    next_cursor: str | None = Field(description="For the next page; null on the last.")
