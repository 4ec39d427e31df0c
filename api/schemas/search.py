"""Searching without an answer."""

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field

from api.limits import INPUTS
from api.schemas.common import Body, Day, Name, Text
from retrieval.models import Evidence, Passage


class SearchRequest(Body):
    """What to look for."""

    query: Annotated[Text, Field(min_length=1, max_length=INPUTS.query_chars)]
    k: Annotated[int, Field(ge=1, le=INPUTS.search_results, description="How many passages at most.")] = 10
    as_of: Annotated[Day | None, Field(description="The day whose policy counts; today where none is given.")] = None
    libraries: Annotated[
        list[Name] | None,
        Field(min_length=1, max_length=INPUTS.libraries, description="Only these; all of the caller's where none."),
    ] = None
    explain: Annotated[bool, Field(description="Add the parts of the score.")] = False


class ScoreParts(BaseModel):
    """Where the score comes from."""

    dense: float = Field(description="Cosine of the embeddings.")
    lexical: float = Field(description="BM25 over the passages that the caller may read.")


class FoundPassage(BaseModel):
    """A passage as the assistant would have seen it."""

    ref: int
    chunk_id: UUID
    edition_id: UUID
    document: str
    title: str
    version: str
    library: str
    section: list[str]
    page: int | None
    effective_from: date
    effective_to: date | None
    text: str
    score: float
    explanation: ScoreParts | None = Field(default=None, description="Only with `explain`.")

    @classmethod
    def of(cls, passage: Passage, *, explain: bool) -> "FoundPassage":
        parts = ScoreParts(dense=passage.dense, lexical=passage.lexical) if explain else None
        return cls(
            ref=passage.ref,
            chunk_id=passage.chunk_id,
            edition_id=passage.edition_id,
            document=passage.document,
            title=passage.title,
            version=passage.version,
            library=passage.library,
            section=list(passage.section),
            page=passage.page,
            effective_from=passage.effective_from,
            effective_to=passage.effective_to,
            text=passage.text,
            score=passage.score,
            explanation=parts,
        )


class SearchResult(BaseModel):
    """Passages, best first."""

    as_of: date
    passages: list[FoundPassage]

    @classmethod
    def of(cls, evidence: Evidence, *, explain: bool) -> "SearchResult":
        return cls(
            as_of=evidence.as_of,
            passages=[FoundPassage.of(passage, explain=explain) for passage in evidence.passages],
        )
