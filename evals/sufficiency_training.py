"""Fits the sufficiency model: `python -m evals sufficiency-training --corpus C --queries Q [--off-topic T] [--write]`.

Each question is weighed with its relevant passages and without, as `evals abstention` does; a logistic regression over
`guardrails.sufficiency.FEATURES` tells the two apart. With --write the weights (no data) go into
`guardrails/models/sufficiency.json`.
"""

import argparse
import asyncio
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from evals.abstention import WeighingCase, weighing_cases
from evals.abstention import add_arguments as add_weighing_arguments
from evals.logistic import auroc, fit, folds
from guardrails.linear import LinearModel, to_json
from guardrails.sufficiency import FEATURES, strength
from guardrails.thresholds import SUFFICIENCY

TARGET: Final = Path("guardrails/models/sufficiency.json")
L2: Final = 1e-4
PRIOR: Final = 2.0
"""Questions with an answer to one without: 46 to 16 among the golden ones, 54 to 26 among the tuning ones."""
PARTS: Final = 5


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_weighing_arguments(parser)
    parser.add_argument("--write", action="store_true", help="replace the shipped weights")


def run(args: argparse.Namespace) -> dict[str, Any]:
    """The areas between present and absent, in sample and cross-validated over questions, and the weights."""
    cases, _ = asyncio.run(weighing_cases(args))
    measured = [case.features() for case in cases]
    x = np.asarray([[one[name] for name in FEATURES] for one in measured])
    present = np.asarray([case.present for case in cases])
    model = _fitted(x, present, origin=_origin(args, cases))
    if args.write:
        TARGET.write_text(to_json(model), encoding="utf-8")
    return {
        "questions": len(cases) // 2,
        "auroc": auroc(_scores(model, x), present),
        "auroc_cross_validated": _cross_validated(x, present),
        "auroc_shipped": auroc(np.asarray([strength(one) for one in measured]), present) if TARGET.exists() else None,
        "weights": dict(zip(FEATURES, [round(float(w), 4) for w in model.weights], strict=True)),
        "bias": round(model.bias, 4),
    }


def _fitted(x: NDArray[np.float64], present: NDArray[np.bool_], *, origin: str) -> LinearModel:
    found = fit(x, present.astype(np.float64), l2=L2, sample_weight=np.where(present, PRIOR, 1.0))
    return LinearModel(FEATURES, found.weights.astype(np.float32), found.bias, SUFFICIENCY.evidence, origin)


def _scores(model: LinearModel, x: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray([model.score(row) for row in x.astype(np.float32)])


def _cross_validated(x: NDArray[np.float64], present: NDArray[np.bool_]) -> float:
    """No question is weighed by a model fitted on it; a question's two cases are neighbours."""
    scores = np.zeros(len(x))
    for part in folds(len(x) // 2, PARTS):
        held = np.concatenate([2 * part, 2 * part + 1])
        rest = np.setdiff1d(np.arange(len(x)), held)
        scores[held] = _scores(_fitted(x[rest], present[rest], origin=""), x[held])
    return auroc(scores, present)


def _origin(args: argparse.Namespace, cases: list[WeighingCase]) -> str:
    return (
        f"python -m evals sufficiency-training --corpus …/{args.corpus.name} --queries …/{args.queries.name} --write; "
        f"{len(cases) // 2} questions, each with its relevant passages and without, L2 {L2}, prior {PRIOR:g} to 1"
    )
