"""A cross-encoder in ONNX: reads question and passage together, for the few passages that search found best.

The folder, named by RERANKER_MODEL_DIR, holds a model as `gateway.text_model` says; its `logits` are (n, 1). No model
is packaged. It runs on a thread of its own; what takes too long is given up, and the order stays as it was.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from gateway.limits import RERANKING, RerankingLimits
from gateway.text_model import BoundedThread, TextModel


class OnnxReranker:
    """Scores pairs of question and passage. Raises ModelMisconfigured when the folder holds no such model."""

    def __init__(self, model_dir: Path, limits: RerankingLimits = RERANKING) -> None:
        self._limits = limits
        self._model = TextModel(model_dir, kind="cross-encoder", name="reranking")
        self._model.tokenizer.enable_truncation(limits.tokens, strategy="longest_first")
        self._thread = BoundedThread(
            "reranking", "questions wait to be reranked", waiting=limits.waiting, total_s=limits.total_s
        )

    async def scores(self, query: str, texts: Sequence[str]) -> list[float]:
        """0..1 for each text, in order; a text's score is a function of it and the question alone.

        Raises ModelUnavailable when it takes longer than the limit, when too many wait, or when the model fails.
        """
        asked = list(texts)

        def compute(go_on: Callable[[], None]) -> list[float]:
            found: list[float] = []
            for text in asked:
                go_on()
                found.append(self._score(query[: self._limits.characters], text[: self._limits.characters]))
            return found

        return await self._thread.run(compute)

    def close(self) -> None:
        """Stop its thread after what it computes now."""
        self._thread.close()

    def _score(self, query: str, text: str) -> float:
        (logit,) = self._model.logits(self._model.tokenizer.encode(query, text), 1, "one pair")
        return float(1.0 / (1.0 + np.exp(-np.clip(logit, -40.0, 40.0))))
