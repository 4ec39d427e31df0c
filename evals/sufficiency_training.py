"""Fits the sufficiency model: `python -m evals sufficiency-training --corpus C --queries Q --off-topic T [--write]`.

Each question is weighed with its relevant passages and without, as `evals abstention` does; a logistic regression over
`guardrails.sufficiency.FEATURES` tells where the passages found answer it and where they don't, the off-topic questions
among the latter. With --write the weights (no data) go into `guardrails/models/sufficiency.json`.
"""

import argparse
import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from evals.abstention import WeighingCase, weighing_cases
from evals.abstention import add_arguments as add_weighing_arguments
from evals.logistic import auroc, fit
from guardrails.linear import LinearModel, to_json
from guardrails.sufficiency import FEATURES

Numbers = NDArray[np.float64]
Flags = NDArray[np.bool_]

TARGET: Final = Path("guardrails/models/sufficiency.json")
L2: Final = 1e-4
PRIOR: Final = 2.0
"""Questions with their relevant passages to one without: 46 to 16 among the golden ones, 54 to 26 among the tuning."""
OFF_TOPIC: Final = 0.05
"""What all off-topic questions weigh together beside the others: enough to tell that far passages answer nothing."""
PARTS: Final = 5


@dataclass(frozen=True, slots=True)
class Measured:
    """Cases as numbers: features (n, FEATURES), whether they are vetoed, hold an answer, had their passages present, in
    which part of five their document is, and which are off-topic."""

    x: Numbers
    vetoed: Flags
    holds: Flags
    present: Flags
    part: NDArray[np.int64]
    off_topic: Flags

    @property
    def weight(self) -> Numbers:
        """As the prior has it: questions in all 1, off-topic ones `OFF_TOPIC`."""
        asked = np.where(self.present, PRIOR, 1.0) * ~self.off_topic
        strange = self.off_topic.astype(np.float64)
        return asked / asked.sum() + (OFF_TOPIC * strange / strange.sum() if strange.any() else 0.0)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_weighing_arguments(parser)
    parser.add_argument("--write", action="store_true", help="replace the shipped weights")


def run(args: argparse.Namespace) -> dict[str, Any]:
    """The areas between present and absent, in sample and cross-validated over documents, and the weights."""
    cases, strangers = asyncio.run(weighing_cases(args))
    measured = measure(cases, strangers)
    model = fitted(measured, np.ones(len(measured.x), dtype=bool), _origin(args, cases, strangers))
    if args.write:
        TARGET.write_text(to_json(model), encoding="utf-8")
    asked = ~measured.off_topic
    apart = cross_validated(measured)
    return {
        "questions": len(cases) // 2,
        "off_topic": len(strangers),
        "auroc": auroc(odds_of(model, measured.x[asked]), measured.present[asked]),
        "auroc_cross_validated": auroc(apart[asked], measured.present[asked]),
        "auroc_holds_cross_validated": auroc(apart[asked], measured.holds[asked]),
        "weights": dict(zip(FEATURES, [round(float(w), 4) for w in model.weights], strict=True)),
        "bias": round(model.bias, 4),
    }


def measure(cases: Sequence[WeighingCase], strangers: Sequence[WeighingCase]) -> Measured:
    """Questions over the same document are in the same part, so that no model is judged by neighbours of what it was
    fitted to; off-topic ones are spread evenly."""
    found = [case.features() for case in (*cases, *strangers)]
    documents = sorted({case.document for case in cases})
    place = dict(zip(documents, np.random.default_rng(3).permutation(len(documents)) % PARTS, strict=True))
    parts = [int(place[case.document]) for case in cases] + [at % PARTS for at in range(len(strangers))]
    return Measured(
        x=np.asarray([[one[name] for name in FEATURES] for one in found]),
        vetoed=np.asarray([one["named_missing"] > 0 for one in found]),
        holds=np.asarray([case.holds for case in (*cases, *strangers)]),
        present=np.asarray([case.present for case in (*cases, *strangers)]),
        part=np.asarray(parts),
        off_topic=np.asarray([False] * len(cases) + [True] * len(strangers)),
    )


def fitted(measured: Measured, among: Flags, origin: str = "") -> LinearModel:
    """The model of the cases `among`. What is vetoed is never weighed, so it teaches nothing."""
    rows = among & ~measured.vetoed
    found = fit(measured.x[rows], measured.holds[rows].astype(np.float64), l2=L2, sample_weight=measured.weight[rows])
    return LinearModel(FEATURES, found.weights.astype(np.float32), found.bias, 0.5, origin)


def odds_of(model: LinearModel, x: Numbers) -> Numbers:
    """The logarithm of the odds of each row."""
    return x @ model.weights.astype(np.float64) + model.bias


def cross_validated(measured: Measured) -> Numbers:
    """The odds of each case by a model that has seen no question over its document."""
    found = np.zeros(len(measured.x))
    for part in range(PARTS):
        held = measured.part == part
        found[held] = odds_of(fitted(measured, ~held), measured.x[held])
    return found


def _origin(args: argparse.Namespace, cases: Sequence[WeighingCase], strangers: Sequence[WeighingCase]) -> str:
    files = f"--corpus …/{args.corpus.name} --queries …/{args.queries.name}"
    if args.off_topic:
        files += f" --off-topic …/{args.off_topic.name}"
    return (
        f"python -m evals sufficiency-training {files} --write; {len(cases) // 2} questions, each with its relevant "
        f"passages and without, and {len(strangers)} off-topic ones; L2 {L2}, prior {PRIOR:g} to 1"
    )
