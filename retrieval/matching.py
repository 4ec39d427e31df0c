"""Which words of a question stand in which chunk, and how much they weigh there."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from retrieval.lexical import Column, LexicalIndex
from retrieval.postings import keys_of, pairs_of
from retrieval.stages import Stage, Stages
from retrieval.terms import terms
from retrieval.thresholds import COMMON, FUSION, LEXICAL

Scores = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Matches:
    """BM25 of every chunk, (size,): of the single `words`, of the `phrases` (pairs of neighbours), and of `both`.

    `ceiling` is what a chunk made of all the known terms could approach, `phrase_ceiling` the phrases' part
    of it; `terms` are the question's single words that occur, in order of first appearance; `common` those of its
    words, and of its pairs of neighbours ("harbour bank"), that stand in many of the chunks.
    """

    words: Scores
    phrases: Scores
    both: Scores
    ceiling: float
    phrase_ceiling: float
    terms: tuple[Column, ...]
    common: tuple[str, ...]


def match(lexical: LexicalIndex, text: str, added: Sequence[str], stages: Stages) -> Matches:
    """Match a question, and at a lower weight the phrases `added` to it, against all chunks of an index."""
    columns = _columns(lexical, text, stages)
    further = [_at_weight(column, FUSION.added) for column in _columns(lexical, " ".join(added), stages)]
    words = [column for column in columns if not column.is_pair]
    by_words = _total(lexical.size, [*words, *(column for column in further if not column.is_pair)])
    by_phrases = _total(lexical.size, [column for column in (*columns, *further) if column.is_pair])
    reach = LEXICAL.k1 + 1.0
    return Matches(
        words=by_words,
        phrases=by_phrases,
        both=by_words + by_phrases,
        ceiling=reach * math.fsum(column.idf for column in (*columns, *further)),
        phrase_ceiling=reach * math.fsum(column.idf for column in (*columns, *further) if column.is_pair),
        terms=tuple(words),
        common=_common(text, columns, lexical.size),
    )


def _common(text: str, columns: Sequence[Column], size: int) -> tuple[str, ...]:
    words = terms(text)
    pairs = [" ".join(pair) for pair in pairwise(words)]
    keys = keys_of(words)
    names = dict(zip([*keys.tolist(), *pairs_of(keys).tolist()], [*words, *pairs], strict=True))
    many = max(COMMON.chunks, COMMON.share * size)
    return tuple(sorted(names[column.key] for column in columns if column.frequency >= many))


def _columns(lexical: LexicalIndex, text: str, stages: Stages) -> list[Column]:
    if not text or not stages.has(Stage.LEXICAL):
        return []
    return [column for column in lexical.columns(text) if stages.has(Stage.PHRASES) or not column.is_pair]


def _at_weight(column: Column, weight: float) -> Column:
    return replace(column, impact=column.impact * np.float32(weight), idf=column.idf * weight)


def _total(size: int, columns: Sequence[Column]) -> Scores:
    total = np.zeros(size, dtype=np.float32)
    for column in columns:
        column.add_to(total)
    return total
