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
from retrieval.index.threads import over_chunks
from retrieval.index.views import View

Vector = NDArray[np.float32]
Rows = NDArray[np.int64]


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
    """Exact search over the vectors that the view holds.

    `einsum` sums each row by itself in a fixed order; BLAS would let the last bits of a row depend on the others.
    """

    wants_vectors = True

    async def nearest(self, scope: Scope, view: View, query: Vector, limit: int) -> Nearest:  # noqa: ARG002 -- the port
        """See `DenseIndex`."""
        if not view.size:
            return Nearest(np.empty(0, dtype=np.int64), np.empty(0, dtype=np.float32))
        return await over_chunks(view.size, _nearest, view.vectors, query, limit)

    async def cosines(self, scope: Scope, view: View, query: Vector, rows: Rows) -> Vector:  # noqa: ARG002 -- the port
        """See `DenseIndex`."""
        return np.einsum("ij,j->i", view.vectors[rows], query)


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
        chunk_ids = [view.chunk_ids[int(row)] for row in rows]
        async with self._database.transaction(scope.principal) as tx:
            found = await store.chunk_cosines(tx, scope, chunk_ids, query)
        return np.array([found.get(chunk_id, 0.0) for chunk_id in chunk_ids], dtype=np.float32)


def _nearest(vectors: Vector, query: Vector, limit: int) -> Nearest:
    cosines = np.einsum("ij,j->i", vectors, query)
    rows = top_rows(cosines, limit)
    return Nearest(rows, cosines[rows])


def top_rows(scores: NDArray[np.float32], limit: int) -> Rows:
    """The positions of the `limit` largest scores, best first; equal scores in the order of their positions."""
    if limit < len(scores):
        edge = np.partition(scores, len(scores) - limit)[len(scores) - limit]
        above = np.flatnonzero(scores > edge)
        at_edge = np.flatnonzero(scores == edge)[: limit - len(above)]
        kept = np.concatenate([above, at_edge])
    else:
        kept = np.arange(len(scores))
    return kept[np.lexsort((kept, -scores[kept]))]
