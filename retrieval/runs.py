"""Runs: which rows of a block of chunks a view shows, and where in the view they stand."""

from collections.abc import Iterator, Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from retrieval.postings import Positions, spans

Rows32 = NDArray[np.int32]
_SPARSE_SHARE = 16
"""Of a block that shows fewer of its rows than this share, only those are ever touched."""
_ROWS_PER_RUN = 400
"""Beginning a pass over another run costs as much as passing over so many rows."""


class Runs:
    """Rows `starts[i]..stops[i]` of a block stand in the view from row `at[i]` on; they ascend and don't overlap."""

    def __init__(self, block_size: int, starts: Positions, stops: Positions, at: Positions) -> None:
        self.block_size = block_size
        self.starts, self.stops, self.at = starts, stops, at
        self.lengths = stops - starts
        self.size = int(self.lengths.sum())
        self.is_sparse = self.size * _SPARSE_SHARE < block_size
        self.is_scattered = len(starts) > 1 and block_size - self.size < _ROWS_PER_RUN * len(starts)
        """Whether one pass over the whole block is cheaper than one over each run."""

    @classmethod
    def of(cls, block_size: int, runs: Sequence[tuple[int, int, int]]) -> "Runs":
        """Runs from (start, stop, at), in any order; neighbours that stay neighbours become one."""
        listed = np.array(sorted(runs), dtype=np.int64).reshape(-1, 3)
        starts, stops, at = listed[:, 0], listed[:, 1], listed[:, 2]
        breaks = np.ones(len(listed), dtype=np.bool_)
        breaks[1:] = (starts[1:] != stops[:-1]) | (at[1:] != at[:-1] + (stops - starts)[:-1])
        first = np.flatnonzero(breaks)
        last = np.append(first[1:], len(listed))[: len(first)] - 1
        return cls(block_size, starts[first], stops[last], at[first])

    @property
    def nbytes(self) -> int:
        """Memory held, in bytes."""
        return 4 * self.starts.nbytes + (0 if self.is_sparse or self._shift is not None else 4 * self.block_size)

    def sources(self) -> Positions:
        """The block's rows that are shown, in the block's order, (size,)."""
        return spans(self.starts, self.lengths)

    def targets(self) -> Positions:
        """Where in the view they stand, (size,)."""
        return spans(self.at, self.lengths)

    def slices(self, most: int) -> Iterator[tuple[int, int, int]]:
        """The runs as (start, stop, at), cut into pieces of at most this many rows."""
        for start, stop, at in zip(self.starts.tolist(), self.stops.tolist(), self.at.tolist(), strict=True):
            for piece in range(start, stop, most):
                yield piece, min(piece + most, stop), at + piece - start

    def placed(self, rows: Rows32, starts: Positions, lengths: Positions) -> tuple[Positions, Positions, Rows32]:
        """The shown ones among the columns `rows[starts[i]:starts[i] + lengths[i]]`, each ascending.

        Returns their positions in `rows`, the number i of each one's column, and the view's rows.
        """
        if self.is_sparse:
            return self._picked(rows, starts, lengths)
        take = spans(starts, lengths)
        owner = np.repeat(np.arange(len(starts)), lengths)
        if self._shift is not None:
            return take, owner, rows[take] + self._shift
        placed = self._places[rows[take]]
        shown = np.flatnonzero(placed >= 0)
        return take[shown], owner[shown], placed[shown]

    def _picked(self, rows: Rows32, starts: Positions, lengths: Positions) -> tuple[Positions, Positions, Rows32]:
        """As `placed`, by searching each column for the runs instead of looking at all of it."""
        takes, owners, placed = [np.empty(0, np.int64)], [np.empty(0, np.int64)], [np.empty(0, np.int32)]
        for number, (start, length) in enumerate(zip(starts.tolist(), lengths.tolist(), strict=True)):
            column = rows[start : start + length]
            begin = np.searchsorted(column, self.starts)
            found = np.searchsorted(column, self.stops) - begin
            take = spans(begin, found)
            takes.append(take + start)
            owners.append(np.full(len(take), number))
            placed.append(column[take] + np.repeat((self.at - self.starts).astype(np.int32), found))
        return np.concatenate(takes), np.concatenate(owners), np.concatenate(placed)

    @property
    def _shift(self) -> np.int32 | None:
        """What takes a row of the block to the view's where every row is shown, in order."""
        if len(self.starts) != 1 or self.size != self.block_size:
            return None
        return np.int32(self.at[0])

    @cached_property
    def _places(self) -> Rows32:
        """The view's row of each row of the block, -1 for one that is not shown."""
        places = np.full(self.block_size, -1, dtype=np.int32)
        places[self.sources()] = self.targets()
        return places

    @property
    def places(self) -> Rows32:
        """The view's row of each row of the block, -1 for one that is not shown; (block_size,)."""
        return self._places
