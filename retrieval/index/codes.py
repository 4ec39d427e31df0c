"""Vectors as bytes: a quarter of the memory to pass over, and an error that is known, so that nothing is missed.

A vector x is held as `scale * code` with whole numbers from -127 to 127; `slack` is the length of what is lost. For a
question q, likewise `step * asked` with a rest r, Cauchy and Schwarz give
|q·x - scale * step * (asked·code)| <= |q| * slack + |r| * |scale * code|.
What can't be among the nearest by these bounds isn't; the others are compared exactly. Whole numbers add up to the same
sum in any order, so the bounds of a chunk depend on no other chunk.
"""

from dataclasses import dataclass

import numpy as np
import simsimd
from numpy.typing import NDArray

Vector = NDArray[np.float32]
_LEVELS = 127
_SLICE = 16_384
_ROUNDING = 1e-4
"""More than float32 can add to a cosine of 384 numbers, and to the bounds."""


@dataclass(frozen=True, slots=True)
class Codes:
    """`codes` (n, d) int8, `scale` and `slack` (n,) float32."""

    codes: NDArray[np.int8]
    scale: Vector
    slack: Vector

    @property
    def nbytes(self) -> int:
        """Memory held, in bytes."""
        return self.codes.nbytes + self.scale.nbytes + self.slack.nbytes


@dataclass(frozen=True, slots=True)
class Question:
    """A question's vector as bytes; `margin` is what a chunk's bounds widen by on its account."""

    asked: NDArray[np.int8]
    step: float
    length: float
    margin: float


def encode(vectors: Vector) -> Codes:
    """The codes of the vectors, (n, d)."""
    codes = np.empty(vectors.shape, dtype=np.int8)
    scale = np.empty(len(vectors), dtype=np.float32)
    slack = np.empty(len(vectors), dtype=np.float32)
    for start in range(0, len(vectors), _SLICE):
        part = slice(start, start + _SLICE)
        rows = vectors[part]
        scale[part] = np.maximum(np.abs(rows).max(axis=1, initial=0.0) / _LEVELS, np.finfo(np.float32).tiny)
        codes[part] = np.rint(rows / scale[part, None])
        lost = rows - scale[part, None] * codes[part]
        slack[part] = np.sqrt(np.einsum("ij,ij->i", lost, lost))
    return Codes(codes, scale, slack)


def ask(query: Vector) -> Question:
    """The codes of a question's vector."""
    coded = encode(query[None, :])
    length = float(np.linalg.norm(query.astype(np.float64)))
    return Question(coded.codes, float(coded.scale[0]), length, float(coded.slack[0]) + _ROUNDING)


def bounds(codes: Codes, rows: slice, question: Question) -> tuple[Vector, Vector]:
    """The least and the most that each of the rows' product with the question can be, but for `question.margin`.

    `margin` bounds |r| * |scale * code| where the length of what is coded is at most 1, as it is of unit vectors that
    lost something; `slack` of the row is added to it for those that gained.
    """
    scale, slack = codes.scale[rows], codes.slack[rows]
    dots = np.asarray(simsimd.cdist(codes.codes[rows], question.asked, metric="dot", out_dtype="float32"))
    products = dots.reshape(-1).astype(np.float32, copy=False)
    near: Vector = np.multiply(products, scale * np.float32(question.step), dtype=np.float32)
    wide: Vector = np.multiply(slack, np.float32(question.length + question.margin), dtype=np.float32)
    return near - wide, near + wide
