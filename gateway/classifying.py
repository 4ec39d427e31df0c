"""A sequence classifier in ONNX: the probability that a message is an attack, from a model that the bank brings.

The folder, named by INJECTION_MODEL_DIR, holds a model as `gateway.text_model` says, with `logits` (1, labels), and
a `config.json` whose `id2label` names the labels. The score is the probability of all labels but the harmless one. A
text longer than the model reads is read in windows, and the highest counts. It runs on a thread of its own.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import numpy as np

from gateway.errors import ModelMisconfigured
from gateway.limits import CLASSIFYING, ClassifyingLimits
from gateway.text_model import BoundedThread, TextModel

_HARMLESS: Final = frozenset({"safe", "benign", "legit", "legitimate", "harmless", "label_0", "0", "no_injection"})


class OnnxClassifier:
    """Scores messages. Raises ModelMisconfigured when the folder holds no such model."""

    def __init__(self, model_dir: Path, limits: ClassifyingLimits = CLASSIFYING) -> None:
        self.name: str = f"onnx:{model_dir.name}"
        self._limits = limits
        self._harmless, self._labels = _labels(model_dir)
        self._model = TextModel(model_dir, kind="classifier", name="injection")
        self._model.tokenizer.enable_truncation(limits.tokens, stride=limits.overlap)
        self._thread = BoundedThread(
            "classifying", "messages wait to be classified", waiting=limits.waiting, total_s=limits.total_s
        )

    async def score(self, text: str) -> float:
        """0 to 1. Raises ModelUnavailable when it takes too long, when too many wait, or when the model fails."""

        def compute(go_on: Callable[[], None]) -> float:
            encoded: Any = self._model.tokenizer.encode(text[: self._limits.characters])
            highest = 0.0
            for window in (encoded, *encoded.overflowing):
                go_on()
                highest = max(highest, self._attack(window))
            return highest

        return await self._thread.run(compute)

    def close(self) -> None:
        """Stop its thread after what it computes now."""
        self._thread.close()

    def _attack(self, window: Any) -> float:
        logits = self._model.logits(window, self._labels, f"{self._labels} labels")
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
