"""The cases of personal data that we draw ourselves: repeatable, apart by half, and a sample of them found."""

import pytest

from evals.pii import measure
from evals.pii_cases.generated import HALVES, cases, sentences
from guardrails.detecting import build


def test_a_seed_repeats_its_cases_and_the_sets_share_no_sentence() -> None:
    assert list(cases(60, 7, "frozen")) == list(cases(60, 7, "frozen")) != list(cases(60, 8, "frozen"))
    told = [sentence for half in HALVES for lines in sentences(half).values() for sentence in lines]
    assert len(told) == len(set(told))
    assert all(case["text"][s["start"] : s["end"]] for case in cases(60, 7, "tuned") for s in case["spans"])


@pytest.mark.parametrize("half", HALVES)
def test_a_sample_is_found(half: str) -> None:
    found = measure(build(), list(cases(400, 11, half)))["overall"]
    assert found["precision"] >= 0.99
    assert found["recall"] >= 0.98
