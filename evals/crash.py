"""`python -m evals crash`: kill -9 of worker, API and database between proposal and receipt, while core banking fails.

Everything is real: the processes, HTTP, the database, the bank's system. API and worker are forked from a process that
has imported them, for rounds of seconds (`crash_zygote`). A seed draws what is killed when; the machine's load still
shifts the instants, so a seed that found something may need several rounds to find it again.
"""

import argparse
import asyncio
import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Generator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any, Final

import httpx

from audit import store as ledger
from audit.chain import faults
from core.database import Database
from core.principal import Principal
from evals.crash_bank import Books, CoreBank, core_bank
from evals.crash_checks import Finding, Found, check_journal, check_records, check_story, is_screened_out, is_signed
from evals.crash_mortals import ADDRESS, Mortals
from evals.crash_people import Person, Trouble, until_ready
from evals.crash_plan import CALL_TIMEOUT_S, CASES, MAKERS, SIGNERS, plan
from evals.crash_round import Played, Stage, Story
from evals.service import READY_WITHIN_S, ScratchOptions, Service, scratch_service
from jobs.queue import TURNS, queue_app
from tools.catalogue.load import CORE_BANKING
from tools.connector.http import DIRECT

FOUND_SHOWN: Final = 20
QUIET_WITHIN_S: Final = 60.0
"""How long after the last round jobs may still be on the queue: those of dead workers, and those waiting for another
try."""

DAY_S: Final = 86_400


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--rounds", type=int, default=25, metavar="N", help="rounds of four requests each (default 25)")
    parser.add_argument("--seed", type=int, metavar="S", help="repeats an earlier run's plan (default: a new one)")
    parser.add_argument("--first", type=int, default=0, metavar="N", help="begin with this round of the plan")
    parser.add_argument("--patience", type=float, default=120.0, metavar="S", help="later than that is stuck")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="keep database, records and logs here (an empty one)")


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Play the rounds and count what may not happen. Anything found misses the gate."""
    seed: int = random.SystemRandom().randrange(2**31) if args.seed is None else args.seed
    _say(f"seed {seed}")
    with _world(args.keep) as (service, bank, folder):
        return asyncio.run(_measure(Session(service, bank, folder, seed, args.patience), args.first, args.rounds))


@contextmanager
def _world(keep: Path | None) -> Generator[tuple[Service, CoreBank, Path]]:
    with ExitStack() as stack:
        folder = keep or Path(tempfile.mkdtemp(prefix="cs-crash-"))
        folder.mkdir(parents=True, exist_ok=True)
        if keep is None:
            stack.callback(shutil.rmtree, folder, ignore_errors=True)
        bank = stack.enter_context(core_bank(folder))
        settings = {
            "WORKER": "separate",
            "WORKER_HEARTBEAT_S": "0.3",
            "WORKER_DEAD_AFTER_S": "1.5",
            "CORE_BANKING_URL": bank.url,
            "CORE_BANKING_SECRET": bank.secret,
            "TOOL_CATALOGUE": str(_impatient_catalogue(folder)),
        }
        zygote = (sys.executable, "-m", "evals.crash_zygote", str(folder / ADDRESS))
        service = stack.enter_context(
            scratch_service(ScratchOptions(keep=folder, settings=settings, api_command=zygote))
        )
        yield service, bank, folder


def _impatient_catalogue(folder: Path) -> Path:
    """The product's own, with a shorter time for writes."""
    text = CORE_BANKING.read_text(encoding="utf-8").replace("timeout_s: 10", f"timeout_s: {CALL_TIMEOUT_S:.0f}")
    shutil.copy(CORE_BANKING.with_name("core-banking.openapi.json"), folder)
    catalogue = folder / CORE_BANKING.name
    catalogue.write_text(text, encoding="utf-8")
    return catalogue


@dataclass(slots=True)
class Session:
    """What is measured, and what was counted so far."""

    service: Service
    bank: CoreBank
    folder: Path
    seed: int
    patience_s: float
    trouble: Trouble = field(default_factory=Trouble)
    stories: list[Story] = field(default_factory=list[Story])
    found: list[Found] = field(default_factory=list[Found])
    kills: Counter[str] = field(default_factory=Counter[str])
    faults: Counter[str] = field(default_factory=Counter[str])
    struck_while: Counter[str] = field(default_factory=Counter[str])
    ended: Counter[str] = field(default_factory=Counter[str])
    seconds: list[float] = field(default_factory=list[float])

    def add(self, number: int, played: Played, books: Books, seconds: float) -> None:
        """Count a round, and say how it went."""
        found = [one for story in played.stories for one in check_story(story, books)]
        self.stories += played.stories
        self.found += found
        self.kills += played.kills
        self.faults += played.faults
        self.struck_while += played.struck_while
        self.seconds.append(seconds)
        _say(f"round {number}: killed {', '.join(sorted(played.kills.elements()))}; {seconds:.1f} s")
        for one in found:
            _say(f"  {one.finding.value}: {one.detail}")

    def result(self, wall_s: float) -> dict[str, Any]:
        """The figures."""
        counts = Counter(one.finding for one in self.found)
        signed = sum(is_signed(story) for story in self.stories)
        return {
            "seed": self.seed,
            "rounds": len(self.seconds),
            "requests": len(self.stories),
            "signed": signed,
            "screened_out": sum(is_screened_out(story) for story in self.stories),
            "kills": dict(sorted(self.kills.items())),
            "ended_by_themselves": dict(sorted(self.ended.items())),
            "requests_when_killed": dict(sorted(self.struck_while.items())),
            "faults": dict(sorted(self.faults.items())),
            **{finding.value: counts[finding] for finding in Finding},
            "clients": {
                "connections_broken": self.trouble.broken,
                "replies": {str(status): times for status, times in sorted(self.trouble.statuses.items())},
            },
            "wall_s": round(wall_s, 1),
            "seconds_per_round": {"median": round(median(self.seconds), 2), "longest": round(max(self.seconds), 2)},
            "found": [f"{one.finding.value}: {one.detail}" for one in self.found[:FOUND_SHOWN]],
            "gate_passed": not self.found,
        }


async def _measure(session: Session, first: int, rounds: int) -> dict[str, Any]:
    started = time.monotonic()
    async with httpx.AsyncClient(base_url=session.service.base_url, mounts=DIRECT) as http:
        people = await _people(session, http)
        books = Books(session.bank)
        stage = Stage(people, Mortals(session.folder), books, session.patience_s)
        for name in ("api", "worker", "second"):  # the API runs: of it this only tells the id
            await stage.mortals.start(name)
        watching = asyncio.create_task(stage.mortals.watch())
        await books.read([(tenant, case) for tenant, cases in CASES.items() for case in cases])
        for number in range(first, first + rounds):
            began = time.monotonic()
            played = await stage.play(plan(session.seed, number))
            session.add(number, played, books, time.monotonic() - began)
        if not await until_ready(session.service.base_url, http, READY_WITHIN_S):
            _say("the service did not become ready again")
        watching.cancel()
        session.ended = stage.mortals.ended
        session.found += check_journal(books, sum(is_signed(story) for story in session.stories))
        await books.http.aclose()
    session.found += await _left_on_the_queue(session.service.environment["DATABASE_URL"])
    session.found += await _ledger(session.service.environment["DATABASE_URL"], session.stories)
    return session.result(time.monotonic() - started)


async def _people(session: Session, http: httpx.AsyncClient) -> Mapping[str, Person]:
    """Everybody who asks or signs, signed in for the day."""
    names = sorted({maker for maker, _, _ in MAKERS} | {name for names in SIGNERS.values() for name in names})
    until = str(int(time.time()) + DAY_S)
    tokens = [await asyncio.to_thread(session.service.token, name, exp=until) for name in names]
    return {name: Person(name, token, http, session.trouble) for name, token in zip(names, tokens, strict=True)}


async def _left_on_the_queue(database_url: str) -> list[Found]:
    """Turns that nobody will do any more, or that failed for good."""
    app = queue_app(database_url)
    deadline = time.monotonic() + QUIET_WITHIN_S
    async with app.open_async():
        while True:
            jobs = list(await app.job_manager.list_jobs_async(queue=TURNS))
            left = [job for job in jobs if job.status in ("todo", "doing")]
            if not left or time.monotonic() > deadline:
                break
            await asyncio.sleep(0.5)
    return [Found(Finding.JOB_LEFT, f"{job.status}: {job.task_name} {job.task_kwargs}") for job in jobs]


async def _ledger(database_url: str, stories: list[Story]) -> list[Found]:
    """What `python -m audit verify` would find, and whether each effect is recorded once."""
    found: list[Found] = []
    database = await Database(database_url, min_size=1, max_size=2).open()
    try:
        for tenant in SIGNERS:
            async with database.transaction(Principal.system(tenant)) as tx:
                records = [record async for record in ledger.records(tx)]
            found += [Found(Finding.LEDGER_FAULT, f"{tenant}: {fault}") for fault in faults(records)]
            found += check_records((story for story in stories if story.wish.tenant == tenant), records)
    finally:
        await database.close()
    return found


def _say(text: str) -> None:
    print(f"  {text}", file=sys.stderr, flush=True)
