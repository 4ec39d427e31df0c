"""Structured answers: a checklist, or a note on a case, each field with its source and a measured confidence.

Closed and bounded: what is not described here can't be in a form. No field's words are a model's own unless they were
checked like a claim; titles and groups are headings of approved documents, facts the person's own words.
"""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

TEXT_LENGTH = 1_200
"""Characters of one field: as long as a claim may be."""

MOST_FIELDS = 60
"""Of each part: a checklist that nobody would go through on one page is several."""

MOST_CELLS = 8
MOST_CITATIONS = 8


class Basis(StrEnum):
    """What the confidence in a field rests on."""

    WORD_FOR_WORD = "word_for_word"
    CHECKED = "checked"
    YOURS = "yours"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


Text = Annotated[str, Field(min_length=1, max_length=TEXT_LENGTH)]
Name = Annotated[str, Field(max_length=300)]


class Cell(_Part):
    """A cell of a quoted row under the name of its column."""

    name: Name
    text: Text


class FormField(_Part):
    """One field.

    `source`: the cited passages, or `you`: what the person wrote, which nothing was checked against. `claim`: which of
    the answer's claims it is. `confidence`: 1 where it stands word for word in a cited passage, else the support that
    the check measured; none for the person's own words.
    """

    id: Annotated[str, Field(pattern=r"^[a-z]{1,12}[0-9]{1,3}$")]
    text: Text
    source: Literal["passage", "you"]
    citations: Annotated[list[int], Field(max_length=MOST_CITATIONS)] = []
    claim: Annotated[int | None, Field(ge=0)] = None
    quote: bool = False
    basis: Basis
    confidence: Annotated[float | None, Field(ge=0, le=1)] = None

    @model_validator(mode="after")
    def _has_its_source(self) -> "FormField":
        of_passages = bool(self.citations) and self.claim is not None and self.confidence is not None
        own = not self.citations and self.claim is None and self.confidence is None and self.basis is Basis.YOURS
        if not (of_passages and self.basis is not Basis.YOURS if self.source == "passage" else own):
            raise ValueError("a field has passages and a confidence, or is the person's own words and has neither")
        return self


class ChecklistItem(FormField):
    """One thing to do, collect or observe.

    `group`: the heading that it stands under, `mark`: its number there; `condition`: when it applies, in the words of
    its source; `lead`: the words that introduce the list that it is an item of, without which it may say the
    contrary; `required`: whether its words say must or may, null where they say neither; `cells`: a row of a table
    by its columns.
    """

    group: Name | None = None
    mark: Name | None = None
    lead: Text | None = None
    condition: Text | None = None
    required: bool | None = None
    cells: Annotated[list[Cell], Field(max_length=MOST_CELLS)] = []


class Checklist(_Part):
    """`title`: the document, and the section where all stand in one. `left_out`: items that were written, did not hold
    up against their sources and had no sentence there to take their place."""

    kind: Literal["checklist"] = "checklist"
    title: Name
    items: Annotated[list[ChecklistItem], Field(min_length=1, max_length=MOST_FIELDS)]
    left_out: Annotated[int, Field(ge=0)] = 0


Fields = Annotated[list[FormField], Field(max_length=MOST_FIELDS)]


class CaseNote(_Part):
    """`subject`, `facts` and what the person called open are their own words; `rules`, `next_steps` and further open
    points come from the cited passages."""

    kind: Literal["case_note"] = "case_note"
    subject: FormField
    facts: Fields = []
    rules: Fields = []
    next_steps: Fields = []
    open_points: Fields = []
    left_out: Annotated[int, Field(ge=0)] = 0


Structured = Annotated[Checklist | CaseNote, Field(discriminator="kind")]


def fields_of(form: Checklist | CaseNote) -> list[FormField]:
    """Every field, in the order in which the form shows them."""
    if isinstance(form, Checklist):
        return [*form.items]
    return [form.subject, *form.facts, *form.rules, *form.next_steps, *form.open_points]
