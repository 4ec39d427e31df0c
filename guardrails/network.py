"""A few small neural networks as plain data, their scores averaged: one hidden layer each, scored with numpy.

What one line can't part in sentence embeddings ("ignore" said to a machine, and of files) such a network can; it is
still some ten thousand numbers, read from a JSON file that says what made them.
"""

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Final, cast

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]
CLIP: Final = 4.0
"""Standard deviations beyond which a feature counts no more: an odd text must not outvote all else."""


@dataclass(frozen=True, slots=True)
class Layer:
    """`inner` (d, h), `bias` (h,), `outer` (h,) and `offset`: p = sigmoid(relu(x · inner + bias) · outer + offset)."""

    inner: Array
    bias: Array
    outer: Array
    offset: float


@dataclass(frozen=True, slots=True)
class SmallNetwork:
    """Networks over named features, standardised by `shift` and `scale`, clipped and weighted by `gain`."""

    features: tuple[str, ...]
    shift: Array
    scale: Array
    gain: Array
    layers: tuple[Layer, ...]
    provenance: str

    def score(self, features: Array) -> float:
        """Probability (0 to 1) for one row of shape (len(features),). Raises ValueError on another shape."""
        if features.shape != self.shift.shape:
            raise ValueError(f"expected {self.shift.shape[0]} features, got {features.shape}")
        return float(self.scores(features[None, :])[0])

    def scores(self, rows: Array) -> NDArray[np.float64]:
        """The same for rows of shape (n, len(features))."""
        x = np.clip((rows - self.shift) / self.scale, -CLIP, CLIP) * self.gain
        total = np.zeros(len(rows))
        for layer in self.layers:
            hidden = np.maximum(np.einsum("nd,dh->nh", x, layer.inner) + layer.bias, 0.0)
            logits = np.einsum("nh,h->n", hidden, layer.outer).astype(np.float64) + layer.offset
            total += 1.0 / (1.0 + np.exp(-np.clip(logits, -40.0, 40.0)))
        return total / len(self.layers)


def from_json(content: str) -> SmallNetwork:
    """The networks written by `to_json`. Raises KeyError or ValueError on anything else."""
    raw = cast("dict[str, object]", json.loads(content))
    names = tuple(cast("Sequence[str]", raw["features"]))
    size = len(names)
    layers = tuple(_layer(part, size) for part in cast("Sequence[dict[str, object]]", raw["layers"]))
    shift, scale, gain = (_unpacked(str(raw[name]), (size,)) for name in ("shift", "scale", "gain"))
    return SmallNetwork(names, shift, scale, gain, layers, str(raw["provenance"]))


def to_json(network: SmallNetwork) -> str:
    """One line per field; numbers as float32 and, where there are many, float16 in base64."""
    fields: dict[str, object] = {
        "provenance": network.provenance,
        "features": network.features,
        "shift": _packed(network.shift),
        "scale": _packed(network.scale),
        "gain": _packed(network.gain),
        "layers": [
            {
                "inner": _packed(layer.inner, "<f2"),
                "bias": _packed(layer.bias),
                "outer": _packed(layer.outer),
                "offset": layer.offset,
            }
            for layer in network.layers
        ],
    }
    return "{" + ",\n".join(f"{json.dumps(name)}: {json.dumps(value)}" for name, value in fields.items()) + "}\n"


def packaged_network(name: str) -> SmallNetwork:
    """The shipped networks `guardrails/models/<name>.json`."""
    return from_json(files("guardrails").joinpath("models", f"{name}.json").read_text(encoding="utf-8"))


def _layer(part: dict[str, object], size: int) -> Layer:
    bias = _unpacked(str(part["bias"]), None)
    inner = _unpacked(str(part["inner"]), (size, len(bias)), "<f2")
    return Layer(inner, bias, _unpacked(str(part["outer"]), bias.shape), float(cast("float", part["offset"])))


def _packed(values: Array, form: str = "<f4") -> str:
    return base64.b64encode(np.ascontiguousarray(values, dtype=form).tobytes()).decode("ascii")


def _unpacked(packed: str, shape: tuple[int, ...] | None, form: str = "<f4") -> Array:
    values = np.frombuffer(base64.b64decode(packed, validate=True), dtype=form).astype(np.float32)
    return values if shape is None else values.reshape(shape)
