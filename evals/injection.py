"""`python -m evals injection --cases F`: the product's injection guard over labelled texts."""

import argparse
import asyncio
from collections import defaultdict
from pathlib import Path
from typing import Any

from evals.cases_file import open_embedder, progress, read_cases
from guardrails.injection import InjectionDetector
from guardrails.linear import packaged
from guardrails.normalise import normalise


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--cases", type=Path, required=True, help="JSON Lines {text, label: attack|benign, source}")


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Recall of attacks and false positives: a text counts as found when it would be refused or flagged."""
    return asyncio.run(_measure(read_cases(args.cases)))


async def _measure(cases: list[dict[str, Any]]) -> dict[str, Any]:
    embedder = open_embedder()
    detector = InjectionDetector(packaged("injection"), embedder.embed)
    found: dict[tuple[str, str], list[tuple[bool, bool]]] = defaultdict(list)
    for done, case in enumerate(cases, 1):
        finding = await detector.find(normalise(case["text"]), raw=case["text"])
        found[case["label"], case["source"]].append((finding.suspicious, finding.attack))
        progress("injection", done, len(cases))
    embedder.close()
    per_source = {
        source: {"label": label, "cases": len(rows), "flagged": _share(rows, 0), "refused": _share(rows, 1)}
        for (label, source), rows in sorted(found.items())
    }
    attacks = [row for (label, _), rows in found.items() if label == "attack" for row in rows]
    benign = [row for (label, _), rows in found.items() if label == "benign" for row in rows]
    return {
        "recall": _share(attacks, 0),
        "false_positive_rate": _share(benign, 0),
        "refused_recall": _share(attacks, 1),
        "refused_false_positive_rate": _share(benign, 1),
        "per_source": per_source,
    }


def _share(rows: list[tuple[bool, bool]], index: int) -> float | None:
    return sum(row[index] for row in rows) / len(rows) if rows else None
