"""A sequence classifier in ONNX: the probability that a message is an attack, from a model that the bank brings.

The folder, named by INJECTION_MODEL_DIR, holds `model.onnx` (inputs `input_ids`, `attention_mask` and perhaps
`token_type_ids`; output `logits`, (1, labels)), `tokenizer.json`, and `config.json` whose `id2label` names the labels,
as the usual exporters write them. The score is the probability of all labels but the harmless one. A text longer than
the model reads is read in windows, and the highest counts. It runs on a thread of its own.
"""

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from gateway.embeddings import one_core_session
from gateway.errors import ModelMisconfigured, ModelUnavailable
from gateway.limits import CLASSIFYING, ClassifyingLimits

_INPUTS: Final = frozenset({"input_ids", "attention_mask", "token_type_ids"})
_HARMLESS: Final = frozenset({"safe", "benign", "legit", "legitimate", "harmless", "label_0", "0", "no_injection"})


class OnnxClassifier:
    """Scores messages. Raises ModelMisconfigured when the folder holds no such model."""

    def __init__(self, model_dir: Path, limits: ClassifyingLimits = CLASSIFYING) -> None:
        self.name: str = f"onnx:{model_dir.name}"
        self._limits = limits
        self._harmless, self._labels = _labels(model_dir)
        self._tokenizer, self._session = _loaded(model_dir, limits)
        self._inputs = [each.name for each in self._session.get_inputs()]
        if not {"input_ids", "attention_mask"} <= set(self._inputs) <= _INPUTS:
            raise ModelMisconfigured(f"the model in {model_dir} is no classifier of texts: it asks for {self._inputs}")
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="classify")
        self._waiting = 0

    async def score(self, text: str) -> float:
        """0 to 1. Raises ModelUnavailable when it takes too long, when too many wait, or when the model fails."""
        if self._waiting >= self._limits.waiting:
            raise ModelUnavailable("too many messages wait to be classified")
        self._waiting += 1
        work = asyncio.get_running_loop().run_in_executor(self._thread, self._compute, text)
        work.add_done_callback(self._done)
        try:
            return await asyncio.wait_for(asyncio.shield(work), self._limits.total_s)
        except TimeoutError as error:
            raise ModelUnavailable(f"classifying took longer than {self._limits.total_s} s") from error

    def close(self) -> None:
        """Stop its thread after what it computes now."""
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _done(self, work: "asyncio.Future[float]") -> None:
        self._waiting -= 1
        if not work.cancelled():
            work.exception()  # told to whoever waited; nobody may be waiting any more

    def _compute(self, text: str) -> float:
        encoded: Any = self._tokenizer.encode(text[: self._limits.characters])
        return max(self._attack(window) for window in [encoded, *encoded.overflowing])

    def _attack(self, window: Any) -> float:
        columns: dict[str, NDArray[np.int64]] = {
            "input_ids": np.array([window.ids], dtype=np.int64),
            "attention_mask": np.array([window.attention_mask], dtype=np.int64),
            "token_type_ids": np.array([window.type_ids], dtype=np.int64),
        }
        try:
            outputs = self._session.run(None, {name: columns[name] for name in self._inputs})
        except Exception as error:  # the runtime's own kinds have no other base
            raise ModelUnavailable(f"the injection model failed ({type(error).__name__})") from error
        logits = np.asarray(outputs[0], dtype=np.float64).reshape(-1)
        if logits.size != self._labels or not np.isfinite(logits).all():
            raise ModelUnavailable(f"the injection model gave {logits.size} numbers for {self._labels} labels")
        shares = np.exp(logits - logits.max())
        return float(np.clip(1.0 - shares[self._harmless] / shares.sum(), 0.0, 1.0))


def _labels(model_dir: Path) -> tuple[int, int]:
    """The place of the harmless label, and how many labels there are."""
    try:
        config = json.loads((model_dir / "config.json").read_text(encoding="utf-8"))
        names = {int(place): str(name).casefold() for place, name in config["id2label"].items()}
    except (OSError, ValueError, KeyError, AttributeError, TypeError) as error:
        raise ModelMisconfigured(f"{model_dir}/config.json names no labels ({type(error).__name__})") from error
    harmless = [place for place, name in names.items() if name in _HARMLESS]
    if len(harmless) != 1 or sorted(names) != list(range(len(names))) or len(names) < 2:
        raise ModelMisconfigured(f"{model_dir}: which of the labels {list(names.values())} is the harmless one?")
    return harmless[0], len(names)


def _loaded(model_dir: Path, limits: ClassifyingLimits) -> tuple[Any, Any]:
    try:
        tokenizer: Any = Tokenizer.from_file(str(model_dir / "tokenizer.json"))
        session = one_core_session(model_dir / "model.onnx")
    except Exception as error:  # tokenizers raises bare Exception, the runtime its own kinds
        raise ModelMisconfigured(f"{model_dir} holds no usable classifier ({type(error).__name__})") from error
    tokenizer.enable_truncation(limits.tokens, stride=limits.overlap)
    tokenizer.no_padding()
    return tokenizer, session
