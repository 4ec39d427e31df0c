"""Fits the guards' small networks (`guardrails.network`): one hidden layer, strong decay, L-BFGS, deterministic."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize  # pyright: ignore[reportUnknownVariableType]  # scipy's stubs are partial

from guardrails.network import CLIP, Layer, SmallNetwork

Array = NDArray[np.float64]
STEPS: Final = 200


@dataclass(frozen=True, slots=True)
class Recipe:
    """Hidden units, decay (l2/2·|w|² beside the mean loss) and how many networks are averaged."""

    hidden: int
    l2: float
    networks: int


def fit_network(
    names: tuple[str, ...], x: Array, y: Array, weight: Array, gain: Array, recipe: Recipe, provenance: str
) -> SmallNetwork:
    """Networks for rows (n, d) with labels 0 or 1 and sample weights; each starts from a seed of its own."""
    shift, scale = x.mean(axis=0), x.std(axis=0)
    scale[scale < 1e-9] = 1.0
    z = (np.clip((x - shift) / scale, -CLIP, CLIP) * gain).astype(np.float32)
    share = weight / weight.sum()
    layers = tuple(_fit(z, y, share, recipe, seed) for seed in range(recipe.networks))
    return SmallNetwork(
        names, shift.astype(np.float32), scale.astype(np.float32), gain.astype(np.float32), layers, provenance
    )


def _fit(z: NDArray[np.float32], y: Array, share: Array, recipe: Recipe, seed: int) -> Layer:
    d, h = z.shape[1], recipe.hidden
    draw = np.random.default_rng(seed)
    start = np.zeros(d * h + 2 * h + 1)
    start[: d * h] = draw.normal(0, np.sqrt(2 / d), d * h)
    start[d * h + h : -1] = draw.normal(0, np.sqrt(1 / h), h)

    def loss(theta: Array) -> tuple[float, Array]:
        inner, bias, outer, offset = _parts(theta, d, h)
        before = z @ inner.astype(np.float32) + bias.astype(np.float32)
        hidden = np.maximum(before, 0.0)
        logits = hidden.astype(np.float64) @ outer + offset
        decay = recipe.l2 / 2 * float(np.sum(inner**2) + np.sum(outer**2))
        value = float(np.sum(share * (np.logaddexp(0, logits) - y * logits))) + decay
        residual = share * (1.0 / (1.0 + np.exp(-np.clip(logits, -40, 40))) - y)
        back = ((residual[:, None] * outer) * (before > 0)).astype(np.float32)
        slopes: list[Array] = [
            (np.asarray(z.T @ back, dtype=np.float64) + recipe.l2 * inner).ravel(),
            np.asarray(back.astype(np.float64).sum(axis=0), dtype=np.float64),
            hidden.T.astype(np.float64) @ residual + recipe.l2 * outer,
            np.asarray([residual.sum()], dtype=np.float64),
        ]
        return value, np.concatenate(slopes)

    found = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": STEPS})  # pyright: ignore[reportUnknownVariableType]
    inner, bias, outer, offset = _parts(np.asarray(found.x, dtype=np.float64), d, h)  # pyright: ignore[reportUnknownMemberType]
    return Layer(inner.astype(np.float32), bias.astype(np.float32), outer.astype(np.float32), float(offset))


def _parts(theta: Array, d: int, h: int) -> tuple[Array, Array, Array, float]:
    inner, bias, outer = theta[: d * h].reshape(d, h), theta[d * h : d * h + h], theta[d * h + h : -1]
    return inner, bias, outer, float(theta[-1])
