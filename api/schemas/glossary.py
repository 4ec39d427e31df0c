"""The bank's glossary: entries, and what a question becomes by them."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field

from api.limits import INPUTS
from api.schemas.common import Body, Text
from retrieval.glossary.limits import GLOSSARY_LIMITS
from retrieval.glossary.models import Draft, Entry, ExpandedQuery, TermOrigin

# Twice the limits, so that it is our own words that say what to shorten.
Written = Annotated[Text, Field(min_length=1, max_length=2 * GLOSSARY_LIMITS.meaning_chars)]


class GlossaryEntry(Body):
    """A term and what it stands for. Everyone of the tenant reads it: no secrets, no names of customers."""

    term: Annotated[Written, Field(description="The short form or the other name, as it is written: DTI.")]
    meanings: Annotated[
        list[Written],
        Field(
            min_length=1,
            max_length=2 * GLOSSARY_LIMITS.meanings,
            description="What it stands for, the preferred one first: full forms or synonyms.",
        ),
    ]
    capitals_only: Annotated[
        bool | None,
        Field(description="Not recognised in small letters. Always so where that is an ordinary word."),
    ] = None
    note: Annotated[Text | None, Field(max_length=2 * GLOSSARY_LIMITS.note_chars)] = None
    replaces: Annotated[UUID | None, Field(description="The bank's own entry that this one takes the place of.")] = None

    def as_draft(self) -> Draft:
        return Draft(self.term, tuple(self.meanings), self.capitals_only, self.note, self.replaces)


class GlossaryEntryView(BaseModel):
    """An entry as it counts, or counted."""

    id: UUID
    term: str
    meanings: list[str] = Field(description="Empty where the bank has switched the term off.")
    capitals_only: bool
    origin: TermOrigin = Field(description="`built_in`: comes with the product; `bank`: the bank's own.")
    note: str | None
    replaced: bool = Field(description="One that comes with the product, in whose place an entry of the bank counts.")
    added_by: str | None
    added_at: datetime | None
    retired_by: str | None
    retired_at: datetime | None

    @classmethod
    def of(cls, entry: Entry) -> "GlossaryEntryView":
        term = entry.term
        return cls(
            id=term.id,
            term=term.term,
            meanings=list(term.meanings),
            capitals_only=term.capitals_only,
            origin=term.origin,
            note=entry.note,
            replaced=entry.replaced,
            added_by=entry.added_by,
            added_at=entry.added_at,
            retired_by=entry.retired_by,
            retired_at=entry.retired_at,
        )


class GlossaryQuestion(Body):
    """A question to try the glossary with. It is not kept."""

    text: Annotated[Text, Field(min_length=1, max_length=INPUTS.query_chars)]


class ExpansionView(BaseModel):
    """Words of a question that the glossary knows."""

    said: str
    means: list[str]
    added: list[str] = Field(description="Those that the question did not say itself.")
    entry: UUID


class ExpandedQuestion(BaseModel):
    """What a question becomes."""

    text: str = Field(description="The question with what its short forms mean in their place.")
    added: list[str] = Field(description="What is looked up beside the question's own words.")
    expansions: list[ExpansionView]

    @classmethod
    def of(cls, expanded: ExpandedQuery) -> "ExpandedQuestion":
        return cls(
            text=expanded.text,
            added=list(expanded.added),
            expansions=[
                ExpansionView(said=each.said, means=list(each.means), added=list(each.added), entry=each.entry)
                for each in expanded.expansions
            ],
        )
