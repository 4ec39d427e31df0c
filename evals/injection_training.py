"""Fits the injection model: `python -m evals injection-training --data ../shared/data [--write]`.

Trained on the development cases, on our own attacks and ordinary sentences (`cases/`, `evals.injection_ordinary`,
`evals.injection_notes`), and on questions and sentences that are certainly none, of other development data. Reports
five folds whose near-duplicates are in one fold, five plain ones, and what the shipped network makes of texts written
apart (`*_frozen.txt`), rules included. With --write the weights (no data) go into `guardrails/models/injection.json`.
"""

import argparse
import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from evals.cases_file import embed_all, open_embedder
from evals.injection_texts import Text, frozen_texts, training_texts
from evals.logistic import Array, auroc, folds
from evals.network import Recipe, fit_network
from guardrails.injection import EMBEDDING_SIZE, FEATURES, features, read_signals
from guardrails.network import SmallNetwork, to_json
from guardrails.normalise import normalise
from guardrails.thresholds import INJECTION

TARGET: Final = Path("guardrails/models/injection.json")
RECIPE: Final = Recipe(hidden=16, l2=3e-3, networks=3)  # l2 2e-3 to 5e-3: the same within .002 of area
ATTACK_WEIGHT: Final = 3.0
ALIKE: Final = 0.8  # cosine from which two texts are kept in one fold
SEEDS: Final = (1, 2)
SHOWN: Final = (0.2, 0.3, 0.4, 0.5, 0.7, 0.8, 0.9)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--data", type=Path, required=True, help="the folder of the development data")
    parser.add_argument("--write", action="store_true", help="replace the shipped weights")


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Cross-validated recall and false positives by source, at some thresholds."""
    return asyncio.run(_train(args.data, write=args.write))


@dataclass(frozen=True, slots=True)
class _Rows:
    """`x` (n, features), `vectors` (n, 384); `clear`: a written rule decides."""

    x: Array
    vectors: NDArray[np.float32]
    clear: NDArray[np.bool_]
    attack: NDArray[np.bool_]
    source: NDArray[np.str_]
    weight: Array


async def _train(data: Path, *, write: bool) -> dict[str, Any]:
    rows, apart = await _rows(training_texts(data)), await _rows(frozen_texts())
    groups = _alike(rows.vectors)
    grouped = np.mean([_cross_validated(rows, _grouped(groups, seed)) for seed in SEEDS], axis=0)
    plain = np.mean([_cross_validated(rows, folds(len(groups), 5, seed)) for seed in SEEDS], axis=0)
    origin = (
        f"python -m evals injection-training --data … --write; {len(groups)} texts; {RECIPE}; attacks {ATTACK_WEIGHT}"
    )
    network = _fit(rows, np.arange(len(groups)), origin)
    if write:
        TARGET.write_text(to_json(network), encoding="utf-8")
    return {
        "thresholds": {"refuse": INJECTION.refuse, "suspect": INJECTION.suspect},
        "near_duplicates_in_one_fold": _report(rows, grouped),
        "plain_folds": _report(rows, plain),
        "written_apart": _report(apart, network.scores(apart.x.astype(np.float32))),
    }


async def _rows(read: Sequence[Text]) -> _Rows:
    texts = [normalise(each.text) for each in read]
    embedder = open_embedder()
    vectors = await embed_all(embedder, texts, label="embedding")
    embedder.close()
    signals = [read_signals(text, each.text) for text, each in zip(texts, read, strict=True)]
    x = np.stack([features(s, v) for s, v in zip(signals, vectors, strict=True)]).astype(np.float64)
    attack = np.asarray([each.attack for each in read])
    share = np.asarray([each.weight for each in read])
    return _Rows(
        x,
        vectors,
        np.asarray([bool(s.clear) for s in signals]),
        attack,
        np.asarray([each.source for each in read]),
        np.where(attack, ATTACK_WEIGHT, 1.0) * share,
    )


def _fit(rows: _Rows, train: NDArray[np.int64], origin: str) -> SmallNetwork:
    gain = np.concatenate([np.full(len(FEATURES) - EMBEDDING_SIZE, 0.5), np.full(EMBEDDING_SIZE, 0.4)])
    attack = rows.attack[train].astype(np.float64)
    return fit_network(FEATURES, rows.x[train], attack, rows.weight[train], gain, RECIPE, origin)


def _cross_validated(rows: _Rows, tests: Sequence[NDArray[np.int64]]) -> Array:
    scores = np.zeros(len(rows.attack))
    for test in tests:
        train = np.setdiff1d(np.arange(len(scores)), test)
        scores[test] = _fit(rows, train, "").scores(rows.x[test].astype(np.float32))
    return scores


def _alike(vectors: NDArray[np.float32]) -> NDArray[np.int64]:
    """A number for each text, the same for those that a chain of near-duplicates joins."""
    group = np.arange(len(vectors))
    pairs = np.argwhere(np.triu(np.einsum("id,jd->ij", vectors, vectors), 1) > ALIKE)
    for i, j in pairs:
        if group[i] != group[j]:
            group[group == group[j]] = group[i]
    return group


def _grouped(groups: NDArray[np.int64], seed: int) -> list[NDArray[np.int64]]:
    names = np.unique(groups)
    order = dict(
        zip(names[np.random.default_rng(seed).permutation(len(names))].tolist(), range(len(names)), strict=True)
    )
    fold = np.asarray([order[name] % 5 for name in groups.tolist()])
    return [np.flatnonzero(fold == k) for k in range(5)]


def _report(rows: _Rows, scores: Array) -> dict[str, Any]:
    return {
        "auroc": auroc(scores, rows.attack),
        "flagged_at": {
            source: {
                "attack": bool(rows.attack[rows.source == source][0]),
                "texts": int((rows.source == source).sum()),
                **{
                    str(level): round(float(((scores >= level) | rows.clear)[rows.source == source].mean()), 4)
                    for level in SHOWN
                },
            }
            for source in sorted(set(rows.source.tolist()))
        },
    }
