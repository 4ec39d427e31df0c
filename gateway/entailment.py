"""A cross-encoder for natural-language inference in ONNX: reads a passage and a claim together.

The folder, named by NLI_MODEL_DIR, holds `model.onnx` (inputs `input_ids`, `attention_mask` and perhaps
`token_type_ids`; output `logits`, (n, 3)), `tokenizer.json`, and `config.json` whose `id2label` says which logit is
`entailment` and which `contradiction`, as the usual exporters write them. No model is packaged. It runs on a thread of
its own; what takes too long is given up, and whoever asked has no answer.
"""

import asyncio
import json
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from gateway.embeddings import one_core_session
from gateway.errors import ModelMisconfigured, ModelUnavailable
from gateway.limits import ENTAILING, EntailingLimits

_INPUTS = frozenset({"input_ids", "attention_mask", "token_type_ids"})
_WANTED = ("entail", "contradict")
_LABELS = 3


class OnnxEntailment:
    """Stances of premises towards a claim. Raises ModelMisconfigured when the folder holds no such model."""

    def __init__(self, model_dir: Path, limits: EntailingLimits = ENTAILING) -> None:
        self._limits = limits
        self._entails, self._contradicts = _labels(model_dir)
        self._tokenizer, self._session = _loaded(model_dir, limits)
        self._inputs = [each.name for each in self._session.get_inputs()]
        if not {"input_ids", "attention_mask"} <= set(self._inputs) <= _INPUTS:
            raise ModelMisconfigured(f"the model in {model_dir} is no cross-encoder: it asks for {self._inputs}")
        self.name = f"nli:{model_dir.name}"
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="entail")
        self._waiting = 0

    async def stances(self, premises: Sequence[str], claim: str) -> list[tuple[float, float]]:
        """For each premise the probabilities (0..1) that it entails the claim and that it contradicts it.

        Raises ModelUnavailable when it takes longer than the limit, when too many wait, or when the model fails.
        """
        if self._waiting >= self._limits.waiting:
            raise ModelUnavailable("too many claims wait to be judged")
        given_up = threading.Event()
        self._waiting += 1
        work = asyncio.get_running_loop().run_in_executor(self._thread, self._compute, list(premises), claim, given_up)
        work.add_done_callback(self._done)
        try:
            return await asyncio.wait_for(asyncio.shield(work), self._limits.total_s)
        except TimeoutError as error:
            raise ModelUnavailable(f"judging a claim took longer than {self._limits.total_s} s") from error
        finally:
            given_up.set()

    def close(self) -> None:
        """Stop its thread after what it computes now."""
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _done(self, work: "asyncio.Future[list[tuple[float, float]]]") -> None:
        self._waiting -= 1
        if not work.cancelled():
            work.exception()  # told to whoever waited; nobody may be waiting any more

    def _compute(self, premises: list[str], claim: str, given_up: threading.Event) -> list[tuple[float, float]]:
        found: list[tuple[float, float]] = []
        for premise in premises:
            if given_up.is_set():
                raise ModelUnavailable("judging a claim was given up")
            found.append(self._stance(premise[: self._limits.characters], claim[: self._limits.characters]))
        return found

    def _stance(self, premise: str, claim: str) -> tuple[float, float]:
        encoded: Any = self._tokenizer.encode(premise, claim)
        columns: dict[str, NDArray[np.int64]] = {
            "input_ids": np.array([encoded.ids], dtype=np.int64),
            "attention_mask": np.array([encoded.attention_mask], dtype=np.int64),
            "token_type_ids": np.array([encoded.type_ids], dtype=np.int64),
        }
        try:
            outputs = self._session.run(None, {name: columns[name] for name in self._inputs})
        except Exception as error:  # the runtime's own kinds have no other base
            raise ModelUnavailable(f"the entailment model failed ({type(error).__name__})") from error
        logits = np.asarray(outputs[0], dtype=np.float64)
        if logits.size != _LABELS or not np.isfinite(logits).all():
            raise ModelUnavailable(f"the entailment model gave {logits.shape} for one pair")
        odds = np.exp(logits.reshape(-1) - logits.max())
        share = odds / odds.sum()
        return float(share[self._entails]), float(share[self._contradicts])


def _labels(model_dir: Path) -> tuple[int, int]:
    """Which logit stands for entailment and which for contradiction."""
    try:
        config = cast("dict[str, Any]", json.loads((model_dir / "config.json").read_text(encoding="utf-8")))
        named = {int(at): str(label).casefold() for at, label in config["id2label"].items()}
    except (OSError, ValueError, KeyError, AttributeError) as error:
        raise ModelMisconfigured(f"{model_dir} has no config.json that names its labels") from error
    found = [[at for at, label in named.items() if label.startswith(wanted)] for wanted in _WANTED]
    if sorted(named) != list(range(_LABELS)) or any(len(places) != 1 for places in found):
        raise ModelMisconfigured(f"the model in {model_dir} has other labels than entailment, neutral, contradiction")
    return found[0][0], found[1][0]


def _loaded(model_dir: Path, limits: EntailingLimits) -> tuple[Any, Any]:
    try:
        tokenizer: Any = Tokenizer.from_file(str(model_dir / "tokenizer.json"))
        session = one_core_session(model_dir / "model.onnx")
    except Exception as error:  # tokenizers raises bare Exception, the runtime its own kinds
        raise ModelMisconfigured(f"{model_dir} holds no usable cross-encoder ({type(error).__name__})") from error
    tokenizer.enable_truncation(limits.tokens, strategy="longest_first")
    tokenizer.no_padding()
    return tokenizer, session
