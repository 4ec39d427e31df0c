"""The learned ranking: a linear model over the features of a candidate, as plain data with its provenance."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import cast

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class RankingModel:
    """p = sigmoid(w · x + b) over named features; `provenance` says what it was fitted to, by which command."""

    features: tuple[str, ...]
    weights: Numbers
    bias: float
    provenance: str

    def scores(self, features: Numbers) -> Numbers:
        """0..1 for each row of (n, len(features)). Each row is summed by itself: no other moves its last bit."""
        logits = np.einsum("nf,f->n", features, self.weights) + self.bias
        return 1.0 / (1.0 + np.exp(-np.clip(logits, -40.0, 40.0)))


def from_json(content: str, expected: Sequence[str]) -> RankingModel:
    """The model written by `to_json`. Raises KeyError or ValueError where it is none over the expected features."""
    raw = cast("dict[str, object]", json.loads(content))
    weights = cast("dict[str, float]", raw["weights"])
    if tuple(weights) != tuple(expected):
        raise ValueError(f"The ranking model is over other features: {', '.join(weights)}")
    values = np.array([float(weight) for weight in weights.values()], dtype=np.float64)
    if not np.isfinite(values).all():
        raise ValueError("The ranking model has weights that are no numbers.")
    return RankingModel(tuple(weights), values, float(cast("float", raw["bias"])), str(raw["provenance"]))


def to_json(model: RankingModel) -> str:
    """One line a feature, weights to four digits: small, and a diff shows what changed."""
    weights = {name: float(f"{w:.4g}") for name, w in zip(model.features, model.weights.tolist(), strict=True)}
    content = {"provenance": model.provenance, "bias": float(f"{model.bias:.4g}"), "weights": weights}
    return json.dumps(content, indent=1) + "\n"


def packaged(expected: Sequence[str]) -> RankingModel:
    """The shipped model `retrieval/weights/ranking.json`."""
    content = files("retrieval").joinpath("weights", "ranking.json").read_text(encoding="utf-8")
    return from_json(content, expected)
