"""A logistic regression as plain data: weights in a JSON file with their provenance, scored with numpy."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import cast

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class LinearModel:
    """p = sigmoid(w · x + b) over named features; `provenance` says what it was trained on, by which command."""

    features: tuple[str, ...]
    weights: NDArray[np.float32]
    bias: float
    threshold: float
    provenance: str

    def score(self, features: NDArray[np.float32]) -> float:
        """Probability (0 to 1) for one row of shape (len(features),). Raises ValueError on another shape."""
        if features.shape != self.weights.shape:
            raise ValueError(f"expected {self.weights.shape[0]} features, got {features.shape}")
        logit = float(np.einsum("i,i->", self.weights, features)) + self.bias
        return float(1.0 / (1.0 + np.exp(-np.clip(logit, -40.0, 40.0))))


def from_json(content: str) -> LinearModel:
    """The model written by `to_json`. Raises KeyError or ValueError on anything else."""
    raw = cast("dict[str, object]", json.loads(content))
    names = tuple(cast("Sequence[str]", raw["features"]))
    weights = np.asarray(raw["weights"], dtype=np.float32)
    if weights.shape != (len(names),):
        raise ValueError("weights and features differ in length")
    bias, threshold = cast("float", raw["bias"]), cast("float", raw["threshold"])
    return LinearModel(names, weights, float(bias), float(threshold), str(raw["provenance"]))


def to_json(model: LinearModel) -> str:
    """One line per field, weights rounded to four digits: small, and a diff shows what changed."""
    weights = ",".join(f"{w:.4g}" for w in model.weights.tolist())
    return (
        f'{{"provenance": {json.dumps(model.provenance)},\n"threshold": {model.threshold:.4f},\n'
        f'"bias": {model.bias:.5g},\n"features": {json.dumps(model.features)},\n"weights": [{weights}]}}\n'
    )


def packaged(name: str) -> LinearModel:
    """The shipped model `guardrails/models/<name>.json`."""
    return from_json(files("guardrails").joinpath("models", f"{name}.json").read_text(encoding="utf-8"))
