"""Fits the scope model: `python -m evals scope-training --train FILE --dev FILE [--write]`.

Trains on the routing questions and our own examples (clerks ask about regulations and HR rules, which no public data
has), and with --write puts the weights (no data) into `guardrails/models/scope.json`. The threshold is chosen by
cross-validation over the training questions; the development questions are a test.
"""

import argparse
import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from evals.cases_file import embed_all, open_embedder, own_examples, read_cases
from evals.kinds import SEEN, alone, read_kinds
from evals.logistic import Fit, Rows, auroc, fit_rows, folds
from guardrails import ngrams
from guardrails.linear import LinearModel, to_json
from guardrails.normalise import fold
from guardrails.risk import Kind
from guardrails.scope import FEATURES, TRADE_WORDS
from guardrails.thresholds import SCOPE

TARGET: Final = Path("guardrails/models/scope.json")
L2: Final = 8e-6
MEANING: Final = 2.0
"""How much the embedding counts beside the words, both of length 1; folded into the weights."""

# Customers' questions (banking77) are many and alike; our policy questions are few and what staff really ask.
# What belongs to no intent of the public data ("oos") is a hundredth of it, and most of what people really ask.
WEIGHTS: Final = {"banking77": 0.3, "clinc150": 1.5, "out_of_scope": 0.5, "oos": 2.5, "policy": 30.0, "other": 10.0}
SWEEP: Final = (0.1, 0.2, 0.25, 0.3, 0.35, 0.4, 0.5)
FOLDS: Final = 5
_ASKS: Final = re.compile(
    r"^(?:what|who|how|when|where|why|which|is|are|do|does|did|can|could|will|would|should|may|has|have|am|was)\b"
)


@dataclass(frozen=True, slots=True)
class Row:
    """One training question, the group that it must not be parted from, and how much it counts."""

    text: str
    inside: bool
    weight: float
    source: str
    group: int


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--train", type=Path, required=True)
    parser.add_argument("--dev", type=Path, required=True)
    parser.add_argument("--write", action="store_true", help="replace the shipped weights")


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Recalls over a sweep of thresholds, words of the trade included: cross-validated, and on the test questions."""
    return asyncio.run(_train(args.train, args.dev, write=args.write))


async def _train(train: Path, dev: Path, *, write: bool) -> dict[str, Any]:
    rows = _training_rows(train)
    held = read_cases(dev)
    texts = [*(row.text for row in rows), *(case["text"] for case in held)]
    embedder = open_embedder()
    vectors = await embed_all(embedder, texts, label="embedding")
    embedder.close()
    every = _matrix(texts, vectors)
    training = np.arange(len(texts)) < len(rows)
    x, test = every.only(training), every.only(~training)
    labels = np.asarray([row.inside for row in rows], dtype=np.float64)
    weight = np.asarray([row.weight for row in rows])
    found = fit_rows(x, labels, l2=L2, sample_weight=weight)
    if write:
        _write(train, rows, found.weights, found.bias)
    inside = np.asarray([case["label"] == "in_scope" for case in held])
    scores = _scores(found, test)
    return {
        "cross_validated": _by_source(rows, _cross_validated(rows, x, labels, weight)),
        "auroc": auroc(scores, inside),
        "shipped_threshold": SCOPE.in_scope,
        "by_threshold": {str(t): _recalls(kept(scores, [case["text"] for case in held], t), inside) for t in SWEEP},
    }


def kept(scores: NDArray[np.float64], texts: Sequence[str], threshold: float) -> NDArray[np.bool_]:
    """Which texts count as in scope at a threshold, words of the trade included."""
    trade = np.asarray([bool(TRADE_WORDS.search(fold(text))) for text in texts])
    return scores >= np.where(trade, SCOPE.of_the_trade, threshold)


def _cross_validated(
    rows: Sequence[Row], x: Rows, labels: NDArray[np.float64], weight: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Each row's score by a model that has seen neither it nor its group."""
    group = np.asarray([row.group for row in rows])
    scores = np.zeros(len(rows))
    for part in folds(int(group.max()) + 1, FOLDS):
        out = np.isin(group, part)
        found = fit_rows(x.only(~out), labels[~out], l2=L2, sample_weight=weight[~out])
        scores[out] = _scores(found, x.only(out))
    return scores


def _by_source(rows: Sequence[Row], scores: NDArray[np.float64]) -> dict[str, dict[str, float]]:
    """The share kept by threshold, for each source."""
    sources = np.asarray([row.source for row in rows])
    held = {t: kept(scores, [row.text for row in rows], t) for t in SWEEP}
    return {
        str(t): {source: round(float(held[t][sources == source].mean()), 4) for source in sorted(set(sources))}
        for t in SWEEP
    }


def _training_rows(train: Path) -> list[Row]:
    rows: list[Row] = []
    for number, case in enumerate(read_cases(train)):
        inside = case["label"] == "in_scope"
        weight = WEIGHTS[case["source"] if inside else "oos" if case["intent"] == "oos" else "out_of_scope"]
        source = f"{case['source']} {case['label']}"
        rows.append(Row(case["text"], inside, weight, source, number))
        if case["source"] == "clinc150":
            rows.append(Row(_as_written(case["text"]), inside, weight, f"{source}, as written", number))
    count = rows[-1].group + 1
    own = [(text, True) for text in own_examples("policy_questions")]
    own += [(text, False) for text in own_examples("other_questions")]
    own += [(alone(case.turns), True) for case in read_kinds(SEEN) if case.kind in _INSIDE]
    own += [(alone(case.turns), False) for case in read_kinds(SEEN) if case.kind is Kind.OUT_OF_SCOPE]
    return rows + [
        Row(text, inside, WEIGHTS["policy" if inside else "other"], "our own policy" if inside else "our own other", n)
        for n, (text, inside) in enumerate(own, count)
    ]


_INSIDE: Final = (Kind.POLICY_QUESTION, Kind.CHECKLIST, Kind.CASE_WORK)


def _as_written(text: str) -> str:
    """A question with its capital and its mark. CLINC150 has neither and Banking77 has both, which says nothing of what
    is asked."""
    return f"{text[:1].upper()}{text[1:]}{'?' if _ASKS.match(text) else '.'}"


def _matrix(texts: Sequence[str], vectors: NDArray[np.float32]) -> Rows:
    """`guardrails.scope.features` of many texts, with the embedding scaled."""
    parts = [np.unique(np.asarray(ngrams.buckets(text), dtype=np.int64), return_counts=True) for text in texts]
    lengths = [float(np.sqrt(np.sum(count.astype(np.float64) ** 2))) for _, count in parts]
    return Rows(
        dense=vectors.astype(np.float64) * MEANING,
        row=np.repeat(np.arange(len(texts)), [len(bucket) for bucket, _ in parts]),
        column=np.concatenate([bucket for bucket, _ in parts]),
        value=np.concatenate([count / (length or 1.0) for (_, count), length in zip(parts, lengths, strict=True)]),
        columns=ngrams.SIZE,
    )


def _scores(found: Fit, rows: Rows) -> NDArray[np.float64]:
    """Probabilities for the rows."""
    return 1.0 / (1.0 + np.exp(-np.clip(rows.times(found.weights) + found.bias, -40, 40)))


def _write(train: Path, rows: Sequence[Row], weights: NDArray[np.float64], bias: float) -> None:
    origin = (
        f"python -m evals scope-training --train …/{train.parent.name}/{train.name}; {len(rows)} questions, "
        f"our own examples included; L2 {L2}, weights {WEIGHTS}"
    )
    scale = np.where(np.arange(len(FEATURES)) < len(FEATURES) - ngrams.SIZE, MEANING, 1.0)
    model = LinearModel(FEATURES, (weights * scale).astype(np.float32), bias, SCOPE.in_scope, origin)
    TARGET.write_text(to_json(model), encoding="utf-8")


def _recalls(held: NDArray[np.bool_], inside: NDArray[np.bool_]) -> dict[str, float]:
    return {"in_scope_recall": float(held[inside].mean()), "out_of_scope_recall": float((~held)[~inside].mean())}
