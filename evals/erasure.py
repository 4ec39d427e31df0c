"""`python -m evals erasure`: plant words in conversations of every kind, erase some, and look for them everywhere.

Everything is real: the service over HTTP, the bank's system, the database, `pg_dump`, the database's files. What is
looked for: the words as plain bytes in any form, and what a thief with the dump and the master key can open. Before
the erasure the thief must find every word, or the search would prove nothing.
"""

import argparse
import asyncio
import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Final

import httpx

from core.clock import SystemClock
from core.database import Database
from core.principal import Principal
from deploy import embedded_postgres
from evals.crash_people import Person, Trouble
from evals.erasure_checks import after, before
from evals.erasure_plan import MAKERS, POLICY, READER, SIGNERS, plan
from evals.erasure_play import Stage, Talk
from evals.erasure_scene import Finding, Found, Scene
from evals.service import DATABASE, Documents, ScratchOptions, Service, scratch_service
from jobs.erasure import store as erasure
from jobs.erasure.erasing import erase
from jobs.erasure.models import ErasureReason
from tools.connector.http import DIRECT

TENANT: Final = "harbour"
SHOWN_OF_EACH: Final = 5
DAY_S: Final = 86_400
MANIFEST: Final = """[{"file": "records.md", "document": "records", "title": "Circular 90: Records of credit",
 "version": "1", "effective_from": "2025-01-01", "library": "credit-policy", "audience": ["*"]}]"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--rounds", type=int, default=5, metavar="N", help="conversations of each kind (default 5)")
    parser.add_argument("--seed", type=int, metavar="S", help="repeats an earlier run (default: a new one)")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="keep database, dump and logs here (an empty one)")


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Talk, erase, search. Anything found misses the gate."""
    seed: int = random.SystemRandom().randrange(2**31) if args.seed is None else args.seed
    _say(f"seed {seed}")
    with _world(args.keep) as (service, folder):
        return asyncio.run(_measure(service, folder, seed, args.rounds))


@contextmanager
def _world(keep: Path | None) -> Generator[tuple[Service, Path]]:
    with ExitStack() as stack:
        folder = keep or Path(tempfile.mkdtemp(prefix="cs-erasure-"))
        folder.mkdir(parents=True, exist_ok=True)
        if keep is None:
            stack.callback(shutil.rmtree, folder, ignore_errors=True)
        (folder / "records.md").write_text(POLICY, encoding="utf-8")
        (folder / "manifest.json").write_text(MANIFEST, encoding="utf-8")
        options = ScratchOptions([Documents(TENANT, folder / "manifest.json")], keep=folder)
        yield stack.enter_context(scratch_service(options)), folder


async def _measure(service: Service, folder: Path, seed: int, rounds: int) -> dict[str, Any]:
    started = time.monotonic()
    server = embedded_postgres.start(folder / "pg")  # the one that runs
    urls = server.urls(DATABASE)
    database = await Database(urls.app, min_size=1, max_size=2).open()
    trouble = Trouble()
    try:
        async with httpx.AsyncClient(base_url=service.base_url, mounts=DIRECT, timeout=20) as http:
            people = await _people(service, http, trouble)
            talks: list[Talk] = []
            for number in range(rounds):
                talks += await Stage(people).play(plan(seed, number))
            scene = Scene(service, server, urls, folder, seed, talks, people, database)
            _say(f"{len(talks)} conversations; looking before the erasure")
            found, planted = before(scene)
            keys = scene.wrapped_keys()
            erasing = time.monotonic()
            erased = await _erase(database, talks)
            erased_s = time.monotonic() - erasing
            await erasure.clean(urls.owner)
            _say(f"{erased} erased in {erased_s:.1f} s; looking after it")
            after_it, figures = await after(scene, keys)
            found += after_it
            figures = {"erase_ms": round(erased_s / max(erased, 1) * 1000, 1), **planted, **figures}
    finally:
        await database.close()
    found += [Found(Finding.BROKEN, f"{times} replies {status}") for status, times in trouble.statuses.items()]
    return _result(seed, rounds, talks, found, figures, time.monotonic() - started)


async def _people(service: Service, http: httpx.AsyncClient, trouble: Trouble) -> dict[str, Person]:
    """Everybody who asks or signs, signed in for the day."""
    until = str(int(time.time()) + DAY_S)
    names = sorted({*MAKERS, *SIGNERS, READER})
    tokens = await asyncio.gather(*(asyncio.to_thread(service.token, name, exp=until) for name in names))
    people = {name: Person(name, token, http, trouble) for name, token in zip(names, tokens, strict=True)}
    for person in people.values():
        await person.get("/v1/me")  # noted from now on, so that requests know who may sign
    return people


async def _erase(database: Database, talks: list[Talk]) -> int:
    """As the command does it, but for rewriting the tables each time."""
    now = SystemClock().now()
    chosen = [talk for talk in talks if talk.wish.is_erased]
    for talk in chosen:
        async with database.transaction(Principal.system(TENANT)) as tx:
            await erase(tx, talk.thread_id, actor="operator:evals", reason=ErasureReason.REQUEST, now=now)
    return len(chosen)


def _result(
    seed: int, rounds: int, talks: list[Talk], found: list[Found], figures: dict[str, Any], wall_s: float
) -> dict[str, Any]:
    counts = Counter(one.finding for one in found)
    erased = [talk for talk in talks if talk.wish.is_erased]
    endings = Counter(f"{talk.wish.kind.value}: {', '.join(talk.ended)}" for talk in talks)
    return {
        "seed": seed,
        "rounds": rounds,
        "conversations": len(talks),
        "erased": len(erased),
        "markers": sum(len(talk.markers) for talk in talks),
        "markers_erased": sum(len(talk.markers) for talk in erased),
        "endings": dict(sorted(endings.items())),
        **figures,
        **{finding.value: counts[finding] for finding in Finding},
        "wall_s": round(wall_s, 1),
        "found": [f"{one.finding.value}: {one.detail}" for kind in Finding for one in _some(found, kind)],
        "gate_passed": not found,
    }


def _some(found: list[Found], kind: Finding) -> list[Found]:
    return [one for one in found if one.finding is kind][:SHOWN_OF_EACH]


def _say(text: str) -> None:
    print(f"  {text}", file=sys.stderr, flush=True)
