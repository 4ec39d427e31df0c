"""A logistic regression as plain data: weights in a JSON file with their provenance, scored with numpy."""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Final, cast

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
    names = tuple(name for each in cast("Sequence[str]", raw["features"]) for name in _each(each))
    weights = np.asarray(raw["weights"], dtype=np.float32)
    if weights.shape != (len(names),):
        raise ValueError("weights and features differ in length")
    bias, threshold = cast("float", raw["bias"]), cast("float", raw["threshold"])
    return LinearModel(names, weights, float(bias), float(threshold), str(raw["provenance"]))


def to_json(model: LinearModel) -> str:
    """One line per field, weights rounded to four digits: small, and a diff shows what changed."""
    weights = ",".join(f"{w:.4g}" for w in model.weights.tolist())
    names = list(_runs(model.features))
    return (
        f'{{"provenance": {json.dumps(model.provenance)},\n"threshold": {model.threshold:.4f},\n'
        f'"bias": {model.bias:.5g},\n"features": {json.dumps(names)},\n"weights": [{weights}]}}\n'
    )


def packaged(name: str) -> LinearModel:
    """The shipped model `guardrails/models/<name>.json`."""
    return from_json(files("guardrails").joinpath("models", f"{name}.json").read_text(encoding="utf-8"))


_RUN: Final = re.compile(r"(\w*[a-z_])\[(\d+)\]")


def numbered(prefix: str, count: int) -> tuple[str, ...]:
    """The names of `count` features that differ by number only: a file writes them as one, "e[384]"."""
    return tuple(f"{prefix}{number}" for number in range(count))


def _each(written: str) -> Sequence[str]:
    run = _RUN.fullmatch(written)
    return (written,) if run is None else numbered(run[1], int(run[2]))


def _runs(names: Sequence[str]) -> Iterator[str]:
    """Names as they are written: numbered ones of the same prefix, from 0 on and ten or more, as one."""
    start = 0
    while start < len(names):
        prefix, count = names[start].removesuffix("0"), 0
        while start + count < len(names) and names[start + count] == f"{prefix}{count}":
            count += 1
        yield f"{prefix}[{count}]" if count >= 10 else names[start]
        start += count if count >= 10 else 1
