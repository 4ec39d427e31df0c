"""Views: the index over exactly what one caller may see on one day.

A view is a pure function of the visible editions' contents: what the caller may not read takes no part in it, neither
in the statistics nor in the order of the arithmetic, though it may stand in the same segments. A stale view can miss a
hit but never leak one, since the texts of hits are read again under the caller's rights.
"""

from collections.abc import Iterator, Sequence
from functools import cached_property
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from retrieval.index.segments import Segment
from retrieval.lexical import LexicalIndex
from retrieval.runs import Runs

Rows = NDArray[np.int64]
Vectors = NDArray[np.float32]


class View:
    """The chunks of some editions as rows 0..size-1, edition by edition in canonical order, with BM25 over them.

    Vectors are not copied: `vectors_of` fetches those of some rows from the segments that `shown` pairs with their
    visible rows.
    """

    def __init__(self, editions: Sequence[UUID], segments: Sequence[Segment]) -> None:
        homes = {
            edition: (number, at)
            for number, segment in enumerate(segments)
            for at, edition in enumerate(segment.editions)
        }
        self.editions = tuple(edition for edition in editions if edition in homes)
        """Those of the editions that the segments hold."""
        placed = [homes[edition] for edition in self.editions]
        firsts = [segments[number].starts[at] for number, at in placed]
        sizes = [segments[number].starts[at + 1] - first for (number, at), first in zip(placed, firsts, strict=True)]
        self._home = np.array([number for number, _ in placed], dtype=np.int64)
        self._first = np.array(firsts, dtype=np.int64)
        self._ends = np.cumsum([0, *sizes])
        used: list[int] = sorted(set(self._home.tolist()))
        self.shown = tuple((segments[number], self._runs(number, segments[number], sizes)) for number in used)
        """The segments that hold the view's editions, each with the view's rows in it."""
        self._segments = [segments[number] for number in used]
        self._home = np.searchsorted(used, self._home)
        self.lexical = LexicalIndex(
            [segment.postings for segment in self._segments], runs=[runs for _, runs in self.shown]
        )

    def _runs(self, number: int, segment: Segment, sizes: Sequence[int]) -> Runs:
        here = np.flatnonzero(self._home == number)
        return Runs.of(
            segment.size,
            [(int(self._first[at]), int(self._first[at]) + sizes[at], int(self._ends[at])) for at in here.tolist()],
        )

    @property
    def size(self) -> int:
        """The number of chunks."""
        return int(self._ends[-1])

    @property
    def nbytes(self) -> int:
        """Memory held beside the segments, in bytes, roughly."""
        return self.lexical.nbytes + 150 * len(self.editions)

    @cached_property
    def chunk_ids(self) -> "ChunkIds":
        """The id of each row's chunk."""
        return ChunkIds(self)

    @cached_property
    def rows(self) -> dict[UUID, int]:
        """The row of each chunk; made when it is first asked for."""
        return {chunk_id: row for row, chunk_id in enumerate(self.chunk_ids)}

    def vectors_of(self, rows: Rows) -> Vectors:
        """The vectors of the rows, in their order, (len(rows), d)."""
        home, inside = self._located(rows)
        dimension = self._segments[0].vectors.shape[1] if self._segments else 0
        found = np.empty((len(rows), dimension), dtype=np.float32)
        for number in np.unique(home).tolist():
            here = home == number
            found[here] = self._segments[int(number)].vectors[inside[here]]
        return found

    def ids_of(self, rows: Rows) -> list[UUID]:
        """The ids of the rows' chunks, in their order."""
        home, inside = self._located(rows)
        segments = self._segments
        pairs = zip(home.tolist(), inside.tolist(), strict=True)
        return [UUID(bytes=segments[int(number)].chunk_ids[row].tobytes()) for number, row in pairs]

    def edition_starts(self) -> Rows:
        """Where each edition's rows start, and where the last one's end; (len(editions) + 1,)."""
        return self._ends

    def _located(self, rows: Rows) -> tuple[Rows, Rows]:
        """Which segment holds each row, and at which of its own rows."""
        edition = np.searchsorted(self._ends, rows, side="right") - 1
        return self._home[edition], self._first[edition] + rows - self._ends[edition]


class ChunkIds:
    """The ids of a view's chunks by row, without holding a million of them."""

    def __init__(self, view: View) -> None:
        self._view = view

    def __len__(self) -> int:
        return self._view.size

    def __getitem__(self, row: int) -> UUID:
        return self._view.ids_of(np.array([row], dtype=np.int64))[0]

    def __iter__(self) -> Iterator[UUID]:
        return iter(self._view.ids_of(np.arange(len(self), dtype=np.int64)))
