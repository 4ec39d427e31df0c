"""Fits the learned ranking: `python -m evals ranking-training --corpus C --queries Q [--write]`.

A linear model over `retrieval.pool.FEATURES` of the product's own candidates, fitted so that relevant passages come
first (softmax over the candidates of a question), then brought to the scale of a probability. Judged by
cross-validation: no question is ranked by weights fitted on one that shares a relevant passage with it. With --write
the weights (no data) go into `retrieval/weights/ranking.json`.
"""

import argparse
import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize  # pyright: ignore[reportUnknownVariableType]  # scipy's stubs are partial

from evals.cases_file import embed_all, open_embedder, progress, read_cases
from evals.logistic import fit, folds
from evals.memory_shelf import GLOSSARY, MemoryShelf
from evals.retrieval import average_precision, corpus_vectors, recall
from evals.retrieval_corpus import corpus_of
from retrieval.learned import RankingModel, to_json
from retrieval.pool import FEATURES, Pool, features
from retrieval.ranking import fused_scores
from retrieval.stages import Stages
from retrieval.thresholds import FUSION

Numbers = NDArray[np.float64]
TARGET: Final = Path("retrieval/weights/ranking.json")
L2: Final = 1e-3
"""1e-4 gives .0015 and .0012 more, cross-validated, by weights twice as large that work against each other."""
PARTS: Final = 10


@dataclass(frozen=True, slots=True)
class Example:
    """One question's candidates, best fused first: their features (n, f), which are relevant (n,), their passages, and
    all the passages that are relevant to it, found or not."""

    x: Numbers
    relevant: NDArray[np.bool_]
    rows: list[int]
    wanted: set[int]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--corpus", type=Path, required=True, help="JSON Lines {id, document, section, text}")
    parser.add_argument("--queries", type=Path, required=True, help="JSON Lines {id, text, relevant: [id]}")
    parser.add_argument("--vectors", type=Path, help="folder to keep the corpus's vectors in between runs")
    parser.add_argument("--write", action="store_true", help="replace the shipped weights")


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Recall and mean average precision at 10 before and after, cross-validated, and the weights."""
    examples = asyncio.run(_examples(args))
    fused = [example.rows for example in examples]
    held_out = [_ranked(example, weights) for example, weights in _cross_validated(examples)]
    weights = fitted(examples)
    scale, bias = _calibrated(examples, weights)
    provenance = (
        f"python -m evals ranking-training --corpus …/{args.corpus.name} --queries …/{args.queries.name} --write; "
        f"{len(examples)} questions, {FUSION.learned} candidates each, L2 {L2}"
    )
    model = RankingModel(FEATURES, weights * scale, bias, provenance)
    if args.write:
        TARGET.parent.mkdir(exist_ok=True)
        TARGET.write_text(to_json(model), encoding="utf-8")
    return {
        "questions": len(examples),
        "fused": _figures(examples, fused),
        "learned_cross_validated": _figures(examples, held_out),
        "weights": {name: round(float(w), 4) for name, w in zip(FEATURES, model.weights, strict=True)},
        "bias": round(bias, 4),
    }


async def _examples(args: argparse.Namespace) -> list[Example]:
    corpus, queries = corpus_of(read_cases(args.corpus)), read_cases(args.queries)
    embedder = open_embedder()
    try:
        shelf = MemoryShelf(corpus, await corpus_vectors(embedder, corpus, args.vectors))
        asked = [GLOSSARY.expand(query["text"]) for query in queries]
        meant = await embed_all(embedder, [question.text for question in asked], label="questions")
    finally:
        embedder.close()
    found: list[Example] = []
    for done, (query, question, vector) in enumerate(zip(queries, asked, meant, strict=True), 1):
        wanted = [shelf.place[name] for name in query["relevant"]]
        found.append(_example(shelf.pool(query["text"], question.added, vector), wanted))
        progress("candidates", done, len(queries))
    return found


def _example(pool: Pool, wanted: Sequence[int]) -> Example:
    fused = fused_scores(pool, Stages())
    order = np.lexsort((pool.rows, -fused))[: FUSION.learned]
    rows = pool.rows[order].tolist()
    return Example(features(pool, fused)[order], np.isin(rows, wanted), rows, set(wanted))


def fitted(examples: Sequence[Example]) -> Numbers:
    """The weights, (f,), that give the relevant candidates the largest share of the softmax over their question's."""
    usable = [example for example in examples if example.relevant.any()]
    every = np.concatenate([example.x for example in usable])
    scale = every.std(axis=0)
    scale[scale < 1e-9] = 1.0
    z = every / scale
    starts = np.cumsum([0, *(len(example.rows) for example in usable)])[:-1]
    owner = np.repeat(np.arange(len(usable)), [len(example.rows) for example in usable])
    relevant = np.concatenate([example.relevant for example in usable])
    share = relevant / np.add.reduceat(relevant.astype(np.float64), starts)[owner]

    def loss(weights: Numbers) -> tuple[float, Numbers]:
        scores = z @ weights
        scores -= np.maximum.reduceat(scores, starts)[owner]
        each = np.exp(scores)
        total = np.add.reduceat(each, starts)[owner]
        value = -float(share @ (scores - np.log(total))) / len(usable) + L2 * float(weights @ weights)
        return value, z.T @ (each / total - share) / len(usable) + 2 * L2 * weights

    result = minimize(loss, np.zeros(z.shape[1]), jac=True, method="L-BFGS-B", options={"maxiter": 300})  # pyright: ignore[reportUnknownVariableType]
    return np.asarray(result.x, dtype=np.float64) / scale  # pyright: ignore[reportUnknownMemberType]


def _cross_validated(examples: Sequence[Example]) -> list[tuple[Example, Numbers]]:
    """Each example with weights fitted on questions that share no relevant passage with its part."""
    found: list[tuple[Example, Numbers]] = [(example, np.empty(0)) for example in examples]
    for done, part in enumerate(folds(len(examples), PARTS), 1):
        held = set[int]().union(*(examples[int(at)].wanted for at in part))
        weights = fitted([example for example in examples if not example.wanted & held])
        for at in map(int, part):
            found[at] = (examples[at], weights)
        progress("fit", done, PARTS)
    return found


def _ranked(example: Example, weights: Numbers) -> list[int]:
    order = np.argsort(-(example.x @ weights), kind="stable")
    return [example.rows[at] for at in order.tolist()]


def _calibrated(examples: Sequence[Example], weights: Numbers) -> tuple[float, float]:
    """Scale and bias that make the score the probability that a candidate is relevant; the order stays."""
    scores = np.concatenate([example.x @ weights for example in examples])
    relevant = np.concatenate([example.relevant for example in examples]).astype(np.float64)
    found = fit(scores[:, None], relevant, l2=0.0)
    return float(found.weights[0]), found.bias


def _figures(examples: Sequence[Example], orders: Sequence[Sequence[int]]) -> dict[str, float]:
    pairs = [
        ([str(row) for row in order[:10]], [str(row) for row in example.wanted])
        for example, order in zip(examples, orders, strict=True)
    ]
    return {
        "recall_at_10": round(float(np.mean([recall(*pair) for pair in pairs])), 4),
        "map_at_10": round(float(np.mean([average_precision(*pair) for pair in pairs])), 4),
    }
