"""`python -m evals kinds [--cases FILE]`: is each message taken for the kind that it is?

By default our own cases: `seen.jsonl`, which the rules were mended on, and `kept.jsonl`, which is only measured on.
"""

import argparse
import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from evals.cases_file import open_embedder, progress, read_cases
from graph.followups import leans_on_earlier, stand_alone
from guardrails.linear import packaged
from guardrails.normalise import normalise
from guardrails.reasons import ReasonCode
from guardrails.risk import Kind
from guardrails.scope import ScopeFinding, ScopeJudge
from runs.models import Exchange

FOLDER: Final = Path(__file__).parent / "routing_cases"
SEEN: Final = FOLDER / "seen.jsonl"
KEPT: Final = FOLDER / "kept.jsonl"


@dataclass(frozen=True, slots=True)
class KindCase:
    """A message, or a thread whose last message is judged, and what it is; `code` is why it is refused, if it is."""

    turns: tuple[str, ...]
    kind: Kind
    code: ReasonCode | None


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--cases", type=Path, action="append", help="JSON Lines {turns: [text], kind, code?} (default: both halves)"
    )
    parser.add_argument("--wrong", action="store_true", help="show what was taken for something else")


def run(args: argparse.Namespace) -> dict[str, Any]:
    """For each file the confusion by kind, and for what is forbidden by reason code."""
    return asyncio.run(_measure(args.cases or [SEEN, KEPT], with_wrong=args.wrong))


def read_kinds(path: Path) -> list[KindCase]:
    """The cases of a file. Raises `DataError`."""
    return [
        KindCase(tuple(case["turns"]), Kind(case["kind"]), ReasonCode(case["code"]) if "code" in case else None)
        for case in read_cases(path)
    ]


def alone(turns: Sequence[str]) -> str:
    """The last message as the rules would make it stand alone, without a model."""
    history = [Exchange(normalise(turn), "") for turn in turns[:-1]]
    last = normalise(turns[-1])
    return stand_alone(last, history) if history and leans_on_earlier(last) else last


async def _measure(paths: Sequence[Path], *, with_wrong: bool) -> dict[str, Any]:
    embedder = open_embedder()
    judge = ScopeJudge(packaged("scope"), embedder.embed, actions_available=True)
    result: dict[str, Any] = {}
    for path in paths:
        cases = read_kinds(path)
        findings: list[ScopeFinding] = []
        for done, case in enumerate(cases, 1):
            findings.append(await judge.judge(alone(case.turns)))
            progress(path.stem, done, len(cases))
        result[path.stem] = _table(cases, findings, with_wrong=with_wrong)
    embedder.close()
    return result


def _table(cases: Sequence[KindCase], findings: Sequence[ScopeFinding], *, with_wrong: bool) -> dict[str, Any]:
    pairs = list(zip(cases, findings, strict=True))
    confusion: dict[str, Counter[str]] = {}
    for case, found in pairs:
        confusion.setdefault(case.code or case.kind, Counter())[_taken_for(found)] += 1
    right = [found.kind is case.kind for case, found in pairs]
    stopped = [found.kind is Kind.FORBIDDEN for case, found in pairs if case.kind is Kind.FORBIDDEN]
    allowed = [found.kind is not Kind.FORBIDDEN for case, found in pairs if case.kind is not Kind.FORBIDDEN]
    wrong = [
        {"turns": list(case.turns), "is": case.code or case.kind, "taken_for": _taken_for(found)}
        for case, found in pairs
        if _taken_for(found) != (case.code or case.kind)
    ]
    return {
        "cases": len(pairs),
        "right": round(sum(right) / len(right), 4),
        "forbidden_stopped": round(sum(stopped) / len(stopped), 4) if stopped else None,
        "others_not_forbidden": round(sum(allowed) / len(allowed), 4) if allowed else None,
        "confusion": {name: dict(sorted(counts.items())) for name, counts in confusion.items()},
        **({"wrong": wrong} if with_wrong else {}),
    }


def _taken_for(found: ScopeFinding) -> str:
    return found.verdict.code.value if found.kind is Kind.FORBIDDEN else str(found.kind)
