"""The replay campaign: runs of every ending come to the same again, and the campaign itself can fail."""

import argparse
from collections import Counter
from typing import Any

import pytest

from evals import replay
from evals.replay import Tally
from evals.replay_plays import PLAYS
from graph import kept
from runs.models import RunStatus


def campaign(runs: int, seed: int, only: str | None = None) -> dict[str, Any]:
    return replay.run(argparse.Namespace(runs=runs, seed=seed, only=only, log=False))


def test_runs_of_every_ending_come_to_the_same_again(capsys: pytest.CaptureFixture[str]) -> None:
    found = campaign(len(PLAYS), 7)
    assert "DIFFERS" not in capsys.readouterr().err
    assert (found["differing"], found["unended"]) == ([], [])
    assert found["runs"] == found["identical"] >= len(PLAYS)
    assert found["executions"] > found["runs"]
    assert set(found["by_outcome"]) == set(PLAYS)
    assert set(found["by_status"]) == {status.value for status in RunStatus if status.is_terminal}


def test_a_replay_that_forgets_an_event_is_noticed(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def forgets(*_: Any, **__: Any) -> dict[str, Any]:
        return {}

    monkeypatch.setattr(kept, "event_data", forgets)
    found = campaign(2, 7, "refused: small talk")
    assert (found["runs"], found["identical"], found["gate_passed"]) == (2, 0, False)
    assert "DIFFERS: refused: small talk (seed 7/0" in capsys.readouterr().err


def tally(**changes: object) -> dict[str, Any]:
    whole = Tally(
        runs=Counter(a=2, b=1), identical=Counter(a=2, b=1), plays=Counter(a=3, b=3), as_meant=Counter(a=1, b=1)
    )
    for name, value in changes.items():
        setattr(whole, name, value)
    return whole.as_json(["a", "b"])


@pytest.mark.parametrize(
    "flaw",
    [
        {"identical": Counter(a=1, b=1)},
        {"as_meant": Counter(a=2)},
        {"unended": ["a 1/2: running"]},
        {"runs": Counter[str](), "identical": Counter[str]()},
    ],
)
def test_anything_less_misses_the_gate(flaw: dict[str, object]) -> None:
    assert tally()["gate_passed"] is True
    assert tally(**flaw)["gate_passed"] is False


def test_every_play_has_an_ending() -> None:
    assert all(play.ends and all(status.is_terminal for status in play.ends) for play in PLAYS.values())
