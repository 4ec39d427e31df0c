"""`python -m evals turn`: the whole guarded turn over HTTP against the scripted model server, stage by stage."""

import argparse
import asyncio
import sys
import tempfile
from collections.abc import Generator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Final

from evals.errors import ServiceError
from evals.gates import TURN_BAR
from evals.service import Documents, ScratchOptions, Service, running_service, scratch_service
from evals.synthetic_policies import questions, write_circulars
from evals.turn_times import Timing, measure, stage_shares, summary

TENANT: Final = "harbour"
PERSONA: Final = "anna"
TOKENS: Final = 50
TURNS_PER_PERSON: Final = 25
"""A service that runs already lets one person ask 30 times at once; more people ask rather than one who waits."""

WARM_UP: Final = 40


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--chunks", type=int, default=10_000, help="size of the collection (default 10000)")
    parser.add_argument("--concurrency", type=int, default=16, metavar="C", help="turns at once (default 16)")
    parser.add_argument("--model-ttft-ms", type=float, default=0.0, metavar="T", help="the model's first token after T")
    parser.add_argument("--sequential", type=int, default=100, metavar="N", help="turns one by one (default 100)")
    parser.add_argument("--turns", type=int, default=480, metavar="N", help="turns at concurrency C (default 480)")
    parser.add_argument("--built-in", action="store_true", help="the built-in writer instead of the model server")
    parser.add_argument(
        "--keep", type=Path, metavar="DIR", help="keep the database here: a second run reads nothing in"
    )
    parser.add_argument("--url", help="a running service that holds such a collection already (see --keep)")


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Time turns one by one, then many at once. Every question is asked once: no cache of an earlier one helps."""
    asked = questions(args.chunks, WARM_UP + args.sequential + args.turns)
    with _service(args) as service:
        if service.model_url is not None:
            service.control_model(ttft_ms=args.model_ttft_ms, tokens=TOKENS)
        tokens = _tokens(service, len(asked))
        measured = asyncio.run(_measure(service, tokens, asked, args))
        models = dict(service.readiness.get("models", {}))
    alone, together, took_s, cpu_s = measured
    sequential = summary(alone, sum(timing.end_ms for timing in alone) / 1000)
    concurrent = summary(together, took_s)
    return {
        "chunks": args.chunks,
        "model_ttft_ms": args.model_ttft_ms,
        "models": models,
        "sequential": sequential,
        "concurrent": {"concurrency": args.concurrency, **concurrent},
        "api_cpu_ms_per_turn": round(cpu_s / len(together) * 1000, 1),
        "stages": stage_shares(alone),
        "stages_concurrent": stage_shares(together),
        "bar": {"first_claim_ms": TURN_BAR.first_claim_ms, "turns_per_s": TURN_BAR.turns_per_s},
        "bar_met": _bar_met(sequential, concurrent),
    }


def _bar_met(sequential: dict[str, Any], concurrent: dict[str, Any]) -> bool:
    claim = sequential["first_claim_ms"]
    quick = claim is not None and claim["p50"] <= TURN_BAR.first_claim_ms
    return quick and concurrent["turns_per_s"] >= TURN_BAR.turns_per_s


@contextmanager
def _service(args: argparse.Namespace) -> Generator[Service]:
    with ExitStack() as stack:
        if args.url is not None:
            yield stack.enter_context(running_service(args.url))
            return
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="cs-circulars-")))
        documents = Documents(TENANT, write_circulars(folder, args.chunks))
        options = ScratchOptions([documents], with_model=not args.built_in, keep=args.keep)
        yield stack.enter_context(scratch_service(options))


def _tokens(service: Service, turns: int) -> list[str]:
    """Tokens of as many people as it takes for nobody to ask faster than a person may."""
    people = -(-turns // TURNS_PER_PERSON)
    _say(f"signing {people} people in")
    return [service.token(PERSONA, sub=f"load-{number}") for number in range(people)]


async def _measure(
    service: Service, tokens: Sequence[str], asked: Sequence[str], args: argparse.Namespace
) -> tuple[list[Timing], list[Timing], float, float]:
    """Timings one by one, timings at once, how many seconds the latter took, and the API's processor seconds.

    The last hardly depends on what else the machine does: 1,000 ms of one core divided by it bounds turns a second.
    """
    base_url = service.base_url
    turns = [(tokens[number % len(tokens)], question) for number, question in enumerate(asked)]
    _say(f"warming up with {WARM_UP} turns")
    await measure(base_url, turns[:1], 1)
    await measure(base_url, turns[1:WARM_UP], args.concurrency)
    _say(f"{args.sequential} turns one by one")
    alone, _ = await measure(base_url, turns[WARM_UP : WARM_UP + args.sequential], 1)
    if not any(timing.first_claim_ms is not None for timing in alone):
        raise ServiceError(f"no turn released a claim; they ended as {sorted({t.outcome for t in alone})}")
    _say(f"{args.turns} turns, {args.concurrency} at once")
    cpu_before_s = service.cpu_s()
    together, took_s = await measure(base_url, turns[WARM_UP + args.sequential :], args.concurrency)
    return alone, together, took_s, service.cpu_s() - cpu_before_s


def _say(text: str) -> None:
    print(f"  {text}", file=sys.stderr, flush=True)
