"""The tamper campaign: nothing cosigned is altered unseen, and the campaign itself can fail."""

import argparse
from collections import Counter

import pytest

from evals import tamper
from evals.tamper import Tally


def test_two_hundred_attacks_are_all_seen() -> None:
    found = tamper.run(argparse.Namespace(rounds=200, seed=4))
    assert (found["missed"], found["named_rightly"]["misnamed"]) == ([], [])
    assert found["attacks"] == found["detected"] > 150
    assert all(each["attacks"] > 0 for each in found["by_attack"].values())
    assert found["named_rightly"]["named"] == found["named_rightly"]["of"] > 50
    assert found["forged_checkpoints"]["cosigned"] == 0 < found["forged_checkpoints"]["sent_to_witness"]
    assert found["honest"]["false_alarms"] == 0 < found["honest"]["verified"]
    assert found["gate_passed"] is True


def tally(**changes: object) -> Tally:
    whole = Tally(attacks=Counter(edit=2), detected=Counter(edit=2), nameable=2, named=2, honest=3)
    for name, value in changes.items():
        setattr(whole, name, value)
    return whole


@pytest.mark.parametrize(
    "flaw",
    [
        {"detected": Counter(edit=1)},
        {"named": 1},
        {"witness_deceived": 1},
        {"false_alarms": 1},
        {"attacks": Counter[str](), "detected": Counter[str]()},
    ],
)
def test_anything_less_misses_the_gate(flaw: dict[str, object]) -> None:
    assert tally().as_json()["gate_passed"] is True
    assert tally(**flaw).as_json()["gate_passed"] is False
