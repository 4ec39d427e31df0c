"""`python -m evals tamper`: alter a cosigned ledger in every way we know, and count what verification misses."""

import argparse
import asyncio
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any, Final

from audit.witness_client import Outcome
from evals.cases_file import progress
from evals.tampering.attacks import ATTACKS, WITH_KEY, Attack, Scene, in_window
from evals.tampering.servers import postgres, witness
from evals.tampering.store import superuser
from evals.tampering.world import World, build, grounds

ROUNDS_OF_A_WORLD: Final = 40
WINDOW_SHARE: Final = 0.1
"""Of the rounds: how many alter what is sealed and not cosigned yet. They are counted apart."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--rounds", type=int, default=200, help="how many attacks (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="what they are drawn by (default: %(default)s)")


def run(args: argparse.Namespace) -> dict[str, Any]:
    """`detected` of `attacks` on what the witness had cosigned; anything less misses the gate."""
    begun = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="cs-tamper-") as folder:
        tally = asyncio.run(_campaign(Path(folder), args.rounds, args.seed))
    return (
        {"task": "tamper", "rounds": args.rounds, "seed": args.seed}
        | tally.as_json()
        | {"seconds": round(time.monotonic() - begun, 1)}
    )


@dataclass(slots=True)
class Tally:
    """Counts by kind of attack."""

    attacks: Counter[str] = field(default_factory=Counter[str])
    detected: Counter[str] = field(default_factory=Counter[str])
    nameable: int = 0
    named: int = 0
    missed: list[str] = field(default_factory=list[str])
    misnamed: list[str] = field(default_factory=list[str])
    witness_asked: int = 0
    witness_deceived: int = 0
    honest: int = 0
    false_alarms: int = 0
    window: int = 0
    window_detected: int = 0

    def as_json(self) -> dict[str, Any]:
        attacks, detected = self.attacks.total(), self.detected.total()
        return {
            "attacks": attacks,
            "detected": detected,
            "missed": self.missed[:20],
            "by_attack": {name: {"attacks": self.attacks[name], "detected": self.detected[name]} for name in ATTACKS},
            "named_rightly": {"of": self.nameable, "named": self.named, "misnamed": self.misnamed[:20]},
            "forged_checkpoints": {"sent_to_witness": self.witness_asked, "cosigned": self.witness_deceived},
            "honest": {"verified": self.honest, "false_alarms": self.false_alarms},
            "before_cosigning": {"attacks": self.window, "detected": self.window_detected},
            "gate_passed": bool(attacks)
            and detected == attacks
            and self.named == self.nameable
            and not (self.witness_deceived or self.false_alarms),
        }


async def _campaign(folder: Path, rounds: int, seed: int) -> Tally:
    worlds = -(-rounds // ROUNDS_OF_A_WORLD)
    tenants = [f"{bank}-{number}" for number in range(worlds) for bank in ("harbour", "vale")]
    tally = Tally()
    with postgres(folder) as urls, superuser(urls) as admin, witness(folder, tenants, seed) as (url, verifier):
        async with grounds(urls.app, admin, url, verifier) as ground:
            for number in range(worlds):
                world = await build(ground, number, seed)
                tally.false_alarms += world.false_alarms
                tally.honest += 1
                for each in range(number * ROUNDS_OF_A_WORLD, min(rounds, (number + 1) * ROUNDS_OF_A_WORLD)):
                    await _round(world, f"{seed}/{each}", tally)
                    progress("rounds", each + 1, rounds)
    return tally


async def _round(world: World, name: str, tally: Tally) -> None:
    random = Random(f"round {name}")  # noqa: S311 -- drawn by seed
    tally.honest += 1
    tally.false_alarms += bool((await world.verify()).faults)
    if random.random() < WINDOW_SHARE:
        _apply(world, in_window, random)
        tally.window += 1
        tally.window_detected += bool((await world.verify()).faults)
        world.put_back()
        return
    kind = random.choice(list(ATTACKS))
    place = _apply(world, ATTACKS[kind], random)
    tally.attacks[kind] += 1
    if kind in WITH_KEY:
        reply = await world.ground.client.cosign(world.ground.database, world.mine.tenant)
        tally.witness_asked += reply is not None
        tally.witness_deceived += reply is not None and reply.outcome == Outcome.COSIGNED
    faults = (await world.verify()).faults
    tally.detected[kind] += bool(faults)
    if not faults:
        tally.missed.append(f"{kind} {name}")
    if place is not None:
        tally.nameable += 1
        first = next(((fault.stream, fault.seq) for fault in faults if fault.stream == place[0]), None)
        tally.named += first == place
        if first != place:
            tally.misnamed.append(f"{kind} {name}: {place} was {first}")
    world.put_back()


def _apply(world: World, attack: Attack, random: Random) -> tuple[str, int] | None:
    mine, theirs = world.mine.copy(), world.theirs.copy()
    place = attack(Scene(mine, world.before, theirs, world.key, datetime.now(UTC), random))
    for ledger in (mine, theirs):
        world.ground.superuser.write(ledger)
    return place
