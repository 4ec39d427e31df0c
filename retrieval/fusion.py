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


def reciprocal(lists: Sequence[NDArray[np.float64]], weights: FusionWeights = FUSION) -> NDArray[np.float64]:
    """The alternative to `fuse`: reciprocal rank fusion (Cormack et al. 2009) of score lists over the same chunks,
    as a share of what the first of every list would get. A score of 0 or less is no place in a list."""
    total = np.zeros(len(lists[0]))
    for scores in lists:
        order = np.lexsort((np.arange(len(scores)), -scores))
        place = np.empty(len(scores))
        place[order] = np.arange(1, len(scores) + 1)
        total += np.where(scores > 0.0, 1.0 / (weights.reciprocal + place), 0.0)
    return total * (weights.reciprocal + 1.0) / len(lists)
