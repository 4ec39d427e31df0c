"""`python -m evals claims --cases F`: does the claim check tell supported claims from the rest?

Each case is checked as a claim that cites one passage made of all its evidence sentences, by the product's own
`guardrails.claims.check` at its shipped thresholds.
"""

import argparse
import asyncio
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

from evals.cases_file import open_embedder, progress, read_cases
from gateway.writers.ports import ClaimDraft, SourceText
from guardrails.claims import check
from guardrails.detecting import build


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--cases", type=Path, required=True, help="JSON Lines {claim, evidence: [sentence], label}")


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Balanced accuracy of supported against the rest, and what was decided for each label."""
    return asyncio.run(_measure(read_cases(args.cases)))


async def _measure(cases: list[dict[str, Any]]) -> dict[str, Any]:
    embedder, detector = open_embedder(), build()
    decided: dict[str, Counter[str]] = defaultdict(Counter)
    for done, case in enumerate(cases, 1):
        draft = ClaimDraft(text=case["claim"], citations=(1,), quote=False)
        source = SourceText(ref=1, heading="", text="\n".join(case["evidence"]))
        verdict = await check(draft, {1: source}, "", embedder.embed, detector)
        decided[case["label"]][verdict.code] += 1
        progress("claims", done, len(cases))
    embedder.close()
    passed = {label: codes["allowed"] for label, codes in decided.items()}
    rest = [label for label in decided if label != "supported"]
    kept = passed.get("supported", 0) / max(decided["supported"].total(), 1)
    stopped = 1 - sum(passed[label] for label in rest) / max(sum(decided[label].total() for label in rest), 1)
    return {
        "balanced_accuracy": 100 * (kept + stopped) / 2,
        "supported_released": kept,
        "others_withheld": stopped,
        "per_label": {label: dict(codes) for label, codes in decided.items()},
    }
