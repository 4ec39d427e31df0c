"""Postings: the terms of an edition's chunks and where they stand, the same whoever reads them.

Pairs of neighbouring words are terms of their own. A block keeps counts only: what a term weighs depends on who asks,
since statistics come from what the caller may see (`retrieval.lexical`).
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from retrieval.terms import path_terms, terms

Keys = NDArray[np.uint64]
Positions = NDArray[np.int64]
Counts = NDArray[np.unsignedinteger]
_PAIR_LEFT = np.uint64(0x9E3779B97F4A7C15)
_PAIR_RIGHT = np.uint64(0xC2B2AE3D27D4EB4F)


@lru_cache(maxsize=131_072)
def _key(term: str) -> int:
    """A stable 64-bit name of a term; two of ten million terms collide with a chance of three in a million."""
    return int.from_bytes(hashlib.blake2b(term.encode(), digest_size=8).digest(), "little")


def keys_of(found: Sequence[str]) -> Keys:
    """The names of the terms, in order."""
    return np.fromiter((_key(term) for term in found), dtype=np.uint64, count=len(found))


def pairs_of(keys: Keys) -> Keys:
    """The names of the pairs of neighbours, one fewer than there are terms."""
    return keys[:-1] * _PAIR_LEFT + keys[1:] * _PAIR_RIGHT


@dataclass(frozen=True, slots=True)
class LexicalBlock:
    """Postings column by column: term `keys[i]` stands in `rows[starts[i]:starts[i + 1]]`.

    `keys` ascend; `text` and `path` count a term's occurrences in a chunk's text and in its title and section path;
    `text_length` and `path_length` are per row, in terms.
    """

    keys: Keys
    starts: Positions
    rows: NDArray[np.int32]
    text: Counts
    path: Counts
    text_length: NDArray[np.int32]
    path_length: NDArray[np.int32]

    @property
    def size(self) -> int:
        """The number of chunks."""
        return len(self.text_length)

    @property
    def nbytes(self) -> int:
        """Memory held, in bytes."""
        counts = self.text.nbytes + self.path.nbytes + self.text_length.nbytes + self.path_length.nbytes
        return self.keys.nbytes + self.starts.nbytes + self.rows.nbytes + counts


def lexical_block(title: str, chunks: Sequence[tuple[Sequence[str], str]]) -> LexicalBlock:
    """Postings of an edition from its title and its chunks, each (section path, text), in order."""
    texts = [keys_of(terms(text)) for _, text in chunks]
    return block_of(texts, [keys_of(path_terms((title, *section))) for section, _ in chunks])


def block_of(texts: Sequence[Keys], paths: Sequence[Keys]) -> LexicalBlock:
    """Postings of chunks from the names of the terms of their texts and of their titles and section paths, in order."""
    pairs = [pairs_of(keys) for keys in texts]
    lengths = [np.array([len(part) for part in field], dtype=np.int64) for field in (texts, paths, pairs)]
    keys = np.concatenate([*texts, *paths, *pairs, np.empty(0, dtype=np.uint64)])
    rows = np.concatenate([np.repeat(np.arange(len(texts), dtype=np.int32), length) for length in lengths])
    in_path = np.repeat(np.array([False, True, False]), [int(length.sum()) for length in lengths])
    order = np.lexsort((rows, keys))
    keys, rows, in_path = keys[order], rows[order], in_path[order]
    first = np.flatnonzero(_changes(keys) | _changes(rows))
    posting_keys = keys[first]
    column = np.flatnonzero(_changes(posting_keys))
    return LexicalBlock(
        keys=posting_keys[column],
        starts=np.append(column, len(first)).astype(np.int64),
        rows=rows[first],
        text=_count(~in_path, first),
        path=_count(in_path, first),
        text_length=lengths[0].astype(np.int32),
        path_length=lengths[1].astype(np.int32),
    )


def joined(blocks: Sequence[LexicalBlock]) -> LexicalBlock:
    """One block with the rows of all, in order: the columns of equal keys are joined."""
    offsets = np.cumsum([0, *(block.size for block in blocks)])
    columns = np.concatenate([np.empty(0, dtype=np.uint64), *(block.keys for block in blocks)])
    lengths = np.concatenate([np.empty(0, dtype=np.int64), *(np.diff(block.starts) for block in blocks)])
    rows = [block.rows + np.int32(offset) for block, offset in zip(blocks, offsets, strict=False)]
    order = np.argsort(columns, kind="stable")
    lengths_in_order = lengths[order]
    take = spans((np.cumsum(lengths) - lengths)[order], lengths_in_order)
    columns = columns[order]
    first = np.flatnonzero(_changes(columns))
    starts = np.cumsum(lengths_in_order) - lengths_in_order
    return LexicalBlock(
        keys=columns[first],
        starts=np.append(starts[first], len(take)).astype(np.int64),
        rows=np.concatenate([np.empty(0, dtype=np.int32), *rows])[take],
        text=np.concatenate([np.empty(0, dtype=np.uint8), *(block.text for block in blocks)])[take],
        path=np.concatenate([np.empty(0, dtype=np.uint8), *(block.path for block in blocks)])[take],
        text_length=np.concatenate([np.empty(0, dtype=np.int32), *(block.text_length for block in blocks)]),
        path_length=np.concatenate([np.empty(0, dtype=np.int32), *(block.path_length for block in blocks)]),
    )


def kept(block: LexicalBlock, keep: NDArray[np.bool_]) -> LexicalBlock:
    """The block without the rows that `keep`, (size,), leaves out; the others move up."""
    place = (np.cumsum(keep) - 1).astype(np.int32)
    stays = keep[block.rows]
    ends = np.append(0, np.cumsum(stays))[block.starts]
    full = np.flatnonzero(np.diff(ends))
    return LexicalBlock(
        keys=block.keys[full],
        starts=np.append(ends[:-1][full], ends[-1]).astype(np.int64),
        rows=place[block.rows[stays]],
        text=block.text[stays],
        path=block.path[stays],
        text_length=block.text_length[keep],
        path_length=block.path_length[keep],
    )


def spans(starts: Positions, lengths: Positions) -> Positions:
    """The positions `starts[i] .. starts[i] + lengths[i]` of each i, one after another."""
    shift = starts - (np.cumsum(lengths) - lengths)
    return np.repeat(shift, lengths) + np.arange(int(lengths.sum()), dtype=np.int64)


def _changes(values: NDArray[np.generic]) -> NDArray[np.bool_]:
    """True where a value differs from the one before it; the first always does."""
    changed = np.ones(len(values), dtype=np.bool_)
    changed[1:] = values[1:] != values[:-1]
    return changed


def _count(hits: NDArray[np.bool_], first: Positions) -> Counts:
    """How many of each group are hits, in as few bytes as the largest count needs."""
    if not len(first):
        return np.empty(0, dtype=np.uint8)
    counts = np.add.reduceat(hits, first, dtype=np.uint32)
    return counts.astype(np.min_scalar_type(int(counts.max())))
