"""`python -m evals calibration --corpus C --queries Q --off-topic T --data DIR`: does evidence of .7 mean seven in ten?

Three sets: the questions of the corpus, with and without their passages; the tuning and the golden questions over
the bank's own documents. What came true is whether the passages found hold the answer. The calibration (two numbers
over the model's odds) is fitted to the first two sets; each of their questions is judged by a fit that has not seen it,
and by a model that has not seen its document. The golden questions are fitted to by nothing.

--write puts the calibration into `guardrails/models/calibration.json`; --plot draws reliability as SVG.
"""

import argparse
import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from evals.abstention import WeighingCase, weighing_cases
from evals.bank_questions import BankCase, bank_cases
from evals.logistic import Fit, fit
from evals.reliability import Bin, by_mass, expected_error, plot
from evals.sufficiency_training import PARTS, PRIOR, Flags, Numbers, cross_validated, measure
from evals.sufficiency_training import add_arguments as add_training_arguments
from guardrails.linear import LinearModel, to_json
from guardrails.risk import Risk
from guardrails.sufficiency import CALIBRATED, odds
from guardrails.thresholds import SUFFICIENCY

TARGET: Final = Path("guardrails/models/calibration.json")
TUNING_SHARE: Final = 0.5
"""What the tuning questions weigh together beside the corpus's: they are 80, and the only ones over a bank's own
documents, where nearness means more."""
BINS: Final = {"corpus": 10, "tuning": 5, "golden": 5}
L2: Final = 1e-6


@dataclass(frozen=True, slots=True)
class Set:
    """Cases that were weighed and not vetoed: the model's odds, what came true, weights, and in which part each is."""

    odds: Numbers
    holds: Flags
    weight: Numbers
    part: NDArray[np.int64]

    def apart(self, part: int) -> "Set":
        """What is not in that part."""
        rest = self.part != part
        return Set(self.odds[rest], self.holds[rest], self.weight[rest], self.part[rest])


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_training_arguments(parser)
    parser.add_argument("--data", type=Path, required=True, metavar="DIR", help="the development data")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="keep the bank's database here between runs")
    parser.add_argument("--plot", type=Path, metavar="FILE", help="draw reliability as SVG")


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Expected calibration error by set, on questions that were not fitted to; thresholds by risk; the calibration."""
    cases, strangers = asyncio.run(weighing_cases(args))
    bank = bank_cases(args.data, args.keep)
    corpus, tuning, golden = _corpus(cases, strangers), _bank(bank, "tuning"), _bank(bank, "golden")
    found = _fitted(corpus, tuning)
    if args.write:
        TARGET.write_text(to_json(_model(found, args)), encoding="utf-8")
    judged = {
        "corpus": (_held_out(corpus, lambda part: _fitted(corpus.apart(part), tuning)), corpus),
        "tuning": (_held_out(tuning, lambda part: _fitted(corpus, tuning.apart(part))), tuning),
        "golden": (found.scores(golden.odds[:, None]), golden),
    }
    bins = {name: by_mass(said, each.holds, each.weight, BINS[name]) for name, (said, each) in judged.items()}
    if args.plot is not None:
        args.plot.write_text(plot(bins), encoding="utf-8")
    return {
        "expected_error": {name: round(expected_error(each), 4) for name, each in bins.items()},
        "sets": {name: _told(said, each, bins[name]) for name, (said, each) in judged.items()},
        "by_risk": {name: _by_risk([case for case in bank if case.set == name]) for name in ("golden", "tuning")},
        "calibration": {"scale": round(float(found.weights[0]), 4), "shift": round(found.bias, 4)},
    }


def _corpus(cases: Sequence[WeighingCase], strangers: Sequence[WeighingCase]) -> Set:
    measured = measure(cases, strangers)
    kept = ~measured.vetoed & ~measured.off_topic
    weight = np.where(measured.present, PRIOR, 1.0)
    return Set(cross_validated(measured)[kept], measured.holds[kept], weight[kept], measured.part[kept])


def _bank(cases: Sequence[BankCase], name: str) -> Set:
    kept = [case for case in cases if case.set == name and case.weighed.features.get("named_missing") == 0.0]
    return Set(
        np.asarray([odds(case.weighed.features) for case in kept]),
        np.asarray([case.holds for case in kept]),
        np.ones(len(kept)),
        np.arange(len(kept)) % PARTS,
    )


def _fitted(corpus: Set, tuning: Set) -> Fit:
    weight = np.concatenate([corpus.weight / corpus.weight.sum(), TUNING_SHARE * tuning.weight / tuning.weight.sum()])
    x, y = np.concatenate([corpus.odds, tuning.odds]), np.concatenate([corpus.holds, tuning.holds])
    return fit(x[:, None], y.astype(np.float64), l2=L2, sample_weight=weight)


def _held_out(judged: Set, fitted_without: Callable[[int], Fit]) -> Numbers:
    said = np.zeros(len(judged.odds))
    for part in range(PARTS):
        held = judged.part == part
        said[held] = fitted_without(part).scores(judged.odds[held][:, None])
    return said


def _told(said: Numbers, judged: Set, bins: Sequence[Bin]) -> dict[str, Any]:
    return {
        "cases": len(said),
        "said": round(float(np.average(said, weights=judged.weight)), 3),
        "came_true": round(float(np.average(judged.holds, weights=judged.weight)), 3),
        "bins": [[round(each.said, 3), round(each.came_true, 3)] for each in bins],
    }


def _by_risk(cases: Sequence[BankCase]) -> dict[str, Any]:
    """What is let through to the writer at the shipped thresholds."""
    return {
        risk.value: {
            "demanded": SUFFICIENCY.demanded(risk),
            "with_answer": sum(case.has_answer for case in cases if case.risk is risk),
            "let_through": sum(bool(case.weighed) for case in cases if case.risk is risk and case.has_answer),
            "without": sum(not case.has_answer for case in cases if case.risk is risk),
            "let_through_wrongly": sum(
                bool(case.weighed) for case in cases if case.risk is risk and not case.has_answer
            ),
        }
        for risk in Risk
    }


def _model(found: Fit, args: argparse.Namespace) -> LinearModel:
    origin = (
        f"python -m evals calibration --corpus …/{args.corpus.name} --queries …/{args.queries.name} --data … --write; "
        f"with the tuning questions at {TUNING_SHARE:g} to 1"
    )
    return LinearModel(CALIBRATED, found.weights.astype(np.float32), found.bias, 0.5, origin)
