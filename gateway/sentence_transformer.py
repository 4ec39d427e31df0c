"""Any sentence-transformers model folder as an `Embedder`: for a bank that configures its own.

This module needs torch at import; the factory imports it only when such a model is configured.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from sentence_transformers import SentenceTransformer

from gateway.embedding_queue import EmbeddingQueue, Vector
from gateway.errors import ModelMisconfigured
from gateway.limits import EMBEDDING


class SentenceTransformerEmbedder:
    """A local model folder; never downloads. Raises ModelMisconfigured when it can't be read."""

    def __init__(self, path: Path, *, threads: int = 1) -> None:
        if not (path / "modules.json").exists():
            raise ModelMisconfigured(f"{path} is no sentence-transformers model folder")
        torch.set_num_threads(threads)
        self._model: Any = SentenceTransformer(str(path), device="cpu", local_files_only=True)
        dimension: int | None = self._model.get_embedding_dimension()
        if dimension is None:
            raise ModelMisconfigured(f"{path} does not say the dimension of its vectors")
        self.name: str = f"{path.name}:sentence-transformers"
        self.dimension: int = dimension
        self._queue: EmbeddingQueue[str] = EmbeddingQueue(
            self._compute, _approximate_tokens, max_waiting=EMBEDDING.max_waiting_tokens
        )

    async def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        vectors = await self._queue.compute([text[: EMBEDDING.max_characters] for text in texts])
        return np.stack(vectors) if vectors else np.empty((0, self.dimension), np.float32)

    def close(self) -> None:
        self._queue.close()

    def _compute(self, text: str) -> Vector:
        encoded = self._model.encode([text], normalize_embeddings=True, show_progress_bar=False)
        return np.asarray(encoded, dtype=np.float32)[0]


def _approximate_tokens(text: str) -> int:
    """English has four to five characters a token; only the order of the queue depends on it."""
    return min(len(text) // 4 + 2, EMBEDDING.max_tokens)
