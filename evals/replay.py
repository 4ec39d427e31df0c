"""`python -m evals replay`: run after run of every ending, each executed again from its record, and what differs.

The runs are the product's own: its guards, search, graph, decisions, database. Only the models and the bank's system
follow scripts. The replays happen at the end, when tools are stopped and every model, search and system would refuse.
"""

import argparse
import asyncio
import logging
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from random import Random, SystemRandom
from typing import Any, Final, TypeVar, cast

import structlog

from evals.cases_file import progress
from evals.replay_effects import Stopped
from evals.replay_plays import PLAYS
from evals.replay_stage import Asked, Stage
from evals.replay_stand_ins import Nobody
from evals.replay_world import TENANT, World, open_world, scratch_database
from graph.context import Guards
from graph.execute import TurnRunner
from graph.replay import Difference, Replay, replay
from runs.models import Run

T = TypeVar("T")

AT_ONCE: Final = 4
SHOWN: Final = 20
FAIR: Final = 3
"""A play that was played so often has to have ended as it is meant to at least once, or it shows nothing."""

READABLE: Final = 2_000
"""Characters of each side of a difference."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--runs", type=int, default=300, metavar="N", help="at least so many (default: %(default)s)")
    parser.add_argument("--seed", type=int, metavar="S", help="repeats an earlier campaign (default: a new one)")
    parser.add_argument("--log", action="store_true", help="print what the product logs, defects with their places")
    parser.add_argument("--only", metavar="TEXT", help="only plays with this in their names")


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Play, replay, count. A run that differs misses the gate, and so does an ending that no run came to."""
    begun = time.monotonic()
    seed: int = SystemRandom().randrange(2**31) if args.seed is None else args.seed
    _say(f"seed {seed}")
    names = [name for name in PLAYS if args.only is None or args.only in name]
    with _logging(quiet=not args.log):
        tally = asyncio.run(_campaign(args.runs, seed, names))
    return {"task": "replay", "seed": seed} | tally.as_json(names) | {"seconds": round(time.monotonic() - begun, 1)}


@contextmanager
def _logging(*, quiet: bool) -> Generator[None]:
    """Half of the runs fail as they are meant to, and each failure would be told at length."""
    before = structlog.get_config()
    least = logging.CRITICAL if quiet else logging.WARNING
    renderer = structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
    structlog.configure(processors=[renderer], wrapper_class=structlog.make_filtering_bound_logger(least))
    try:
        yield
    finally:
        structlog.configure(**before)


@dataclass(slots=True)
class Tally:
    """Counts by play."""

    runs: Counter[str] = field(default_factory=Counter[str])
    identical: Counter[str] = field(default_factory=Counter[str])
    attempts: int = 0
    endings: Counter[str] = field(default_factory=Counter[str])
    plays: Counter[str] = field(default_factory=Counter[str])
    as_meant: Counter[str] = field(default_factory=Counter[str])
    """Plays whose last run ended as it had to."""
    differing: list[str] = field(default_factory=list[str])
    unended: list[str] = field(default_factory=list[str])

    def add(self, played: "Played", ended: Run, found: Replay) -> None:
        self.runs[played.name] += 1
        self.attempts += found.attempts
        self.endings[ended.status.value] += 1
        if found.identical:
            self.identical[played.name] += 1
        else:
            self.differing.append(f"{played.name} {played.seed}: {ended.status.value}")

    def as_json(self, names: Sequence[str]) -> dict[str, Any]:
        runs, identical = self.runs.total(), self.identical.total()
        unreached = [name for name in names if self.plays[name] >= FAIR and not self.as_meant[name]]
        return {
            "runs": runs,
            "identical": identical,
            "different": runs - identical,
            "executions": self.attempts,
            "by_outcome": {
                name: {"runs": self.runs[name], "identical": self.identical[name]} for name in names if self.runs[name]
            },
            "by_status": dict(sorted(self.endings.items())),
            "differing": self.differing[:SHOWN],
            "unended": self.unended[:SHOWN],
            "unreached": unreached,
            "gate_passed": bool(runs) and identical == runs and not (self.unended or unreached),
        }


@dataclass(frozen=True, slots=True)
class Played:
    """A play that was played: its name, its seed, the runs of it."""

    name: str
    seed: str
    asked: Sequence[Asked]


async def _campaign(runs: int, seed: int, names: Sequence[str]) -> Tally:
    tally = Tally()
    with scratch_database("replay") as urls:
        async with open_world(urls) as world:
            played = await _played(world, runs, seed, names)
            stage = Stage(world, Random(seed))  # noqa: S311 -- drawn by seed
            async with Stopped(stage, "all"):
                await _replayed(world, played, tally)
    return tally


async def _played(world: World, runs: int, seed: int, names: Sequence[str]) -> list[Played]:
    """Play after play until there are as many runs; first those that can be played beside others."""
    played: list[Played] = []
    number = 0
    while (count := sum(len(each.asked) for each in played)) < runs:
        wanted = [
            (names[n % len(names)], f"{seed}/{n}") for n in range(number, number + min(runs - count, 4 * len(names)))
        ]
        number += len(wanted)
        together = [play for play in wanted if not PLAYS[play[0]].alone]
        alone = [play for play in wanted if PLAYS[play[0]].alone]
        played += await _at_once(AT_ONCE, [lambda play=play: _play(world, *play) for play in together])
        played += await _at_once(1, [lambda play=play: _play(world, *play) for play in alone])
        progress("runs", sum(len(each.asked) for each in played), runs)
    return played


async def _play(world: World, name: str, seed: str) -> Played:
    stage = Stage(world, Random(seed))  # noqa: S311 -- drawn by seed
    try:
        await PLAYS[name].act(stage)
        await stage.settle(stage.asked[-1])
    except Exception as error:
        error.add_note(f"while playing: {name} (seed {seed})")
        raise
    return Played(name, seed, stage.asked)


async def _replayed(world: World, played: Sequence[Played], tally: Tally) -> None:
    runner, done = deaf(world.runner), 0
    tally.plays.update(each.name for each in played)

    async def one(each: Played) -> None:
        nonlocal done
        for asked in each.asked:
            ended = await Stage(world, Random()).state(asked)  # noqa: S311 -- draws nothing
            if not ended.status.is_terminal:
                tally.unended.append(f"{each.name} {each.seed}: {ended.status.value}")
                continue
            found = await replay(runner, TENANT, asked.run_id)
            tally.add(each, ended, found)
            tally.as_meant[each.name] += asked is each.asked[-1] and ended.status in PLAYS[each.name].ends
            if not found.identical:
                _say(_told(each, ended, found.differences[0]))
        done += 1
        progress("replayed", done, len(played))

    await _at_once(AT_ONCE, [lambda each=each: one(each) for each in played])


def deaf(runner: TurnRunner) -> TurnRunner:
    """A runner that can ask nobody: every model, search and system is gone, only its names are left."""
    services = runner.services
    assert services.acting is not None, "the world has a bank to act in"
    nobody = cast(Any, Nobody())
    return TurnRunner(
        replace(
            services,
            clock=nobody,
            search=nobody,
            embedder=cast(Any, Nobody(services.embedder.name)),
            guards=Guards(screener=nobody, scope=nobody, personal_data=services.guards.personal_data),
            acting=replace(services.acting, connector=nobody, schedule_expiry=nobody),
        ),
        runner.turn,
    )


async def _at_once(most: int, works: Sequence[Callable[[], Awaitable[T]]]) -> list[T]:
    """What all of them come to, at most so many under way at a time."""
    free = asyncio.Semaphore(most)

    async def one(work: Callable[[], Awaitable[T]]) -> T:
        async with free:
            return await work()

    return await asyncio.gather(*(one(work) for work in works))


def _told(played: Played, ended: Run, first: Difference) -> str:
    recorded, replayed = (str(side)[:READABLE] for side in (first.recorded, first.replayed))
    return (
        f"DIFFERS: {played.name} (seed {played.seed}, run {ended.id}, {ended.status.value}): {first.where}\n"
        f"  recorded: {recorded}\n  replayed: {replayed}"
    )


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
