"""Fits the support model: `python -m evals claims-training --cases FILE [--write]`.

Trains on the development claims and on our own faithful and altered claims over passages of our own, and reports the
whole check cross-validated: each claim decided by a model that has not seen it. With --write the weights (no data) go
into `guardrails/models/claims.json`.
"""

import argparse
import asyncio
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from evals.cases_file import open_embedder, progress, read_cases
from evals.logistic import Array, auroc, fit, folds
from evals.own_claims import FAITHFUL, own_claims
from gateway.embeddings import Embedder
from guardrails.alignment import sentences_of
from guardrails.claims import examine
from guardrails.figures import misplaced
from guardrails.linear import LinearModel, to_json
from guardrails.narrative import tells_a_story
from guardrails.quantities import missing
from guardrails.support import FEATURES
from guardrails.thresholds import CLAIM
from guardrails.twists import twists
from guardrails.verbatim import stands_verbatim
from guardrails.wording import read

TARGET: Final = Path("guardrails/models/claims.json")
L2: Final = 0.1
# Ours are short and made by one hand: together they count for this share of the development claims.
OWN_WEIGHT: Final = 0.5
PARTS: Final = 5
SEEDS: Final = (0, 1, 2, 3, 4)
SWEEP: Final = (0.35, 0.4, 0.45, 0.5, 0.55, 0.6)


@dataclass(frozen=True, slots=True)
class _Rows:
    x: Array
    supported: NDArray[np.bool_]
    own: NDArray[np.bool_]
    stopped: NDArray[np.bool_]
    """By a check that no score overrules."""
    verbatim: NDArray[np.bool_]
    kind: NDArray[np.str_]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--cases", type=Path, required=True, help="JSON Lines {claim, evidence: [sentence], label}")
    parser.add_argument("--write", action="store_true", help="replace the shipped weights")


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Cross-validated figures over a sweep of thresholds."""
    rows = asyncio.run(_rows(read_cases(args.cases)))
    report = _cross_validated(rows)
    if args.write:
        found = fit(rows.x, rows.supported.astype(np.float64), l2=L2, sample_weight=_weights(rows))
        origin = (
            f"python -m evals claims-training --cases …/{args.cases.parent.name}/{args.cases.name}; "
            f"{int((~rows.own).sum())} development claims, {int(rows.own.sum())} of our own; L2 {L2}"
        )
        model = LinearModel(FEATURES, found.weights.astype(np.float32), found.bias, CLAIM.rule, origin)
        TARGET.write_text(to_json(model), encoding="utf-8")
    return report


async def _rows(cases: list[dict[str, Any]]) -> _Rows:
    claims = [(case["claim"], "", "\n".join(case["evidence"]), case["label"] == "supported", "dev") for case in cases]
    claims += [(own.text, own.heading, own.passage, own.kind == FAITHFUL, own.kind) for own in own_claims()]
    embedder = open_embedder()
    found: list[tuple[tuple[float, ...], bool, bool]] = []
    for done, (text, heading, passage, _, _) in enumerate(claims, 1):
        found.append(await _measured(text, heading, passage, embedder))
        progress("claims", done, len(claims))
    embedder.close()
    kinds = np.asarray([claim[4] for claim in claims])
    return _Rows(
        np.asarray([features for features, _, _ in found], dtype=np.float64),
        np.asarray([claim[3] for claim in claims]),
        kinds != "dev",
        np.asarray([stopped for _, stopped, _ in found]),
        np.asarray([verbatim for _, _, verbatim in found]),
        kinds,
    )


async def _measured(text: str, heading: str, passage: str, embedder: Embedder) -> tuple[tuple[float, ...], bool, bool]:
    examined = await examine(text, [passage], [heading], "", embedder.embed)
    readings = [sentence.reading for sentence in sentences_of(passage, 0)]
    stopped = (
        bool(missing(text, passage, heading))
        or misplaced(read(text), readings)
        or bool(twists(examined.reading, examined.carried, examined.said, examined.support.alike))
        or examined.support.strangers > 0
        or (examined.support.has_foreign_word if tells_a_story([passage]) else bool(examined.support.left_over))
    )
    return examined.support.features, stopped, stands_verbatim(text, passage)


def _weights(rows: _Rows) -> Array:
    """Supported and other claims weigh the same among the development claims, and among ours."""
    weights = np.zeros(len(rows.supported))
    for own, whole in ((False, 1.0), (True, OWN_WEIGHT)):
        for supported in (False, True):
            mask = (rows.own == own) & (rows.supported == supported)
            weights[mask] = whole / max(int(mask.sum()), 1)
    return weights


def _cross_validated(rows: _Rows) -> dict[str, Any]:
    weights, y = _weights(rows), rows.supported.astype(np.float64)
    sweeps: dict[float, list[tuple[float, float, float, float, float]]] = {threshold: [] for threshold in SWEEP}
    kinds: Counter[str] = Counter()
    areas: list[float] = []
    for seed in SEEDS:
        scores = np.zeros(len(y))
        for test in folds(len(y), PARTS, seed):
            train = np.setdiff1d(np.arange(len(y)), test)
            scores[test] = fit(rows.x[train], y[train], l2=L2, sample_weight=weights[train]).scores(rows.x[test])
        areas.append(auroc(scores[~rows.own], rows.supported[~rows.own]))
        for threshold in SWEEP:
            released = rows.verbatim | ((scores >= threshold) & ~rows.stopped)
            sweeps[threshold].append(_shares(rows, released))
        least = np.where(rows.own, CLAIM.rule, CLAIM.report)
        shipped = rows.verbatim | ((scores >= least) & ~rows.stopped)
        kinds.update(rows.kind[rows.own & (shipped != rows.supported)].tolist())
    return {
        "auroc": float(np.mean(areas)),
        "shipped_thresholds": {"own": CLAIM.rule, "development": CLAIM.report},
        "by_threshold": {
            str(threshold): dict(zip(_NAMES, np.mean(found, axis=0).round(4).tolist(), strict=True))
            for threshold, found in sweeps.items()
        },
        "own_errors_by_kind": {kind: count / len(SEEDS) for kind, count in sorted(kinds.items())},
    }


_NAMES: Final = ("balanced_accuracy", "supported_released", "others_withheld", "own_faithful", "own_altered_stopped")


def _shares(rows: _Rows, released: NDArray[np.bool_]) -> tuple[float, float, float, float, float]:
    dev, own = ~rows.own, rows.own
    kept = float(released[dev & rows.supported].mean())
    stopped = float((~released)[dev & ~rows.supported].mean())
    faithful = float(released[own & rows.supported].mean())
    altered = float((~released)[own & ~rows.supported].mean())
    return 100 * (kept + stopped) / 2, kept, stopped, faithful, altered
