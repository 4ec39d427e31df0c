"""A cross-encoder in ONNX: reads question and passage together, for the few passages that search found best.

The folder, named by RERANKER_MODEL_DIR, holds `model.onnx` (inputs `input_ids`, `attention_mask` and perhaps
`token_type_ids`; output `logits`, (n, 1)) and `tokenizer.json`, as the usual exporters write them. No model is
packaged. It runs on a thread of its own; what takes too long is given up, and the order stays as it was.
"""

import asyncio
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from gateway.embeddings import one_core_session
from gateway.errors import ModelMisconfigured, ModelUnavailable
from gateway.limits import RERANKING, RerankingLimits

_INPUTS = frozenset({"input_ids", "attention_mask", "token_type_ids"})


class OnnxReranker:
    """Scores pairs of question and passage. Raises ModelMisconfigured when the folder holds no such model."""

    def __init__(self, model_dir: Path, limits: RerankingLimits = RERANKING) -> None:
        self._limits = limits
        self._tokenizer, self._session = _loaded(model_dir, limits)
        self._inputs = [each.name for each in self._session.get_inputs()]
        if not {"input_ids", "attention_mask"} <= set(self._inputs) <= _INPUTS:
            raise ModelMisconfigured(f"the model in {model_dir} is no cross-encoder: it asks for {self._inputs}")
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="rerank")
        self._waiting = 0

    async def scores(self, query: str, texts: Sequence[str]) -> list[float]:
        """0..1 for each text, in order; a text's score is a function of it and the question alone.

        Raises ModelUnavailable when it takes longer than the limit, when too many wait, or when the model fails.
        """
        if self._waiting >= self._limits.waiting:
            raise ModelUnavailable("too many questions wait to be reranked")
        given_up = threading.Event()
        self._waiting += 1
        work = asyncio.get_running_loop().run_in_executor(self._thread, self._compute, query, list(texts), given_up)
        work.add_done_callback(self._done)
        try:
            return await asyncio.wait_for(asyncio.shield(work), self._limits.total_s)
        except TimeoutError as error:
            raise ModelUnavailable(f"reranking took longer than {self._limits.total_s} s") from error
        finally:
            given_up.set()

    def close(self) -> None:
        """Stop its thread after what it computes now."""
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _done(self, work: "asyncio.Future[list[float]]") -> None:
        self._waiting -= 1
        if not work.cancelled():
            work.exception()  # told to whoever waited; nobody may be waiting any more

    def _compute(self, query: str, texts: list[str], given_up: threading.Event) -> list[float]:
        found: list[float] = []
        for text in texts:
            if given_up.is_set():
                raise ModelUnavailable("reranking was given up")
            found.append(self._score(query[: self._limits.characters], text[: self._limits.characters]))
        return found

    def _score(self, query: str, text: str) -> float:
        # One pair at a time: on one core a padded batch gains nothing, and it would let what else is in it change a
        # score's last bits.
        encoded: Any = self._tokenizer.encode(query, text)
        columns: dict[str, NDArray[np.int64]] = {
            "input_ids": np.array([encoded.ids], dtype=np.int64),
            "attention_mask": np.array([encoded.attention_mask], dtype=np.int64),
            "token_type_ids": np.array([encoded.type_ids], dtype=np.int64),
        }
        try:
            outputs = self._session.run(None, {name: columns[name] for name in self._inputs})
        except Exception as error:  # the runtime's own kinds have no other base
            raise ModelUnavailable(f"the reranking model failed ({type(error).__name__})") from error
        logits = np.asarray(outputs[0], dtype=np.float64)
        if logits.size != 1 or not np.isfinite(logits).all():
            raise ModelUnavailable(f"the reranking model gave {logits.shape} for one pair")
        return float(1.0 / (1.0 + np.exp(-np.clip(logits.reshape(-1)[0], -40.0, 40.0))))


def _loaded(model_dir: Path, limits: RerankingLimits) -> tuple[Any, Any]:
    try:
        tokenizer: Any = Tokenizer.from_file(str(model_dir / "tokenizer.json"))
        session = one_core_session(model_dir / "model.onnx")
    except Exception as error:  # tokenizers raises bare Exception, the runtime its own kinds
        raise ModelMisconfigured(f"{model_dir} holds no usable cross-encoder ({type(error).__name__})") from error
    tokenizer.enable_truncation(limits.tokens, strategy="longest_first")
    tokenizer.no_padding()
    return tokenizer, session
