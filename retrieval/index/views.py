"""Views: the index over exactly what one caller may see on one day, built from cached blocks of editions.

A view is a pure function of the visible editions' contents: what the caller may not read takes no part in it, neither
in the statistics nor in the order of the arithmetic. A stale view can miss a hit but never leak one, since the texts of
hits are read again under the caller's rights.
"""

import asyncio
from collections.abc import Sequence
from itertools import groupby
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from core.database import Database
from retrieval.access import Scope
from retrieval.index import store
from retrieval.index.bounded import Bounded
from retrieval.index.store import IndexedChunk
from retrieval.lexical import LexicalBlock, LexicalIndex, lexical_block

Vectors = NDArray[np.float32]
DEFAULT_BYTES = 1 << 30
"""One gibibyte for blocks and as much for views: about 300,000 chunks each with vectors in memory."""


class EditionBlock:
    """What indexing keeps of one edition: its chunks' ids in order, their postings and, if asked for, vectors."""

    __slots__ = ("chunk_ids", "lexical", "vectors")

    def __init__(self, chunk_ids: Sequence[UUID], lexical: LexicalBlock, vectors: Vectors) -> None:
        self.chunk_ids = tuple(chunk_ids)
        self.lexical = lexical
        self.vectors = vectors

    @classmethod
    def of(cls, chunks: Sequence[IndexedChunk]) -> "EditionBlock":
        """The block of one edition's chunks, in order; at least one."""
        postings = lexical_block(chunks[0].title, [(chunk.section, chunk.text) for chunk in chunks])
        vectors = [chunk.vector for chunk in chunks if chunk.vector is not None]
        stacked = np.stack(vectors) if vectors else np.empty((len(chunks), 0), dtype=np.float32)
        return cls([chunk.chunk_id for chunk in chunks], postings, stacked)

    @property
    def nbytes(self) -> int:
        """Memory held, in bytes, roughly."""
        return self.lexical.nbytes + self.vectors.nbytes + 64 * len(self.chunk_ids)


class View:
    """The chunks of some editions as rows 0..size-1, with BM25 over them and perhaps their vectors, (size, d)."""

    __slots__ = ("chunk_ids", "editions", "lexical", "rows", "vectors")

    def __init__(self, editions: Sequence[UUID], blocks: Sequence[EditionBlock]) -> None:
        self.editions = tuple(editions)
        self.chunk_ids = [chunk_id for block in blocks for chunk_id in block.chunk_ids]
        self.rows = {chunk_id: row for row, chunk_id in enumerate(self.chunk_ids)}
        self.lexical = LexicalIndex([block.lexical for block in blocks])
        empty = np.empty((0, 0), dtype=np.float32)
        self.vectors: Vectors = np.concatenate([block.vectors for block in blocks]) if blocks else empty

    @property
    def size(self) -> int:
        """The number of chunks."""
        return len(self.chunk_ids)

    @property
    def nbytes(self) -> int:
        """Memory held, in bytes, roughly."""
        return self.lexical.nbytes + self.vectors.nbytes + 200 * self.size


class Views:
    """The view of each scope, cached by the set of visible editions; `vectors` says whether views carry vectors."""

    def __init__(self, database: Database, *, vectors: bool, max_bytes: int = DEFAULT_BYTES) -> None:
        self._database = database
        self._vectors = vectors
        self._views: Bounded[tuple[str, tuple[UUID, ...]], View] = Bounded(max_bytes)
        self._blocks: Bounded[tuple[str, UUID], EditionBlock] = Bounded(max_bytes)
        self._building = asyncio.Lock()

    async def of(self, scope: Scope) -> View:
        """The view of what this scope admits now: one cheap statement when it is cached."""
        tenant = scope.principal.tenant
        async with self._database.transaction(scope.principal) as tx:
            editions = await store.visible_editions(tx, scope)
        view = self._views.get((tenant, editions))
        if view is not None:
            return view
        async with self._building:
            view = self._views.get((tenant, editions))
            return view if view is not None else await self._build(scope, editions)

    async def _build(self, scope: Scope, editions: tuple[UUID, ...]) -> View:
        tenant = scope.principal.tenant
        cached = {edition: self._blocks.get((tenant, edition)) for edition in editions}
        blocks = {edition: block for edition, block in cached.items() if block is not None}
        missing = [edition for edition in editions if edition not in blocks]
        if missing:
            async with self._database.transaction(scope.principal) as tx:
                chunks = await store.load_chunks(tx, scope, missing, vectors=self._vectors)
            loaded = await asyncio.to_thread(_blocks, chunks)
            for edition, block in loaded.items():
                self._blocks.put((tenant, edition), block, block.nbytes)
            blocks |= loaded
        present = [edition for edition in editions if edition in blocks]
        view = await asyncio.to_thread(View, present, [blocks[edition] for edition in present])
        if len(present) == len(editions):  # else an edition was withdrawn meanwhile: right for now, not for later
            self._views.put((tenant, editions), view, view.nbytes)
        return view


def _blocks(chunks: Sequence[IndexedChunk]) -> dict[UUID, EditionBlock]:
    grouped = groupby(chunks, key=lambda chunk: chunk.edition_id)
    return {edition: EditionBlock.of(list(members)) for edition, members in grouped}
