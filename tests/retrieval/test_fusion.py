import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from retrieval.fusion import fuse, reciprocal
from retrieval.thresholds import FusionWeights

WEIGHTS = FusionWeights(dense=0.4, full_match=0.5, short_terms=10)


def fused(lexical: list[float], dense: list[float], lengths: list[int], ceiling: float) -> list[float]:
    scores = fuse(
        np.array(lexical, dtype=np.float32),
        np.array(dense, dtype=np.float32),
        np.array(lengths, dtype=np.int64),
        ceiling,
        WEIGHTS,
    )
    return [round(score, 6) for score in scores.tolist()]


def test_weighted_sum_of_both_in_their_reach():
    assert fused([2.0, 10.0, 0.0], [0.5, 1.0, -0.3], [40, 40, 40], 8.0) == [0.5, 1.0, 0.0]


def test_an_unknown_question_counts_by_meaning_alone():
    assert fused([0.0], [0.5], [40], 0.0) == [0.2]


def test_a_bare_heading_is_discounted():
    long, short = fused([2.0, 2.0], [0.5, 0.5], [10, 2], 8.0)
    assert short == round(long * 0.2**0.5, 6)


@given(
    st.lists(st.tuples(st.floats(0, 50, width=32), st.floats(-1, 1, width=32), st.integers(0, 500)), max_size=20),
    st.just(0.0) | st.floats(0.01, 50),
)
def test_scores_lie_between_zero_and_one(rows: list[tuple[float, float, int]], ceiling: float):
    scores = fused([r[0] for r in rows], [r[1] for r in rows], [r[2] for r in rows], ceiling)
    assert all(0.0 <= score <= 1.0 for score in scores)


def test_reciprocal_ranks_as_a_share_of_being_first_everywhere():
    one, other = np.array([3.0, 2.0, 0.0]), np.array([0.1, 0.9, -0.2])
    scores = reciprocal([one, other], FusionWeights(reciprocal=60.0))
    assert scores.tolist() == [(1 / 61 + 1 / 62) * 61 / 2, (1 / 62 + 1 / 61) * 61 / 2, 0.0]
