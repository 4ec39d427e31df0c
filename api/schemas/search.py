"""Searching without an answer."""

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field

from api.limits import INPUTS
from api.schemas.common import Body, Day, Name, Text
from retrieval.models import Evidence, Passage
from retrieval.stages import Explanation, Stage
from retrieval.thresholds import NEIGHBOURS


class SearchRequest(Body):
    """What to look for."""

    query: Annotated[Text, Field(min_length=1, max_length=INPUTS.query_chars)]
    k: Annotated[
        int,
        Field(
            ge=1,
            le=INPUTS.search_results,
            description="How many hits at most. Behind them may come passages next to one of the best hits that is cut "
            f"off, which complete it: up to {NEIGHBOURS.passages} more, each with the hit's number in `beside`.",
        ),
    ] = 10
    as_of: Annotated[Day | None, Field(description="The day whose policy counts; today where none is given.")] = None
    libraries: Annotated[
        list[Name] | None,
        Field(min_length=1, max_length=INPUTS.libraries, description="Only these; all of the caller's where none."),
    ] = None
    explain: Annotated[
        bool, Field(description="Tell why each was found. For those with the right `search:explain`; 403 else.")
    ] = False


class StageView(BaseModel):
    """What one stage of the search made of a passage."""

    stage: Stage
    score: float | None = Field(
        description="The stage's own: raw BM25 of words or phrases, the cosine, the fused score, the learned one, the "
        "reranking model's; null where it gave none."
    )
    before: int | None = Field(description="Rank before the stage, from 1; null where the passage had none yet.")
    after: int | None = Field(description="Rank after it; null where the passage took no part in it.")


class ExplanationView(BaseModel):
    """Why a passage stands where it does. All of it is worked out from passages that the caller may read."""

    dense: float = Field(description="Cosine of the embeddings.")
    lexical: float = Field(description="BM25 over the passages that the caller may read.")
    candidates: int = Field(description="How many passages took part.")
    stages: list[StageView] = Field(description="In the order in which they ran.")

    @classmethod
    def of(cls, passage: Passage, explanation: Explanation) -> "ExplanationView":
        return cls(
            dense=passage.dense,
            lexical=passage.lexical,
            candidates=explanation.candidates,
            stages=[
                StageView(stage=each.stage, score=each.score, before=each.before, after=each.after)
                for each in explanation.stages
            ],
        )


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
    score: float = Field(description="The last stage's, 0 to 1; where `beside` is set, the last hit's.")
    beside: int | None = Field(
        description="The `ref` of the hit that this passage completes; null for a hit. They stand behind all hits."
    )
    explanation: ExplanationView | None = Field(default=None, description="Only with `explain`.")

    @classmethod
    def of(cls, passage: Passage) -> "FoundPassage":
        explained = passage.explanation
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
            beside=passage.beside,
            explanation=None if explained is None else ExplanationView.of(passage, explained),
        )


class SearchResult(BaseModel):
    """The hits, best first, and behind them what completes those that are cut off."""

    as_of: date
    searched_also: list[str] = Field(description="What the bank's glossary added to the question.")
    passages: list[FoundPassage]

    @classmethod
    def of(cls, evidence: Evidence) -> "SearchResult":
        return cls(
            as_of=evidence.as_of,
            searched_also=evidence.searched_also,
            passages=[FoundPassage.of(passage) for passage in evidence.passages],
        )
