"""The candidates of one question with all that ranking looks at, and the features of the learned ranking.

Everything here is a function of the question and of the chunks that the caller may see; each candidate's numbers are
sums of its own, so that no other row can move their last bits.
"""

from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from retrieval.dense import top_rows
from retrieval.lexical import Column, LexicalIndex
from retrieval.matching import Matches
from retrieval.thresholds import LEXICAL

Rows = NDArray[np.int64]
Numbers = NDArray[np.float64]
NEAR: Final = 3
"""A passage within so many places of another in its edition stands near it."""


class Shelf(Protocol):
    """What ranking needs of a view: chunks as rows, edition by edition in reading order, with BM25 over them."""

    lexical: LexicalIndex

    @property
    def size(self) -> int:
        """The number of chunks."""
        ...

    def edition_starts(self) -> Rows:
        """Where each edition's rows start, and where the last one's end."""
        ...


@dataclass(frozen=True, slots=True)
class Pool:
    """Candidates by ascending row, each array (n,) unless said otherwise.

    `words` and `phrases` are raw BM25, `ceiling` and `phrase_ceiling` what the question could reach; `cosines` those of
    the embeddings; `lengths` in terms; `editions` number the editions; `previous` and `following` are the BM25 of the
    neighbours in the same edition, 0 where there is none; `impacts` (terms, n) and `idf` (terms,) are those of the
    question's single terms.
    """

    rows: Rows
    words: Numbers
    phrases: Numbers
    ceiling: float
    phrase_ceiling: float
    cosines: Numbers
    lengths: Rows
    editions: Rows
    previous: Numbers
    following: Numbers
    impacts: Numbers
    idf: Numbers

    @property
    def size(self) -> int:
        """The number of candidates."""
        return len(self.rows)

    @property
    def lexical(self) -> Numbers:
        """BM25 of words and phrases together."""
        return self.words + self.phrases


def pool_of(shelf: Shelf, matches: Matches, rows: Rows, cosines: NDArray[np.float32]) -> Pool:
    """The pool of these rows, which ascend, with their cosines."""
    starts = shelf.edition_starts()
    editions = np.searchsorted(starts, rows, side="right") - 1
    first, last = starts[editions], starts[editions + 1] - 1
    both = matches.both
    return Pool(
        rows=rows,
        words=matches.words[rows].astype(np.float64),
        phrases=matches.phrases[rows].astype(np.float64),
        ceiling=matches.ceiling,
        phrase_ceiling=matches.phrase_ceiling,
        cosines=cosines.astype(np.float64),
        lengths=shelf.lexical.lengths[rows],
        editions=editions,
        previous=np.where(rows > first, both[np.maximum(rows - 1, 0)], 0.0).astype(np.float64),
        following=np.where(rows < last, both[np.minimum(rows + 1, shelf.size - 1)], 0.0).astype(np.float64),
        impacts=_impacts(shelf.size, matches.terms, rows),
        idf=np.array([column.idf for column in matches.terms], dtype=np.float64),
    )


def candidate_rows(matches: Matches, nearest: Rows, limit: int) -> Rows:
    """The `limit` rows that match best by words, and the `nearest` in meaning; each once, ascending."""
    by_words = top_rows(matches.both, limit)
    return np.union1d(by_words[matches.both[by_words] > 0.0], nearest)


def _impacts(size: int, columns: tuple[Column, ...], rows: Rows) -> Numbers:
    place = np.full(size, -1, dtype=np.int32)
    place[rows] = np.arange(len(rows), dtype=np.int32)
    found = np.zeros((len(columns), len(rows)), dtype=np.float64)
    for at, column in enumerate(columns):
        if column.rows is None:
            found[at] = column.impact[rows]
        else:
            where = place[column.rows]
            hit = where >= 0
            found[at, where[hit]] = column.impact[hit]
    return found


def ranks(scores: Numbers) -> Rows:
    """The rank of each candidate from 0, the largest score first; equal scores in the order of the rows."""
    order = np.lexsort((np.arange(len(scores)), -scores))
    found = np.empty(len(scores), dtype=np.int64)
    found[order] = np.arange(len(scores))
    return found


FEATURES: Final = (
    "fused",
    "lexical",
    "phrases",
    "coverage",
    "often",
    "barely",
    "terms_found",
    "rarest_found",
    "rarest_missed",
    "opening",
    "closing",
    "cosine",
    "length",
    "short",
    "lexical_rank",
    "cosine_rank",
    "edition_best",
    "edition_cosine",
    "near_best",
    "near_mean",
    "previous",
    "following",
)
"""What the learned ranking looks at; `features` says what each is."""


def features(pool: Pool, fused: Numbers) -> Numbers:
    """(n, len(FEATURES)): the fused score; BM25 of all and of the phrases as a share of what the question could reach;
    of the question's terms, the share found (by weight and by number), the rarest found and missed, those of its first
    fifth and its last three; the cosine; the length (log, and as a share of ten terms); the ranks by either score
    (log); the best fused score and cosine in the same edition; the best and the mean fused score near by; the
    neighbours' BM25.
    """
    idf = pool.idf if len(pool.idf) else np.ones(1)
    # How near each term comes to all that it can weigh: 0..1.
    filled = pool.impacts / ((LEXICAL.k1 + 1.0) * idf[:, None]) if len(pool.idf) else np.zeros((1, pool.size))
    found = filled > 0.0
    weight, rarest = float(idf.sum()), float(idf.max())
    opening = max(1, len(idf) // 5)
    reach, phrase_reach = pool.ceiling or 1.0, pool.phrase_ceiling or 1.0
    best, mean = _near(pool, fused)
    columns = (
        fused,
        pool.lexical / reach,
        pool.phrases / phrase_reach,
        np.einsum("tn,t->n", found, idf) / weight,
        np.einsum("tn,t->n", filled * filled, idf) / weight,
        np.einsum("tn,t->n", np.sqrt(filled), idf) / weight,
        found.mean(axis=0),
        np.where(found, idf[:, None], 0.0).max(axis=0) / rarest,
        np.where(found, 0.0, idf[:, None]).max(axis=0) / rarest,
        found[:opening].mean(axis=0),
        found[-3:].mean(axis=0),
        pool.cosines,
        np.log1p(pool.lengths),
        np.minimum(pool.lengths / 10.0, 1.0),
        np.log1p(ranks(pool.lexical)),
        np.log1p(ranks(pool.cosines)),
        _best_of_edition(pool, fused),
        _best_of_edition(pool, pool.cosines),
        best,
        mean,
        pool.previous / reach,
        pool.following / reach,
    )
    return np.stack(columns, axis=1)


def _best_of_edition(pool: Pool, scores: Numbers) -> Numbers:
    best = np.zeros(int(pool.editions.max()) + 1 if pool.size else 0)
    np.maximum.at(best, pool.editions, scores)
    return best[pool.editions]


def _near(pool: Pool, fused: Numbers) -> tuple[Numbers, Numbers]:
    """The best and the mean fused score of the other candidates within `NEAR` places of the same edition."""
    best, total = np.zeros(pool.size), np.zeros(pool.size)
    for step in range(1, NEAR + 1):
        near = (pool.rows[step:] - pool.rows[:-step] <= NEAR) & (pool.editions[step:] == pool.editions[:-step])
        left, right = np.flatnonzero(near), np.flatnonzero(near) + step
        best[left] = np.maximum(best[left], fused[right])
        best[right] = np.maximum(best[right], fused[left])
        total[left] += fused[right]
        total[right] += fused[left]
    return best, total / (2.0 * NEAR)
