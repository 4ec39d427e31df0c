"""Fits the guards' small linear models: L2-regularised logistic regression, by L-BFGS, deterministic."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize  # pyright: ignore[reportUnknownVariableType]  # scipy's stubs are partial

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Fit:
    """Weights and bias for the features as given (any scaling is folded back in)."""

    weights: Array
    bias: float

    def scores(self, x: Array) -> Array:
        """Probabilities for rows of shape (n, features)."""
        return 1.0 / (1.0 + np.exp(-np.clip(x @ self.weights + self.bias, -40, 40)))


def fit(x: Array, y: Array, *, l2: float, sample_weight: Array | None = None) -> Fit:
    """Minimises weighted log loss + l2/2·|w|² over standardised columns; `y` is 0 or 1, shapes (n, d) and (n,)."""
    mean, scale = x.mean(axis=0), x.std(axis=0)
    scale[scale < 1e-9] = 1.0
    z = (x - mean) / scale
    share = np.ones(len(y)) if sample_weight is None else sample_weight
    share = share / share.sum()

    def loss(theta: Array) -> tuple[float, Array]:
        logits = z @ theta[:-1] + theta[-1]
        value = float(np.sum(share * (np.logaddexp(0, logits) - y * logits)) + l2 / 2 * np.sum(theta[:-1] ** 2))
        residual = share * (1.0 / (1.0 + np.exp(-np.clip(logits, -40, 40))) - y)
        return value, np.append(z.T @ residual + l2 * theta[:-1], residual.sum())

    start = np.zeros(x.shape[1] + 1)
    found = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 500})  # pyright: ignore[reportUnknownVariableType]
    theta = np.asarray(found.x, dtype=np.float64)  # pyright: ignore[reportUnknownMemberType]
    weights = theta[:-1] / scale
    return Fit(weights, float(theta[-1] - np.sum(weights * mean)))


@dataclass(frozen=True, slots=True)
class Rows:
    """A matrix of a dense part and, to its right, a sparse one: `value` stands at `row` and `column` of that."""

    dense: Array
    row: NDArray[np.int64]
    column: NDArray[np.int64]
    value: Array
    columns: int

    @property
    def shape(self) -> tuple[int, int]:
        return self.dense.shape[0], self.dense.shape[1] + self.columns

    def times(self, weights: Array) -> Array:
        """(n,) for weights of shape (features,)."""
        count, width = self.dense.shape
        sparse = np.bincount(self.row, self.value * weights[width + self.column], minlength=count).astype(np.float64)
        return self.dense @ weights[:width] + sparse

    def transposed_times(self, residual: Array) -> Array:
        """(features,) for a vector of shape (n,)."""
        sparse = np.bincount(self.column, self.value * residual[self.row], minlength=self.columns).astype(np.float64)
        return np.concatenate([self.dense.T @ residual, sparse])

    def only(self, chosen: NDArray[np.bool_]) -> "Rows":
        """The chosen rows, in their order."""
        held = chosen[self.row]
        place = np.cumsum(chosen) - 1
        return Rows(
            self.dense[chosen], place[self.row[held]], self.column[held], self.value[held], columns=self.columns
        )


def fit_rows(x: Rows, y: Array, *, l2: float, sample_weight: Array) -> Fit:
    """As `fit` for `Rows`, whose columns are taken as they are."""
    share = sample_weight / sample_weight.sum()

    def loss(theta: Array) -> tuple[float, Array]:
        logits = x.times(theta[:-1]) + theta[-1]
        value = float(np.sum(share * (np.logaddexp(0, logits) - y * logits)) + l2 / 2 * np.sum(theta[:-1] ** 2))
        residual = share * (1.0 / (1.0 + np.exp(-np.clip(logits, -40, 40))) - y)
        return value, np.append(x.transposed_times(residual) + l2 * theta[:-1], residual.sum())

    start = np.zeros(x.shape[1] + 1)
    found = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 300})  # pyright: ignore[reportUnknownVariableType]
    theta = np.asarray(found.x, dtype=np.float64)  # pyright: ignore[reportUnknownMemberType]
    return Fit(theta[:-1], float(theta[-1]))


def folds(count: int, parts: int, seed: int = 7) -> list[NDArray[np.int64]]:
    """Index arrays of a shuffled split of `count` rows into `parts` test folds."""
    order = np.random.default_rng(seed).permutation(count)
    return [np.sort(order[i::parts]) for i in range(parts)]


def auroc(scores: Array, positive: NDArray[np.bool_]) -> float:
    """Area under the ROC curve by ranks, ties shared."""
    values, inverse, counts = np.unique(scores, return_inverse=True, return_counts=True)
    del values
    upper = np.cumsum(counts)
    ranks = (upper - (counts - 1) / 2)[inverse]
    n_pos, n_neg = int(positive.sum()), int((~positive).sum())
    return float((ranks[positive].sum() - n_pos * (n_pos + 1) / 2) / (n_pos * n_neg))
