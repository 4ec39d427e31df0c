"""Words and pairs of words as a vector of fixed length, by hashing: no vocabulary to ship, everywhere the same."""

import re
import zlib
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from guardrails.normalise import fold

SIZE: Final = 8192
"""Buckets. The routing questions have some 40,000 words and pairs; which of them share a bucket matters little."""

_WORD: Final = re.compile(r"[a-z]+(?:'[a-z]+)?|\d")


def buckets(text: str) -> list[int]:
    """The bucket of each word and pair of `text`, doubles included. Digits count one by one, marks don't count."""
    words = ["0" if word.isdigit() else word for word in _WORD.findall(fold(text))]
    return [zlib.crc32(gram.encode()) % SIZE for gram in (*words, *map(" ".join, pairwise(words)))]


def hashed(text: str) -> NDArray[np.float32]:
    """(SIZE,) with the counts of the buckets, scaled to length 1; zeros for a text without words."""
    counts = np.bincount(np.asarray(buckets(text), dtype=np.int64), minlength=SIZE).astype(np.float32)
    length = float(np.sqrt(np.einsum("i,i->", counts, counts)))
    return counts / length if length else counts
