"""A small embedding for tests: hashed bags of stems, L2-normalised. Same words, same direction; no model needed."""

from collections.abc import Sequence
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from guardrails.words import content_sequence

DIMENSION = 384


async def embed_words(texts: Sequence[str]) -> NDArray[np.float32]:
    rows = np.zeros((len(texts), DIMENSION), dtype=np.float32)
    for row, text in zip(rows, texts, strict=True):
        for word in content_sequence(text):
            row[int.from_bytes(blake2b(word.encode(), digest_size=4).digest()) % DIMENSION] += 1.0
    return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-6)
