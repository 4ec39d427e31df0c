"""Texts to vectors: the port, and MiniLM-L6 in ONNX fp32, a text a thread (no torch at run time).

Measured on one core of the reference machine: 4.5 ms for a 13-token question, 75 s for 1,000 passages of 200
tokens. fp32 because int8 keeps only 80 % of its top ten among near-duplicate editions (design, latency.md).
"""

import asyncio
from collections import OrderedDict
from collections.abc import Sequence
from hashlib import blake2b
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from tokenizers import Tokenizer

from gateway.embedding_model import read_model_card
from gateway.embedding_queue import EmbeddingQueue, Vector
from gateway.limits import EMBEDDING


class Embedder(Protocol):
    """Turns texts into vectors whose dot product is their cosine similarity."""

    @property
    def name(self) -> str:
        """Model and form; vectors of different names must not be compared."""
        ...

    @property
    def dimension(self) -> int: ...

    async def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """(n, dimension), L2-normalised, in the order of the texts; equal texts give equal bits.

        Raises ModelUnavailable when closed or overloaded.
        """
        ...

    def close(self) -> None:
        """Stop its threads; waiting calls fail with ModelUnavailable."""
        ...


class VectorCache:
    """The latest vectors of short texts. Keys are digests, so no question stays in memory as text."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._vectors: OrderedDict[bytes, Vector] = OrderedDict()

    def get(self, key: bytes) -> Vector | None:
        vector = self._vectors.get(key)
        if vector is not None:
            self._vectors.move_to_end(key)
        return vector

    def put(self, key: bytes, vector: Vector) -> None:
        self._vectors[key] = vector
        self._vectors.move_to_end(key)
        if len(self._vectors) > self._size:
            self._vectors.popitem(last=False)


def one_core_session(path: Path) -> Any:
    """An ONNX Runtime session on the calling thread alone: two threads on two busy cores cost a quarter."""
    runtime: Any = onnxruntime  # ships no types
    options = runtime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.graph_optimization_level = runtime.GraphOptimizationLevel.ORT_ENABLE_ALL
    return runtime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


class OnnxEmbedder:
    """The model folder that `python -m gateway.export_model` wrote. Use one instance from one event loop.

    `threads` texts are computed at once; in the `background` questions of other processes come first. Raises
    ModelMisconfigured when the folder is missing, incomplete or altered.
    """

    def __init__(self, model_dir: Path, *, threads: int = 1, background: bool = False) -> None:
        card = read_model_card(model_dir)
        self.name: str = card.name
        self.dimension: int = card.dimension
        self._tokenizer: Any = Tokenizer.from_file(str(model_dir / "tokenizer.json"))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(min(card.max_tokens, EMBEDDING.max_tokens))
        self._session = one_core_session(model_dir / "model.onnx")
        self._cache = VectorCache(EMBEDDING.cached_texts)
        self._queue: EmbeddingQueue[list[int]] = EmbeddingQueue(
            self._compute, len, max_waiting=EMBEDDING.max_waiting_tokens, threads=threads, background=background
        )

    async def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        keys = [blake2b(text.encode(), digest_size=16).digest() for text in texts]
        found = {key: vector for key in keys if (vector := self._cache.get(key)) is not None}
        missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in found}
        if missing:
            tokens = await self._tokenise(list(missing.values()))
            for key, ids, vector in zip(missing, tokens, await self._queue.compute(tokens), strict=True):
                found[key] = vector
                if len(ids) <= EMBEDDING.cached_text_tokens:
                    self._cache.put(key, vector)
        return np.stack([found[key] for key in keys]) if keys else np.empty((0, self.dimension), np.float32)

    def close(self) -> None:
        self._queue.close()

    async def _tokenise(self, texts: list[str]) -> list[list[int]]:
        clipped = [text[: EMBEDDING.max_characters] for text in texts]
        if sum(map(len, clipped)) < EMBEDDING.max_characters:  # about 3 ms: cheaper than a thread hop
            encodings = self._tokenizer.encode_batch(clipped)
        else:
            encodings = await asyncio.to_thread(self._tokenizer.encode_batch, clipped)
        return [encoding.ids for encoding in encodings]

    def _compute(self, ids: list[int]) -> Vector:
        tokens = np.asarray([ids], dtype=np.int64)
        outputs = self._session.run(["embedding"], {"input_ids": tokens, "attention_mask": np.ones_like(tokens)})
        return np.asarray(outputs[0], dtype=np.float32)[0]
