import numpy as np
import pytest

from guardrails.ngrams import SIZE, buckets, hashed


def test_words_and_pairs_whatever_the_case_and_marks() -> None:
    assert len(buckets("Lost my card")) == 5
    assert buckets("lost my card") == buckets("LOST, my cárd!")
    assert buckets("in 2019") == buckets("in 4711")
    assert buckets("card my lost") != buckets("lost my card")


def test_the_same_on_every_machine() -> None:
    assert buckets("lost card") == [1194, 6355, 6563]


def test_one_long_and_empty_for_nothing() -> None:
    vector = hashed("What is the fee, and what is the limit?")
    assert (vector.shape, vector.dtype) == ((SIZE,), np.float32)
    assert float(np.linalg.norm(vector)) == pytest.approx(1.0)
    assert not hashed("… ?!").any()
