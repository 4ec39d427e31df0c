"""A cross-encoder for natural-language inference in ONNX: reads a passage and a claim together.

The folder, named by NLI_MODEL_DIR, holds a model as `gateway.text_model` says, whose `logits` are (n, 3), and a
`config.json` whose `id2label` says which logit is `entailment` and which `contradiction`. No model is packaged. It runs
on a thread of its own; what takes too long is given up, and whoever asked has no answer.
"""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final, cast

import numpy as np

from gateway.errors import ModelMisconfigured
from gateway.limits import ENTAILING, EntailingLimits
from gateway.text_model import BoundedThread, TextModel

_WANTED: Final = ("entail", "contradict")
_LABELS: Final = 3


class OnnxEntailment:
    """Stances of premises towards a claim. Raises ModelMisconfigured when the folder holds no such model."""

    def __init__(self, model_dir: Path, limits: EntailingLimits = ENTAILING) -> None:
        self._limits = limits
        self._entails, self._contradicts = _labels(model_dir)
        self._model = TextModel(model_dir, kind="cross-encoder", name="entailment")
        self._model.tokenizer.enable_truncation(limits.tokens, strategy="longest_first")
        self.name = f"nli:{model_dir.name}"
        self._thread = BoundedThread(
            "judging a claim", "claims wait to be judged", waiting=limits.waiting, total_s=limits.total_s
        )

    async def stances(self, premises: Sequence[str], claim: str) -> list[tuple[float, float]]:
        """For each premise the probabilities (0..1) that it entails the claim and that it contradicts it.

        Raises ModelUnavailable when it takes longer than the limit, when too many wait, or when the model fails.
        """
        asked = list(premises)

        def compute(go_on: Callable[[], None]) -> list[tuple[float, float]]:
            found: list[tuple[float, float]] = []
            for premise in asked:
                go_on()
                found.append(self._stance(premise[: self._limits.characters], claim[: self._limits.characters]))
            return found

        return await self._thread.run(compute)

    def close(self) -> None:
        """Stop its thread after what it computes now."""
        self._thread.close()

    def _stance(self, premise: str, claim: str) -> tuple[float, float]:
        logits = self._model.logits(self._model.tokenizer.encode(premise, claim), _LABELS, "one pair")
        odds = np.exp(logits - logits.max())
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
