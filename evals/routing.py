"""`python -m evals routing --cases F`: does the scope judge let in what a bank's assistant should answer?"""

import argparse
import asyncio
from pathlib import Path
from typing import Any

from evals.cases_file import open_embedder, progress, read_cases
from guardrails.linear import packaged
from guardrails.normalise import normalise
from guardrails.reasons import ReasonCode
from guardrails.scope import ScopeJudge

_OUTSIDE = (ReasonCode.OUT_OF_SCOPE, ReasonCode.SMALL_TALK)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--cases", type=Path, required=True, help="JSON Lines {text, label: in_scope|out_of_scope}")


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Recalls of both labels; a request to act counts as in scope, small talk as out of it."""
    return asyncio.run(_measure(read_cases(args.cases)))


async def _measure(cases: list[dict[str, Any]]) -> dict[str, Any]:
    embedder = open_embedder()
    judge = ScopeJudge(packaged("scope"), embedder.embed)
    right = {"in_scope": [0, 0], "out_of_scope": [0, 0]}
    for done, case in enumerate(cases, 1):
        finding = await judge.judge(normalise(case["text"]))
        outside = finding.verdict.code in _OUTSIDE
        right[case["label"]][0] += outside == (case["label"] == "out_of_scope")
        right[case["label"]][1] += 1
        progress("routing", done, len(cases))
    embedder.close()
    return {f"{label}_recall": hit / total if total else None for label, (hit, total) in right.items()}
