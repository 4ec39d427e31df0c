"""The dense index: a port and its two exact implementations, in memory and in SQL.

Exact on purpose: an approximate index searched under a filter returns too little for those who may read little, and
what it returns depends on rows that the caller may not see.
"""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from core.database import Database
from retrieval.access import Scope
from retrieval.index import store
from retrieval.index.codes import ask, bounds
from retrieval.index.threads import over_chunks
from retrieval.index.views import View

Vector = NDArray[np.float32]
Rows = NDArray[np.int64]
ALL_COMPARED = 4_096
"""Up to here every chunk is compared in full: it costs less than a millisecond."""
_SLICE = 16_384
_GROUP = 64


@dataclass(frozen=True, slots=True)
class Nearest:
    """Rows of a view with their cosines, best first; equal cosines in the order of the rows."""

    rows: Rows
    cosines: Vector


class DenseIndex(Protocol):
    """Cosines of a question with the chunks of a view. Queries and chunk vectors are L2-normalised float32."""

    wants_vectors: bool
    """Whether views must carry the vectors."""

    async def nearest(self, scope: Scope, view: View, query: Vector, limit: int) -> Nearest:
        """The `limit` nearest chunks, or all when there are fewer."""
        ...

    async def cosines(self, scope: Scope, view: View, query: Vector, rows: Rows) -> Vector:
        """The cosine of each of the rows, in their order; 0 for a chunk that is no longer readable."""
        ...


class MemoryDense:
    """Exact search over the vectors that this process holds.

    Beyond some thousand chunks, one pass over their codes leaves out those that can't be among the nearest; what is
    left is compared in full, and what is found is what comparing all would have found, to the last bit. `einsum` sums
    each row by itself in a fixed order; BLAS would let the last bits of a row depend on the others.
    """

    wants_vectors = True

    async def nearest(self, scope: Scope, view: View, query: Vector, limit: int) -> Nearest:  # noqa: ARG002 -- the port
        """See `DenseIndex`."""
        return await over_chunks(view.size, _nearest, view, query, limit)

    async def cosines(self, scope: Scope, view: View, query: Vector, rows: Rows) -> Vector:  # noqa: ARG002 -- the port
        """See `DenseIndex`."""
        return _cosines(view, query, rows)


class SqlDense:
    """Exact scan by pgvector over the visible editions' rows, under row-level security; keeps no vectors here."""

    wants_vectors = False

    def __init__(self, database: Database) -> None:
        self._database = database

    async def nearest(self, scope: Scope, view: View, query: Vector, limit: int) -> Nearest:
        """See `DenseIndex`."""
        async with self._database.transaction(scope.principal) as tx:
            found = await store.nearest_chunks(tx, scope, view.editions, query, limit=limit)
        hits = [(view.rows[chunk], cosine) for chunk, cosine in found if chunk in view.rows]
        rows = np.array([row for row, _ in hits], dtype=np.int64)
        cosines = np.array([cosine for _, cosine in hits], dtype=np.float32)
        order = np.lexsort((rows, -cosines))
        return Nearest(rows[order], cosines[order])

    async def cosines(self, scope: Scope, view: View, query: Vector, rows: Rows) -> Vector:
        """See `DenseIndex`."""
        chunk_ids = view.ids_of(rows)
        async with self._database.transaction(scope.principal) as tx:
            found = await store.chunk_cosines(tx, scope, chunk_ids, query)
        return np.array([found.get(chunk_id, 0.0) for chunk_id in chunk_ids], dtype=np.float32)


def _nearest(view: View, query: Vector, limit: int) -> Nearest:
    rows = np.arange(view.size) if view.size <= max(ALL_COMPARED, limit) else _possible(view, query, limit)
    cosines = _cosines(view, query, rows)
    best = np.lexsort((rows, -cosines))[:limit] if len(rows) <= 4 * limit else top_rows(cosines, limit)
    return Nearest(rows[best], cosines[best])


def _cosines(view: View, query: Vector, rows: Rows) -> Vector:
    return np.einsum("ij,j->i", view.vectors_of(rows), query) if len(rows) else np.empty(0, dtype=np.float32)


def _possible(view: View, query: Vector, limit: int) -> Rows:
    """The rows that may be among the `limit` nearest, ascending: a few more than `limit`."""
    question = ask(query)
    least = np.empty(view.size, dtype=np.float32)
    most = np.empty(view.size, dtype=np.float32)
    for segment, runs in view.shown:
        if runs.is_scattered:
            for start in range(0, runs.block_size, _SLICE):
                part = slice(start, start + _SLICE)
                low, high = bounds(segment.codes, part, question)
                places = runs.places[part]
                shown = np.flatnonzero(places >= 0)
                least[places[shown]], most[places[shown]] = low[shown], high[shown]
        else:
            for start, stop, at in runs.slices(_SLICE):
                here = slice(at, at + stop - start)
                least[here], most[here] = bounds(segment.codes, slice(start, stop), question)
    enough = least[top_rows(least, limit)[-1]]
    return np.flatnonzero(most >= enough - np.float32(2.0 * question.margin))


def top_rows(scores: NDArray[np.float32], limit: int) -> Rows:
    """The positions of the `limit` largest scores, best first; equal scores in the order of their positions."""
    if limit < len(scores):
        among = _at_least(scores, limit)
        worth = scores[among]
        edge = np.partition(worth, len(worth) - limit)[len(worth) - limit]
        above = among[worth > edge]
        at_edge = among[worth == edge][: limit - len(above)]
        kept = np.concatenate([above, at_edge])
    else:
        kept = np.arange(len(scores))
    return kept[np.lexsort((kept, -scores[kept]))]


def _at_least(scores: NDArray[np.float32], limit: int) -> Rows:
    """Positions, ascending, that hold the `limit` largest scores and all that equal them; seldom many more.

    The largest of each group of 64: as many of them as are asked for are scores, so none below the least of these is
    among the largest.
    """
    groups = len(scores) // _GROUP
    if groups < 2 * limit:
        return np.arange(len(scores))
    peaks = scores[: groups * _GROUP].reshape(groups, _GROUP).max(axis=1)
    return np.flatnonzero(scores >= np.partition(peaks, groups - limit)[groups - limit])
