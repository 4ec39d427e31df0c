"""Search: access first, then words and meaning fused, ranked by what was learned, repetition avoided, read again under
the caller's rights."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from core.database import Database
from core.errors import Unprocessable
from core.principal import Principal
from core.telemetry import logger
from gateway.errors import ModelUnavailable
from retrieval.access import Scope
from retrieval.dense import DenseIndex, Nearest
from retrieval.diversity import distinct, diverse
from retrieval.glossary.models import ExpandedQuery, Expander
from retrieval.hits import Hit, Read, Trail, passage_of
from retrieval.index import store
from retrieval.index.cache import DEFAULT_BYTES, Views
from retrieval.index.store import FoundChunk
from retrieval.index.threads import over_chunks
from retrieval.index.views import View
from retrieval.learned import RankingModel, packaged
from retrieval.matching import Matches, match
from retrieval.models import Evidence, Passage, Span
from retrieval.neighbours import Side, Text, completes, lacking
from retrieval.pool import FEATURES, candidate_rows, pool_of
from retrieval.ranking import rank
from retrieval.stages import Stage, Stages
from retrieval.surroundings import Surroundings, surroundings
from retrieval.thresholds import DIVERSITY, FUSION, LIMITS, NEIGHBOURS

Vector = NDArray[np.float32]
Rows = NDArray[np.int64]
_log = logger("retrieval")


class QueryEmbedder(Protocol):
    """Turns texts into L2-normalised vectors, (n, dimension) float32."""

    async def embed(self, texts: Sequence[str]) -> Vector:
        """One vector for each text, in order."""
        ...


class Reranker(Protocol):
    """Scores passages against a question better and more slowly than the index (`gateway.reranking`)."""

    async def scores(self, query: str, texts: Sequence[str]) -> Sequence[float]:
        """0..1 for each text, in order; they replace the scores so far. Raises `ModelUnavailable`."""
        ...


@dataclass(frozen=True, slots=True)
class _Question:
    """What one search works on."""

    scope: Scope
    view: View
    expanded: ExpandedQuery
    vector: Vector


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
        stages: Stages | None = None,
        model: RankingModel | None = None,
        views: Views | None = None,
        cache_bytes: int = DEFAULT_BYTES,
        flags: Callable[[str], tuple[Span, ...]] = lambda _text: (),
    ) -> None:
        """`flags` says which parts of a passage read like orders, where nobody looked when it came in."""
        self._flags = flags
        self._database = database
        self._embedder = embedder
        self._dense = dense
        self._stages = stages or Stages()
        self._reranker = reranker if self._stages.has(Stage.RERANK) else None
        self._expander = expander if self._stages.has(Stage.GLOSSARY) else None
        self._model = model or packaged(FEATURES)
        self._views = views or Views(database, vectors=dense.wants_vectors, max_bytes=cache_bytes)

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
        """The at most `k` best passages of the editions that count on `as_of`, best first, numbered from 1; behind
        them those that complete one that is cut off, which name it in `beside`.

        With `explain`, each comes with what every stage made of it. Raises `Unprocessable` for an empty or overlong
        question, or `k` out of bounds.
        """
        _check(query, k, libraries)
        scope = Scope.of(principal, as_of, libraries)
        (expanded, vector), view = await asyncio.gather(self._meant(principal, query), self._views.of(scope))
        asked = _Question(scope, view, expanded, vector)
        trail = Trail(explain=explain)
        matches, hits = await self._rank(asked, query, k + DIVERSITY.spare, trail)
        kept = self._chosen(await self._reranked(query, await self._read(scope, hits), trail), k, trail)
        passages = [passage_of(ref, hit, chunk, trail) for ref, (hit, chunk) in enumerate(kept, start=1)]
        passages += await self._beside(asked, matches, kept, trail)
        return Evidence(
            query=query,
            as_of=as_of,
            passages=tuple(passages),
            candidates=view.size,
            spelt_out=expanded.spelt_out,
            expansions=expanded.expansions,
            common=matches.common,
        )

    @property
    def views(self) -> Views:
        """What it searches in, to be shared with another searcher over the same database."""
        return self._views

    async def around(
        self, principal: Principal, hits: Sequence[Passage], *, as_of: date, libraries: Sequence[str] | None = None
    ) -> Surroundings:
        """What stands around these hits in the best of their documents, so that lists are whole."""
        return await surroundings(self._database, Scope.of(principal, as_of, libraries), hits, self._looked_at)

    async def warm(self, principal: Principal, as_of: date) -> int:
        """Build the view of this caller's scope ahead of the first question; the number of its chunks."""
        return (await self._views.of(Scope.of(principal, as_of, None))).size

    async def _meant(self, principal: Principal, query: str) -> tuple[ExpandedQuery, Vector]:
        """The question with what the glossary adds to it, and the vector of what it means."""
        expanded = ExpandedQuery(query) if self._expander is None else await self._expander.expand(principal, query)
        return expanded, (await self._embedder.embed([expanded.text]))[0]

    async def _rank(self, asked: _Question, query: str, limit: int, trail: Trail) -> tuple[Matches, list[Hit]]:
        view = asked.view
        matches = await over_chunks(view.size, match, view.lexical, query, asked.expanded.added, self._stages)
        if not view.size:
            return matches, []
        rows, cosines = await self._candidates(asked, matches)
        # With the stage off, meaning takes no part in ranking; a passage's cosine is told all the same.
        pool = pool_of(view, matches, rows, cosines if self._stages.has(Stage.DENSE) else np.zeros_like(cosines))
        ranking = rank(pool, self._stages, self._model, limit)
        trail.ranked(rows, ranking.steps)
        hits = [
            Hit(int(rows[at]), chunk_id, float(score), float(cosines[at]), float(pool.lexical[at]))
            for at, chunk_id, score in zip(ranking.order, view.ids_of(rows[ranking.order]), ranking.scores, strict=True)
        ]
        return matches, hits

    async def _candidates(self, asked: _Question, matches: Matches) -> tuple[Rows, Vector]:
        """The rows of either list, each once, ascending, with their cosines."""
        nearest = Nearest(np.empty(0, dtype=np.int64), np.empty(0, dtype=np.float32))
        if self._stages.has(Stage.DENSE):
            nearest = await self._dense.nearest(asked.scope, asked.view, asked.vector, FUSION.candidates)
        rows = candidate_rows(matches, nearest.rows, FUSION.candidates)
        cosines = np.empty(len(rows), dtype=np.float32)
        cosines[np.searchsorted(rows, nearest.rows)] = nearest.cosines
        more = np.isin(rows, nearest.rows, invert=True)
        cosines[more] = await self._dense.cosines(asked.scope, asked.view, asked.vector, rows[more])
        return rows, cosines

    async def _read(self, scope: Scope, hits: Sequence[Hit]) -> list[Read]:
        if not hits:
            return []
        chunks = await store.fetch_chunks(self._database, scope, [hit.chunk_id for hit in hits])
        return [(hit, self._looked_at(chunks[hit.chunk_id])) for hit in hits if hit.chunk_id in chunks]

    def _looked_at(self, chunk: FoundChunk) -> FoundChunk:
        return chunk if chunk.flagged is not None else replace(chunk, flagged=self._flags(chunk.text))

    async def _reranked(self, query: str, found: list[Read], trail: Trail) -> list[Read]:
        """In the order of the reranking model; as they were where there is none or it can't be used now."""
        if self._reranker is None or not found:
            return found
        try:
            scores = await self._reranker.scores(query, [chunk.text for _, chunk in found])
        except ModelUnavailable as error:
            _log.warning("rerank_left_out", cause=str(error), passages=len(found))
            return found
        rescored = [(replace(hit, score=score), chunk) for (hit, chunk), score in zip(found, scores, strict=True)]
        ordered = sorted(rescored, key=lambda pair: -pair[0].score)
        trail.reordered(Stage.RERANK, [hit for hit, _ in found], [hit for hit, _ in ordered])
        return ordered

    def _chosen(self, found: list[Read], k: int, trail: Trail) -> list[Read]:
        texts = [chunk.text for _, chunk in found]
        if not self._stages.has(Stage.DIVERSITY):
            return [found[at] for at in distinct(texts, k)]
        kept = [found[at] for at in diverse(texts, [hit.score for hit, _ in found], k)]
        trail.reordered(Stage.DIVERSITY, [hit for hit, _ in found], [hit for hit, _ in kept])
        return kept

    async def _beside(self, asked: _Question, matches: Matches, kept: list[Read], trail: Trail) -> list[Passage]:
        """What completes the best hits where they are cut off: adjacent in the same edition, read under the same
        rights."""
        if not self._stages.has(Stage.NEIGHBOURS):
            return []
        wanted = _wanted(asked.view, kept)
        if not wanted:
            return []
        rows = [row for _, _, row in wanted]
        at = np.array(rows, dtype=np.int64)
        cosines = await self._dense.cosines(asked.scope, asked.view, asked.vector, at)
        hits = [
            Hit(row, chunk_id, kept[-1][0].score, float(cosine), float(matches.both[row]))
            for row, chunk_id, cosine in zip(rows, asked.view.ids_of(at), cosines, strict=True)
        ]
        read = {hit.row: (hit, chunk) for hit, chunk in await self._read(asked.scope, hits)}
        found: list[Passage] = []
        for ref, side, row in wanted:
            if row not in read or len(found) == NEIGHBOURS.passages:
                continue
            hit, chunk = read[row]
            cut = kept[ref - 1][1]
            if completes(Text(cut.section, cut.text), side, Text(chunk.section, chunk.text)):
                found.append(passage_of(len(kept) + len(found) + 1, hit, chunk, trail, beside=ref))
        return found


def _wanted(view: View, kept: Sequence[Read]) -> list[tuple[int, Side, int]]:
    """The hit's ref, the side and the row of each neighbour that may complete a hit, none twice and none a hit."""
    starts = view.edition_starts()
    taken = {hit.row for hit, _ in kept}
    wanted: list[tuple[int, Side, int]] = []
    for ref, (hit, chunk) in enumerate(kept[: NEIGHBOURS.hits], start=1):
        edition = int(np.searchsorted(starts, hit.row, side="right")) - 1
        for side in lacking(chunk.text):
            row = hit.row + side
            if int(starts[edition]) <= row < int(starts[edition + 1]) and row not in taken:
                taken.add(row)
                wanted.append((ref, side, row))
    return wanted


def _check(query: str, k: int, libraries: Sequence[str] | None) -> None:
    if not query.strip():
        raise Unprocessable("The question is empty. Write what you want to find.")
    if len(query) > LIMITS.query_chars:
        raise Unprocessable(f"The question is longer than {LIMITS.query_chars} characters. Shorten it.")
    if not 1 <= k <= LIMITS.passages:
        raise Unprocessable(f"k must be between 1 and {LIMITS.passages}.")
    if libraries is not None and len(libraries) > LIMITS.libraries:
        raise Unprocessable(f"Name at most {LIMITS.libraries} libraries, or none to search all of them.")
