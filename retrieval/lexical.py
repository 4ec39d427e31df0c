"""BM25 whose statistics come from the visible chunks only.

A `LexicalBlock` holds counts and is the same whoever reads it; a `LexicalIndex` looks at those of its rows that one
principal may see. What a term weighs there is computed when it is first asked for and kept while it pays. Formula:
Robertson & Zaragoza 2009 with Lucene's idf, log(1 + (N - df + .5) / (df + .5)), which is never negative; two fields are
mixed as in BM25F, before saturation. Pairs of neighbouring words count as terms of their own at a lower weight, which
rewards phrases.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from retrieval.index.bounded import Bounded
from retrieval.postings import Keys, LexicalBlock, Positions, keys_of, lexical_block, pairs_of
from retrieval.runs import Runs
from retrieval.terms import terms
from retrieval.thresholds import LEXICAL, LexicalWeights

__all__ = ["Column", "LexicalBlock", "LexicalIndex", "Match", "lexical_block"]

_DENSE_SHARE = 8
"""A term of more than one chunk in eight is kept as one weight for each chunk: adding them all is faster than looking
up where each goes."""
_KEEP_SCANNED = 512
"""Weights computed from fewer postings than this are cheaper to compute again than to keep."""
_KEPT_BYTES_PER_CHUNK = 200
_KEPT_BYTES_AT_LEAST = 1 << 22


@dataclass(frozen=True, slots=True)
class Column:
    """What one term of a question adds: `impact[i]` to chunk `rows[i]`; without rows, `impact[i]` to chunk i.

    `frequency` is the number of chunks that have it.
    """

    key: int
    rows: NDArray[np.int32] | None
    impact: NDArray[np.float32]
    idf: float
    is_pair: bool
    frequency: int

    def add_to(self, total: NDArray[np.float32]) -> None:
        """Add the weights; a chunk's sum depends on no other chunk."""
        if self.rows is None:
            total += self.impact
        else:
            total[self.rows] += self.impact

    @property
    def nbytes(self) -> int:
        """Memory held, in bytes."""
        return self.impact.nbytes + (0 if self.rows is None else self.rows.nbytes)


@dataclass(frozen=True, slots=True)
class Match:
    """BM25 scores of all chunks, (size,), and the score that a chunk made of all the known terms could approach."""

    scores: NDArray[np.float32]
    ceiling: float


class LexicalIndex:
    """BM25 over rows of some blocks; all of them, in their order, unless `runs` choose and place them.

    `lengths` are the chunks' lengths in terms, (size,).
    """

    def __init__(
        self,
        blocks: Sequence[LexicalBlock],
        weights: LexicalWeights = LEXICAL,
        runs: Sequence[Runs] | None = None,
    ) -> None:
        self._weights = weights
        self._blocks = list(blocks)
        self._runs = list(runs) if runs is not None else _one_after_another(blocks)
        self.size = sum(chosen.size for chosen in self._runs)
        self.lengths = self._per_row([block.text_length for block in blocks])
        length = self.lengths + weights.path * self._per_row([block.path_length for block in blocks])
        mean = float(length.sum()) / self.size if self.size else 1.0
        self._norm = weights.k1 * (1.0 - weights.b + weights.b * length / (mean or 1.0))
        self._kept: Bounded[int, Column] = Bounded(max(_KEPT_BYTES_AT_LEAST, _KEPT_BYTES_PER_CHUNK * self.size))

    def _per_row(self, parts: Sequence[NDArray[np.int32]]) -> NDArray[np.int64]:
        values = np.empty(self.size, dtype=np.int64)
        for part, chosen in zip(parts, self._runs, strict=True):
            values[chosen.targets()] = part[chosen.sources()]
        return values

    @property
    def nbytes(self) -> int:
        """Memory held beside the blocks, in bytes, with what may come to be kept of the terms asked for."""
        placed = sum(chosen.nbytes for chosen in self._runs)
        return self.lengths.nbytes + self._norm.nbytes + placed + self._kept.max_bytes

    def match(self, query: str) -> Match:
        """Every chunk's score; 0 where no term matches. A repeated term counts once."""
        columns = self.columns(query)
        total = np.zeros(self.size, dtype=np.float32)
        for column in columns:
            column.add_to(total)
        return Match(total, (self._weights.k1 + 1.0) * math.fsum(column.idf for column in columns))

    def scores(self, query: str) -> NDArray[np.float32]:
        """The scores of `match`."""
        return self.match(query).scores

    def ceiling(self, query: str) -> float:
        """The ceiling of `match`; 0 when no term is known."""
        return self.match(query).ceiling

    def columns(self, query: str) -> list[Column]:
        """The question's terms, then its pairs, that occur in the chunks, each once, in order of first appearance."""
        words = keys_of(terms(query))
        wanted = dict.fromkeys(words.tolist(), False)
        for pair in pairs_of(words).tolist():
            wanted.setdefault(pair, True)
        found = {key: column for key in wanted if (column := self._kept.get(key)) is not None}
        missing = [key for key in wanted if key not in found]
        if missing:
            found |= self._computed(missing, [wanted[key] for key in missing])
        return [found[key] for key in wanted if len(found[key].impact)]

    def _computed(self, wanted: Sequence[int], is_pair: Sequence[bool]) -> dict[int, Column]:
        """The columns of the terms; an empty one for a term that occurs nowhere."""
        keys = np.array(wanted, dtype=np.uint64)
        parts = [self._postings(at, keys) for at in range(len(self._blocks))]
        which = np.concatenate([np.empty(0, dtype=np.int16), *(part.which for part in parts)])
        rows = np.concatenate([np.empty(0, dtype=np.int32), *(part.rows for part in parts)])
        count = np.concatenate([np.empty(0, dtype=np.float64), *(part.count for part in parts)])
        if len(parts) > 1:
            order = np.argsort(which, kind="stable")
            which, rows, count = which[order], rows[order], count[order]
        frequency = np.bincount(which, minlength=len(keys))
        weight = np.where(np.array(is_pair, dtype=np.bool_), self._weights.pair, 1.0)
        idf = np.array([_idf(int(n), self.size) for n in frequency], dtype=np.float64) * weight
        saturated = count * (self._weights.k1 + 1.0) / (count + self._norm[rows])
        impact = (idf[which] * saturated).astype(np.float32)
        scanned = sum((part.scanned for part in parts), np.zeros(len(keys), dtype=np.int64))
        ends = np.cumsum(frequency)
        found: dict[int, Column] = {}
        for at, key in enumerate(wanted):
            span = slice(int(ends[at] - frequency[at]), int(ends[at]))
            found[key] = self._column(key, rows[span], impact[span], float(idf[at]), is_pair[at])
            if scanned[at] >= _KEEP_SCANNED:
                self._kept.put(key, found[key], found[key].nbytes)
        return found

    def _column(
        self, key: int, rows: NDArray[np.int32], impact: NDArray[np.float32], idf: float, is_pair: bool
    ) -> Column:
        if len(rows) * _DENSE_SHARE <= self.size:  # copies: a slice would keep the whole alive
            return Column(key, rows.copy(), impact.copy(), idf, is_pair, len(rows))
        dense = np.zeros(self.size, dtype=np.float32)
        dense[rows] = impact
        return Column(key, None, dense, idf, is_pair, len(rows))

    def _postings(self, at: int, keys: Keys) -> "_Postings":
        """The visible postings of the keys in one block, in the order of the keys."""
        block = self._blocks[at]
        column = np.minimum(np.searchsorted(block.keys, keys), max(len(block.keys) - 1, 0))
        known = np.flatnonzero(block.keys[column] == keys) if len(block.keys) else np.empty(0, dtype=np.int64)
        starts = block.starts[column[known]]
        lengths = block.starts[column[known] + 1] - starts
        scanned = np.zeros(len(keys), dtype=np.int64)
        scanned[known] = lengths
        take, owner, rows = self._runs[at].placed(block.rows, starts, lengths)
        count = block.text[take].astype(np.float64) + self._weights.path * block.path[take]
        return _Postings(known.astype(np.int16)[owner], rows, count, scanned)


@dataclass(frozen=True, slots=True)
class _Postings:
    which: NDArray[np.int16]
    rows: NDArray[np.int32]
    count: NDArray[np.float64]
    scanned: Positions


def _one_after_another(blocks: Sequence[LexicalBlock]) -> list[Runs]:
    ends = np.cumsum([0, *(block.size for block in blocks)])
    return [Runs.of(block.size, [(0, block.size, int(end))]) for block, end in zip(blocks, ends, strict=False)]


def _idf(frequency: int, size: int) -> float:
    # libm's log, one value at a time: a vectorised log may differ in the last bit with its place in the array.
    return math.log1p((size - frequency + 0.5) / (frequency + 0.5))
