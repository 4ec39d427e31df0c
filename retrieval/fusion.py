"""One score from two: a weighted sum of the lexical and the dense score, each brought to 0..1 by what the question
itself could reach, so that a score means the same for every question and can be held against a threshold.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from retrieval.thresholds import FUSION, FusionWeights

Scores = NDArray[np.float32]


def fuse(
    lexical: Scores,
    dense: Scores,
    lengths: NDArray[np.int64],
    ceiling: float,
    weights: FusionWeights = FUSION,
) -> NDArray[np.float64]:
    """The fused score of each chunk, 0..1.

    `lexical` are raw BM25 scores and `ceiling` what the question could reach at most (0 when no term is known);
    `dense` are cosines, of which negative ones count as none; `lengths` are the chunks' lengths in terms: a passage
    of a few words, such as a bare heading, answers nothing and is discounted.
    """
    reach = ceiling * weights.full_match
    by_words = np.minimum(lexical.astype(np.float64) / reach, 1.0) if reach else np.zeros(len(lexical))
    by_meaning = np.clip(dense.astype(np.float64), 0.0, 1.0)
    substance = np.sqrt(np.minimum(lengths / weights.short_terms, 1.0))
    return ((1.0 - weights.dense) * by_words + weights.dense * by_meaning) * substance


def distinct(texts: Sequence[str], limit: int, weights: FusionWeights = FUSION) -> list[int]:
    """The positions of the first `limit` texts that do not nearly repeat an earlier one, in order.

    Two texts are near duplicates when the share of words they have in common reaches `weights.duplicate`.
    """
    kept: dict[int, frozenset[str]] = {}
    for position, text in enumerate(texts):
        if len(kept) == limit:
            break
        words = frozenset(text.lower().split())
        if not any(_nearly_equal(words, other, weights.duplicate) for other in kept.values()):
            kept[position] = words
    return list(kept)


def _nearly_equal(one: frozenset[str], other: frozenset[str], share: float) -> bool:
    """Whether Jaccard's index reaches the share; two empty sets are the same."""
    larger = max(len(one), len(other))
    if min(len(one), len(other)) < share * larger:
        return False
    common = len(one & other)
    return common >= share * (len(one) + len(other) - common)
