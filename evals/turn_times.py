"""The times of turns as a client sees them, and where the service says that they went."""

import asyncio
import gc
import time
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from evals.asking import CHAT
from evals.stream import Connection, Received

CENTILES: Final = (50, 95)


@dataclass(frozen=True, slots=True)
class Timing:
    """One turn, in milliseconds from the request's first byte; `stages` as the service's own events say."""

    outcome: str
    first_event_ms: float
    first_claim_ms: float | None
    end_ms: float
    stages: Mapping[str, float]


async def time_turn(connection: Connection, token: str, question: str) -> Timing:
    """Ask and time. Nothing is decoded before the last event is here."""
    begun = time.perf_counter()
    events = [event async for event in connection.post_events(CHAT, token, {"message": question})]
    return read_timing(begun, events)


def read_timing(begun: float, events: Sequence[Received]) -> Timing:
    """What a turn's events say. `begun` is the clock of `Received.at`. Raises `ValueError` without any event."""
    if not events:
        raise ValueError("the stream ended without an event")
    stages: defaultdict[str, float] = defaultdict(float)
    for event in events:
        if event.kind == "stage" and (fields := event.fields())["status"] == "finished":
            stages[fields["name"]] += fields.get("ms") or 0.0
    last = events[-1]
    claims = [event.at for event in events if event.kind == "claim"]
    return Timing(
        outcome=str(last.fields()["status"]) if last.kind == "run.finished" else "unfinished",
        first_event_ms=(events[0].at - begun) * 1000,
        first_claim_ms=(claims[0] - begun) * 1000 if claims else None,
        end_ms=(last.at - begun) * 1000,
        stages=dict(stages),
    )


async def measure(base_url: str, turns: Sequence[tuple[str, str]], concurrency: int) -> tuple[list[Timing], float]:
    """Time every (token, question), `concurrency` at once over as many connections; and the seconds in all."""
    waiting = iter(turns)
    timings: list[Timing] = []

    async def work() -> None:
        connection = Connection(base_url)
        try:
            for token, question in waiting:
                timings.append(await time_turn(connection, token, question))
        finally:
            await connection.close()

    gc.collect()
    begun = time.perf_counter()
    await asyncio.gather(*(work() for _ in range(concurrency)))
    return timings, time.perf_counter() - begun


def summary(timings: Sequence[Timing], took_s: float) -> dict[str, Any]:
    """Medians and 95th centiles in milliseconds, and turns a second."""
    claims = [timing.first_claim_ms for timing in timings if timing.first_claim_ms is not None]
    return {
        "turns": len(timings),
        "outcomes": dict(Counter(timing.outcome for timing in timings)),
        "with_claim": len(claims),
        "first_event_ms": _centiles([timing.first_event_ms for timing in timings]),
        "first_claim_ms": _centiles(claims),
        "end_ms": _centiles([timing.end_ms for timing in timings]),
        "turns_per_s": round(len(timings) / took_s, 2) if took_s else 0.0,
    }


def _centiles(values: Sequence[float]) -> dict[str, float] | None:
    if not values:
        return None
    return {f"p{share}": round(float(np.percentile(values, share)), 2) for share in CENTILES}


def stage_shares(timings: Sequence[Timing]) -> dict[str, dict[str, float]]:
    """Mean milliseconds and share of the whole turn for each stage; `elsewhere` is admission, queue and record."""
    total = sum(timing.end_ms for timing in timings)
    if not total:
        return {}
    spent: Counter[str] = Counter()
    for timing in timings:
        spent.update(timing.stages)
    spent["elsewhere"] = total - sum(spent.values())  # type: ignore[assignment]
    return {name: {"mean_ms": round(ms / len(timings), 2), "share": round(ms / total, 4)} for name, ms in spent.items()}
