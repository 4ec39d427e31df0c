"""Search: access first, then words and meaning fused, near duplicates dropped, read again under the caller's rights."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Protocol
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from core.database import Database
from core.errors import Unprocessable
from core.principal import Principal
from retrieval.access import Scope
from retrieval.dense import DenseIndex, Nearest, top_rows
from retrieval.fusion import distinct, fuse
from retrieval.glossary.models import ExpandedQuery, Expander
from retrieval.index import store
from retrieval.index.cache import DEFAULT_BYTES, Views
from retrieval.index.store import FoundChunk
from retrieval.index.threads import over_chunks
from retrieval.index.views import View
from retrieval.lexical import Match
from retrieval.models import Evidence, Passage
from retrieval.stages import Explanation, Stage, StageScore
from retrieval.thresholds import FUSION, LIMITS


class QueryEmbedder(Protocol):
    """Turns texts into L2-normalised vectors, (n, dimension) float32."""

    async def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """One vector for each text, in order."""
        ...


class Reranker(Protocol):
    """Scores passages against a question better and more slowly than the index; none is built in."""

    async def scores(self, query: str, texts: Sequence[str]) -> Sequence[float]:
        """0..1 for each text, in order; they replace the fused scores."""
        ...


@dataclass(frozen=True, slots=True)
class _Hit:
    chunk_id: UUID
    score: float
    dense: float
    lexical: float


class Searcher:
    """Finds the passages that a person may read and that fit a question. Checks no permission: the doors do."""

    def __init__(
        self,
        database: Database,
        embedder: QueryEmbedder,
        dense: DenseIndex,
        *,
        reranker: Reranker | None = None,
        expander: Expander | None = None,
        cache_bytes: int = DEFAULT_BYTES,
    ) -> None:
        self._database = database
        self._embedder = embedder
        self._dense = dense
        self._reranker = reranker
        self._expander = expander
        self._views = Views(database, vectors=dense.wants_vectors, max_bytes=cache_bytes)

    async def search(
        self,
        principal: Principal,
        query: str,
        *,
        as_of: date,
        k: int = 10,
        libraries: Sequence[str] | None = None,
        explain: bool = False,
    ) -> Evidence:
        """The at most `k` best passages of the editions that count on `as_of`, best first, numbered from 1.

        With `explain`, each comes with what every stage made of it.
        Raises `Unprocessable` for an empty or overlong question, or `k` out of bounds.
        """
        _check(query, k, libraries)
        scope = Scope.of(principal, as_of, libraries)
        asked = ExpandedQuery(query) if self._expander is None else await self._expander.expand(principal, query)
        vectors, view = await asyncio.gather(self._embedder.embed([asked.text]), self._views.of(scope))
        hits = await self._rank(scope, view, query, asked, vectors[0], k + FUSION.spare)
        found = await self._read(scope, hits)
        if self._reranker is not None:
            found = await _reranked(self._reranker, query, found)
        kept = [found[at] for at in distinct([chunk.text for _, chunk in found], k)]
        passages = tuple(_passage(ref, hit, chunk) for ref, (hit, chunk) in enumerate(kept, start=1))
        if explain:
            passages = tuple(_explained(passage, view.size) for passage in passages)
        return Evidence(
            query=query,
            as_of=as_of,
            passages=passages,
            candidates=view.size,
            spelt_out=asked.spelt_out,
            expansions=asked.expansions,
        )

    async def warm(self, principal: Principal, as_of: date) -> int:
        """Build the view of this caller's scope ahead of the first question; the number of its chunks."""
        return (await self._views.of(Scope.of(principal, as_of, None))).size

    async def _rank(
        self, scope: Scope, view: View, query: str, asked: ExpandedQuery, vector: NDArray[np.float32], limit: int
    ) -> list[_Hit]:
        if not view.size:
            return []
        match = await over_chunks(view.size, _lexical, view, query, asked.added)
        lexical = match.scores
        nearest = await self._dense.nearest(scope, view, vector, FUSION.candidates)
        rows, cosines = await self._candidates(scope, view, vector, lexical, nearest)
        fused = fuse(lexical[rows], cosines, view.lexical.lengths[rows], match.ceiling)
        best = np.lexsort((rows, -fused))[:limit]
        return [
            _Hit(view.chunk_ids[int(rows[at])], float(fused[at]), float(cosines[at]), float(lexical[rows[at]]))
            for at in best
            if fused[at] > 0.0
        ]

    async def _candidates(
        self, scope: Scope, view: View, vector: NDArray[np.float32], lexical: NDArray[np.float32], nearest: Nearest
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """The rows of either list, each once, with their cosines."""
        by_words = top_rows(lexical, FUSION.candidates)
        more = np.setdiff1d(by_words[lexical[by_words] > 0.0], nearest.rows)
        cosines = await self._dense.cosines(scope, view, vector, more)
        return np.concatenate([nearest.rows, more]), np.concatenate([nearest.cosines, cosines])

    async def _read(self, scope: Scope, hits: Sequence[_Hit]) -> list[tuple[_Hit, FoundChunk]]:
        if not hits:
            return []
        async with self._database.transaction(scope.principal) as tx:
            chunks = await store.fetch_chunks(tx, scope, [hit.chunk_id for hit in hits])
        return [(hit, chunks[hit.chunk_id]) for hit in hits if hit.chunk_id in chunks]


def _lexical(view: View, query: str, added: Sequence[str]) -> Match:
    """BM25 of the question's words, and at a lower weight of what the glossary added."""
    match = view.lexical.match(query)
    if not added:
        return match
    more = view.lexical.match(" ".join(added))
    scores = match.scores
    scores += np.float32(FUSION.added) * more.scores
    return Match(scores, match.ceiling + FUSION.added * more.ceiling)


def _check(query: str, k: int, libraries: Sequence[str] | None) -> None:
    if not query.strip():
        raise Unprocessable("The question is empty. Write what you want to find.")
    if len(query) > LIMITS.query_chars:
        raise Unprocessable(f"The question is longer than {LIMITS.query_chars} characters. Shorten it.")
    if not 1 <= k <= LIMITS.passages:
        raise Unprocessable(f"k must be between 1 and {LIMITS.passages}.")
    if libraries is not None and len(libraries) > LIMITS.libraries:
        raise Unprocessable(f"Name at most {LIMITS.libraries} libraries, or none to search all of them.")


async def _reranked(
    reranker: Reranker, query: str, found: list[tuple[_Hit, FoundChunk]]
) -> list[tuple[_Hit, FoundChunk]]:
    scores = await reranker.scores(query, [chunk.text for _, chunk in found])
    rescored = [(replace(hit, score=score), chunk) for (hit, chunk), score in zip(found, scores, strict=True)]
    return sorted(rescored, key=lambda pair: -pair[0].score)


def _explained(passage: Passage, candidates: int) -> Passage:
    parts = ((Stage.LEXICAL, passage.lexical), (Stage.DENSE, passage.dense), (Stage.WEIGHTING, passage.score))
    stages = tuple(StageScore(stage, score, before=None, after=None) for stage, score in parts)
    return replace(passage, explanation=Explanation(candidates, stages))


def _passage(ref: int, hit: _Hit, chunk: FoundChunk) -> Passage:
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
    )
