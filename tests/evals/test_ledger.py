"""The measurement of verification, at a size that a test can wait for."""

import argparse

from evals import ledger


def test_a_small_ledger_is_made_sealed_cosigned_and_verified() -> None:
    found = ledger.run(argparse.Namespace(records=210, seconds=5))
    assert (found["records"], found["streams"], found["checkpoints"]) == (210, 11, 1)
    assert found["verify_s"] > 0
    window = found["before_cosigning_s"]
    assert 0 < window["p50"] <= window["p95"] <= window["max"]
