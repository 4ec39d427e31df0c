"""Fits the injection model: `python -m evals injection-training --cases FILE [--write]`.

Trains on the development cases and our own examples (`cases/injection_*.txt`, `cases/policy_questions.txt`), reports
five-fold cross-validation of rules and model together, and with --write puts the weights (no data) into
`guardrails/models/injection.json`.
"""

import argparse
import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from evals.cases_file import embed_all, open_embedder, own_examples, read_cases
from evals.logistic import Array, auroc, fit, folds
from guardrails.injection import FEATURES, features, read_signals
from guardrails.linear import LinearModel, to_json
from guardrails.normalise import hidden_characters, normalise
from guardrails.thresholds import INJECTION

TARGET: Final = Path("guardrails/models/injection.json")
L2: Final = 3e-3  # 1e-3 to 3e-2 gave the same cross-validated area within .002
ATTACK_WEIGHT: Final = 6.0  # one attack in eight cases
SEEDS: Final = (1, 2, 3)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--cases", type=Path, required=True)
    parser.add_argument("--write", action="store_true", help="replace the shipped weights")


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Cross-validated recall and false positives at the shipped thresholds."""
    return asyncio.run(_train(args.cases, write=args.write))


@dataclass(frozen=True, slots=True)
class _Rows:
    x: Array
    clear: NDArray[np.bool_]
    attack: NDArray[np.bool_]
    source: NDArray[np.str_]


async def _train(cases: Path, *, write: bool) -> dict[str, Any]:
    rows = await _rows(cases)
    weight = np.where(rows.attack, ATTACK_WEIGHT, 1.0)
    target = rows.attack.astype(np.float64)
    scores = np.mean([_cross_validated(rows.x, target, weight, seed) for seed in SEEDS], axis=0)
    if write:
        found = fit(rows.x, target, l2=L2, sample_weight=weight)
        origin = (
            f"python -m evals injection-training --cases …/{cases.parent.name}/{cases.name}; "
            f"{len(target)} texts, our own examples included; L2 {L2}, attack weight {ATTACK_WEIGHT}"
        )
        model = LinearModel(FEATURES, found.weights.astype(np.float32), found.bias, INJECTION.refuse, origin)
        TARGET.write_text(to_json(model), encoding="utf-8")
    return {"auroc": auroc(scores, rows.attack), **_report(rows, scores)}


async def _rows(cases: Path) -> _Rows:
    read = [(c["text"], c["label"] == "attack", c["source"]) for c in read_cases(cases)]
    for name, attack in (("injection_attacks", True), ("injection_benign", False), ("policy_questions", False)):
        read += [(text, attack, "own") for text in own_examples(name)]
    texts = [normalise(text) for text, _, _ in read]
    embedder = open_embedder()
    vectors = await embed_all(embedder, texts, label="embedding")
    embedder.close()
    signals = [read_signals(t, hidden_characters(raw)) for t, (raw, _, _) in zip(texts, read, strict=True)]
    x = np.stack([features(s, v) for s, v in zip(signals, vectors, strict=True)]).astype(np.float64)
    clear = np.asarray([bool(s.clear) for s in signals])
    return _Rows(x, clear, np.asarray([a for _, a, _ in read]), np.asarray([s for _, _, s in read]))


def _cross_validated(x: Array, y: Array, weight: Array, seed: int) -> Array:
    scores = np.zeros(len(y))
    for test in folds(len(y), 5, seed):
        train = np.setdiff1d(np.arange(len(y)), test)
        scores[test] = fit(x[train], y[train], l2=L2, sample_weight=weight[train]).scores(x[test])
    return scores


def _report(rows: _Rows, scores: Array) -> dict[str, Any]:
    own = rows.source == "own"
    report: dict[str, Any] = {}
    for name, threshold in (("refuse", INJECTION.refuse), ("suspect", INJECTION.suspect)):
        found = (scores >= threshold) | rows.clear
        report[name] = {
            "threshold": threshold,
            "recall": float(found[rows.attack & ~own].mean()),
            "false_positive_rate": float(found[~rows.attack & ~own].mean()),
            "own_recall": float(found[rows.attack & own].mean()),
            "own_false_positive_rate": float(found[~rows.attack & own].mean()),
        }
    return report
