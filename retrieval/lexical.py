"""BM25 whose statistics come from the visible chunks only.

A `LexicalBlock` holds the postings of one edition and is the same whoever reads it; a `LexicalIndex` joins the blocks
that one principal may see and precomputes every posting's weight, so that a question costs one pass over the postings
of its terms. Formula: Robertson & Zaragoza 2009 with Lucene's idf, log(1 + (N - df + .5) / (df + .5)), which is never
negative; two fields are mixed as in BM25F, before saturation. Pairs of neighbouring words count as terms of their own
at a lower weight, which rewards phrases.
"""

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from retrieval.terms import path_terms, terms
from retrieval.thresholds import LEXICAL, LexicalWeights

Keys = NDArray[np.uint64]
_PAIR_LEFT = np.uint64(0x9E3779B97F4A7C15)
_PAIR_RIGHT = np.uint64(0xC2B2AE3D27D4EB4F)


@lru_cache(maxsize=131_072)
def _key(term: str) -> int:
    """A stable 64-bit name of a term; two of ten million terms collide with a chance of three in a million."""
    return int.from_bytes(hashlib.blake2b(term.encode(), digest_size=8).digest(), "little")


def _keys(found: Sequence[str]) -> Keys:
    return np.fromiter((_key(term) for term in found), dtype=np.uint64, count=len(found))


def _pairs(keys: Keys) -> Keys:
    return keys[:-1] * _PAIR_LEFT + keys[1:] * _PAIR_RIGHT


@dataclass(frozen=True, slots=True)
class LexicalBlock:
    """Postings of one edition, column by column: term `keys[i]` stands in `rows[starts[i]:starts[i + 1]]`.

    `text` and `path` count a term's occurrences in the two fields; `text_length` and `path_length` are per row.
    """

    keys: Keys
    starts: NDArray[np.int64]
    rows: NDArray[np.int32]
    text: NDArray[np.float32]
    path: NDArray[np.float32]
    is_pair: NDArray[np.bool_]
    text_length: NDArray[np.int64]
    path_length: NDArray[np.int64]

    @property
    def size(self) -> int:
        """The number of chunks."""
        return len(self.text_length)

    @property
    def nbytes(self) -> int:
        """Memory held, in bytes."""
        held = (self.keys, self.starts, self.rows, self.text, self.path, self.is_pair, self.text_length)
        return sum(array.nbytes for array in held) + self.path_length.nbytes


def lexical_block(title: str, chunks: Sequence[tuple[Sequence[str], str]]) -> LexicalBlock:
    """Postings of an edition from its title and its chunks, each (section path, text), in order."""
    texts = [_keys(terms(text)) for _, text in chunks]
    paths = [_keys(path_terms((title, *section))) for section, _ in chunks]
    pairs = [_pairs(keys) for keys in texts]
    lengths = [np.array([len(part) for part in field], dtype=np.int64) for field in (texts, paths, pairs)]
    keys = np.concatenate([*texts, *paths, *pairs, np.empty(0, dtype=np.uint64)])
    rows = np.concatenate([np.repeat(np.arange(len(chunks), dtype=np.int32), length) for length in lengths])
    field = np.repeat(np.arange(3), [int(length.sum()) for length in lengths])
    order = np.lexsort((rows, keys))
    keys, rows, field = keys[order], rows[order], field[order]
    first = np.flatnonzero(_changes(keys) | _changes(rows))
    posting_keys = keys[first]
    column = np.flatnonzero(_changes(posting_keys))
    return LexicalBlock(
        keys=posting_keys[column],
        starts=np.append(column, len(first)).astype(np.int64),
        rows=rows[first],
        text=_count(field != 1, first),
        path=_count(field == 1, first),
        is_pair=field[first][column] == 2,
        text_length=lengths[0],
        path_length=lengths[1],
    )


def _changes(values: NDArray[np.generic]) -> NDArray[np.bool_]:
    """True where a value differs from the one before it; the first always does."""
    changed = np.ones(len(values), dtype=np.bool_)
    changed[1:] = values[1:] != values[:-1]
    return changed


def _count(hits: NDArray[np.bool_], first: NDArray[np.int64]) -> NDArray[np.float32]:
    if not len(first):
        return np.empty(0, dtype=np.float32)
    return np.add.reduceat(hits.astype(np.float32), first)


class LexicalIndex:
    """BM25 over the chunks of some blocks, in their order; `lengths` are the chunks' lengths in terms, (size,)."""

    def __init__(self, blocks: Sequence[LexicalBlock], weights: LexicalWeights = LEXICAL) -> None:
        self._weights = weights
        self.size = sum(block.size for block in blocks)
        merged = _merge(blocks)
        self._keys = merged.keys
        self._starts = merged.starts
        self._rows = merged.rows
        self.lengths = merged.text_length
        frequency = np.diff(merged.starts)
        self._idf = _idf(frequency, self.size) * np.where(merged.is_pair, weights.pair, 1.0)
        self._impact = self._impacts(merged, frequency)

    def _impacts(self, merged: LexicalBlock, frequency: NDArray[np.int64]) -> NDArray[np.float32]:
        weights = self._weights
        length = merged.text_length + weights.path * merged.path_length
        mean = float(length.sum()) / self.size if self.size else 1.0
        norm = weights.k1 * (1.0 - weights.b + weights.b * length / (mean or 1.0))
        count = merged.text.astype(np.float64) + weights.path * merged.path
        saturated = count * (weights.k1 + 1.0) / (count + norm[merged.rows])
        return (np.repeat(self._idf, frequency) * saturated).astype(np.float32)

    @property
    def nbytes(self) -> int:
        """Memory held, in bytes."""
        held = (self._keys, self._starts, self._rows, self._idf, self._impact, self.lengths)
        return sum(array.nbytes for array in held)

    def scores(self, query: str) -> NDArray[np.float32]:
        """The BM25 score of every chunk, (size,); 0 where no term matches. A repeated term counts once."""
        total = np.zeros(self.size, dtype=np.float32)
        for column in self._columns(query):
            span = slice(self._starts[column], self._starts[column + 1])
            total[self._rows[span]] += self._impact[span]
        return total

    def ceiling(self, query: str) -> float:
        """The score that a chunk made of all the question's known terms could approach; 0 when none is known."""
        return (self._weights.k1 + 1.0) * math.fsum(float(self._idf[column]) for column in self._columns(query))

    def _columns(self, query: str) -> list[int]:
        """The columns of the query's terms and pairs that occur, in order of first appearance."""
        keys = _keys(terms(query))
        wanted = dict.fromkeys([*keys.tolist(), *_pairs(keys).tolist()])
        asked = np.fromiter(wanted, dtype=np.uint64, count=len(wanted))
        found = np.searchsorted(self._keys, asked)
        return [int(at) for at, key in zip(found, asked, strict=True) if at < len(self._keys) and self._keys[at] == key]


def _idf(frequency: NDArray[np.int64], size: int) -> NDArray[np.float64]:
    # One libm call per distinct value: a vectorised log may differ in the last bit with its place in the array.
    values, where = np.unique(frequency, return_inverse=True)
    logs = [math.log1p((size - int(n) + 0.5) / (int(n) + 0.5)) for n in values]
    return np.array(logs, dtype=np.float64)[where]


def _merge(blocks: Sequence[LexicalBlock]) -> LexicalBlock:
    """One block with the rows of all, in order: the columns of equal keys are joined."""
    offsets = np.cumsum([0, *(block.size for block in blocks)])
    columns = np.concatenate([np.empty(0, dtype=np.uint64), *(block.keys for block in blocks)])
    lengths = np.concatenate([np.empty(0, dtype=np.int64), *(np.diff(block.starts) for block in blocks)])
    rows = [block.rows + np.int32(offset) for block, offset in zip(blocks, offsets, strict=False)]
    order = np.argsort(columns, kind="stable")
    take = _spans(np.cumsum(lengths) - lengths, lengths, order)
    columns = columns[order]
    first = np.flatnonzero(_changes(columns))
    ends = np.cumsum(lengths[order])

    def joined(parts: Sequence[NDArray[np.float32]]) -> NDArray[np.float32]:
        return np.concatenate([np.empty(0, dtype=np.float32), *parts])[take]

    def per_row(parts: Sequence[NDArray[np.int64]]) -> NDArray[np.int64]:
        return np.concatenate([np.empty(0, dtype=np.int64), *parts])

    pairs = np.concatenate([np.empty(0, dtype=np.bool_), *(block.is_pair for block in blocks)])
    return LexicalBlock(
        keys=columns[first],
        starts=np.append((ends - lengths[order])[first], len(take)).astype(np.int64),
        rows=np.concatenate([np.empty(0, dtype=np.int32), *rows])[take],
        text=joined([block.text for block in blocks]),
        path=joined([block.path for block in blocks]),
        is_pair=pairs[order][first],
        text_length=per_row([block.text_length for block in blocks]),
        path_length=per_row([block.path_length for block in blocks]),
    )


def _spans(starts: NDArray[np.int64], lengths: NDArray[np.int64], order: NDArray[np.int64]) -> NDArray[np.int64]:
    """The positions `starts[i] .. starts[i] + lengths[i]` of each i in `order`, one after another."""
    lengths = lengths[order]
    shift = starts[order] - (np.cumsum(lengths) - lengths)
    return np.repeat(shift, lengths) + np.arange(int(lengths.sum()), dtype=np.int64)
