"""Hits on their way to passages, and the trail that explains each: what every stage made of it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from retrieval.index.store import FoundChunk
from retrieval.models import Passage
from retrieval.ranking import Step
from retrieval.stages import Explanation, Stage, StageScore

Rows = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Hit:
    """A chunk that was found: its row in the view, its id, its score so far (0..1), its cosine and its BM25."""

    row: int
    chunk_id: UUID
    score: float
    dense: float
    lexical: float


Read = tuple[Hit, FoundChunk]
"""A hit with what the caller may read of it."""


@dataclass(slots=True)
class Trail:
    """Notes what the stages do, where somebody asked for it."""

    explain: bool
    _places: dict[int, int] = field(default_factory=dict[int, int])
    _steps: tuple[Step, ...] = ()
    _later: list[tuple[Stage, dict[int, StageScore]]] = field(default_factory=list[tuple[Stage, dict[int, StageScore]]])

    def ranked(self, rows: Rows, steps: Sequence[Step]) -> None:
        """Note the steps over the candidates of these rows."""
        if self.explain:
            self._places = {row: at for at, row in enumerate(rows.tolist())}
            self._steps = tuple(steps)

    def reordered(self, stage: Stage, before: Sequence[Hit], after: Sequence[Hit]) -> None:
        """Note a stage that put hits into another order; its scores are those that the hits have now."""
        if not self.explain:
            return
        old = {hit.row: rank for rank, hit in enumerate(before, start=1)}
        new = {
            hit.row: StageScore(stage, hit.score if stage is Stage.RERANK else None, old[hit.row], rank)
            for rank, hit in enumerate(after, start=1)
        }
        self._later.append((stage, new))

    def of(self, row: int) -> Explanation | None:
        """What every stage made of the chunk of this row; None where nobody asked."""
        if not self.explain:
            return None
        at = self._places.get(row)
        early = [] if at is None else [_score(step, at) for step in self._steps]
        late = [scores[row] for _, scores in self._later if row in scores]
        return Explanation(len(self._places), (*early, *late))

    def beside(self, row: int, rank: int) -> Explanation | None:
        """As `of`, for a chunk that was brought along to stand at this rank."""
        found = self.of(row)
        if found is None:
            return None
        return Explanation(found.candidates, (*found.stages, StageScore(Stage.NEIGHBOURS, None, None, rank)))


def _score(step: Step, at: int) -> StageScore:
    score = float(step.scores[at])
    return StageScore(
        step.stage, None if np.isnan(score) else score, int(step.before[at]) or None, int(step.after[at]) or None
    )


def passage_of(ref: int, hit: Hit, chunk: FoundChunk, trail: Trail, *, beside: int | None = None) -> Passage:
    """The hit as the passage with this number."""
    return Passage(
        ref=ref,
        chunk_id=chunk.chunk_id,
        edition_id=chunk.edition_id,
        document=chunk.document,
        title=chunk.title,
        version=chunk.version,
        library=chunk.library,
        section=chunk.section,
        page=chunk.page,
        effective_from=chunk.effective_from,
        effective_to=chunk.effective_to,
        text=chunk.text,
        sha256=chunk.sha256,
        score=hit.score,
        dense=hit.dense,
        lexical=hit.lexical,
        beside=beside,
        explanation=trail.of(hit.row) if beside is None else trail.beside(hit.row, ref),
        flagged=chunk.flagged or (),
    )
