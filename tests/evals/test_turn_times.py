"""What a client's clock and the service's stages say of turns."""

from typing import Any

import orjson
import pytest

from evals.stream import Received
from evals.turn_times import Timing, measure, read_timing, stage_shares, summary
from tests.evals.http_script import event, events, scripted


def _at(eighths: float, kind: str, **fields: Any) -> Received:
    return Received(kind, orjson.dumps(fields), 10 + eighths / 8)


def test_times_a_turn_from_its_first_byte() -> None:
    timing = read_timing(
        10,
        [
            _at(4, "run.started"),
            _at(5, "stage", name="screen", status="started"),
            _at(7, "stage", name="screen", status="finished", ms=2.5),
            _at(8, "stage", name="check", status="finished", ms=1),
            _at(9, "stage", name="check", status="finished", ms=0.5),
            _at(20, "claim"),
            _at(24, "claim"),
            _at(30, "run.finished", status="answered"),
        ],
    )
    assert timing == Timing(
        outcome="answered",
        first_event_ms=500,
        first_claim_ms=2500,
        end_ms=3750,
        stages={"screen": 2.5, "check": 1.5},
    )


def test_a_turn_without_an_end_is_unfinished_and_without_events_an_error() -> None:
    assert read_timing(10, [_at(1, "run.started")]).outcome == "unfinished"
    with pytest.raises(ValueError, match="without an event"):
        read_timing(10, [])


TIMINGS = [
    Timing("answered", 2, 10, 20, {"screen": 5, "answer": 5}),
    Timing("answered", 4, 20, 40, {"screen": 5, "answer": 15}),
    Timing("abstained", 6, None, 30, {"screen": 5}),
]


def test_sums_turns_up() -> None:
    assert summary(TIMINGS, took_s=1.5) == {
        "turns": 3,
        "outcomes": {"answered": 2, "abstained": 1},
        "with_claim": 2,
        "first_event_ms": {"p50": 4.0, "p95": 5.8},
        "first_claim_ms": {"p50": 15.0, "p95": 19.5},
        "end_ms": {"p50": 30.0, "p95": 39.0},
        "turns_per_s": 2.0,
    }


def test_shares_of_the_stages_and_the_rest_are_the_whole() -> None:
    shares = stage_shares(TIMINGS)
    assert shares == {
        "screen": {"mean_ms": 5.0, "share": 0.1667},
        "answer": {"mean_ms": 6.67, "share": 0.2222},
        "elsewhere": {"mean_ms": 18.33, "share": 0.6111},
    }
    assert stage_shares([]) == {}


async def test_asks_every_question_once_over_as_many_connections_as_turns_at_once() -> None:
    reply = events(event("run.started", n=1), event("run.finished", status="answered"))
    turns = [(f"token-{number % 2}", f"question {number}") for number in range(5)]
    async with scripted(*[reply] * 5) as server:
        timings, took_s = await measure(server.url, turns, 2)
    assert [timing.outcome for timing in timings] == ["answered"] * 5
    assert took_s > 0
    assert sorted(zip(server.tokens, [body["message"] for body in server.bodies], strict=True)) == sorted(turns)
    assert server.connections == 2
