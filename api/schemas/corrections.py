"""Corrections of a form's fields."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field

from api.limits import INPUTS
from api.schemas.common import Body, Text
from runs.corrections.book import Correction


class NewCorrection(Body):
    """What the person writes in the place of a field's text."""

    field: Annotated[str, Field(pattern=r"^[a-z]{1,12}[0-9]{1,3}$", description="The field's `id` in the form.")]
    text: Annotated[Text, Field(min_length=1, max_length=INPUTS.correction_chars, pattern=r"\S")]


class CorrectionView(BaseModel):
    """A field as a person changed it: their own words, which nobody checked. The checked text stays in the form."""

    id: UUID
    field: str
    text: str
    person: str
    at: datetime

    @classmethod
    def of(cls, correction: Correction) -> "CorrectionView":
        return cls(
            id=correction.id, field=correction.field, text=correction.text, person=correction.person, at=correction.at
        )
