"""Fits the scope model: `python -m evals scope-training --train FILE --dev FILE [--write]`.

Trains on the routing questions and our own examples (clerks ask about regulations and HR rules, which no public data
has), and with --write puts the weights (no data) into `guardrails/models/scope.json`.
"""

import argparse
import asyncio
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from evals.cases_file import embed_all, open_embedder, own_examples, read_cases
from evals.logistic import auroc, fit
from guardrails.linear import LinearModel, to_json
from guardrails.normalise import fold
from guardrails.scope import FEATURES, TRADE_WORDS
from guardrails.thresholds import SCOPE

TARGET: Final = Path("guardrails/models/scope.json")
L2: Final = 1e-3
# Customers' questions (banking77) are many and alike; our policy questions are few and what staff really ask.
WEIGHTS: Final = {"banking77": 0.1, "clinc150": 2.0, "out_of_scope": 1.0, "policy": 10.0, "other": 5.0}
SWEEP: Final = (0.03, 0.05, 0.07, 0.1, 0.15, 0.2)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--train", type=Path, required=True)
    parser.add_argument("--dev", type=Path, required=True)
    parser.add_argument("--write", action="store_true", help="replace the shipped weights")


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Recalls on the development questions over a sweep of thresholds, words of the trade included."""
    return asyncio.run(_train(args.train, args.dev, write=args.write))


async def _train(train: Path, dev: Path, *, write: bool) -> dict[str, Any]:
    texts, labels, weight = _training_rows(train)
    held = read_cases(dev)
    embedder = open_embedder()
    vectors = await embed_all(embedder, [*texts, *(case["text"] for case in held)], label="embedding")
    embedder.close()
    found = fit(vectors[: len(texts)].astype(np.float64), labels, l2=L2, sample_weight=weight)
    if write:
        origin = (
            f"python -m evals scope-training --train …/{train.parent.name}/{train.name}; {len(texts)} questions, "
            f"our own examples included; L2 {L2}, weights {WEIGHTS}"
        )
        model = LinearModel(FEATURES, found.weights.astype(np.float32), found.bias, SCOPE.in_scope, origin)
        TARGET.write_text(to_json(model), encoding="utf-8")
    scores = found.scores(vectors[len(texts) :].astype(np.float64))
    inside = np.asarray([case["label"] == "in_scope" for case in held])
    trade = np.asarray([bool(TRADE_WORDS.search(fold(case["text"]))) for case in held])
    sweep = {str(t): _recalls((scores >= t) | trade, inside) for t in SWEEP}
    return {"auroc": auroc(scores, inside), "shipped_threshold": SCOPE.in_scope, "by_threshold": sweep}


def _training_rows(train: Path) -> tuple[list[str], NDArray[np.float64], NDArray[np.float64]]:
    rows: list[tuple[str, float, float]] = []
    for case in read_cases(train):
        inside = case["label"] == "in_scope"
        rows.append((case["text"], float(inside), WEIGHTS[case["source"] if inside else "out_of_scope"]))
    rows += [(text, 1.0, WEIGHTS["policy"]) for text in own_examples("policy_questions")]
    rows += [(text, 0.0, WEIGHTS["other"]) for text in own_examples("other_questions")]
    return [r[0] for r in rows], np.asarray([r[1] for r in rows]), np.asarray([r[2] for r in rows])


def _recalls(kept: NDArray[np.bool_], inside: NDArray[np.bool_]) -> dict[str, float]:
    return {"in_scope_recall": float(kept[inside].mean()), "out_of_scope_recall": float((~kept)[~inside].mean())}
