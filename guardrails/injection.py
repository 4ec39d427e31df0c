"""Is a text trying to steer the assistant? Written rules first, then a small linear model over rules and embedding.

Three outcomes: a clear rule (also one found under an encoding or a respelling) or a high score is an attack and is
refused; a lower score, or a high one of a short plain question, is a suspicion, for which the caller takes tools away
and releases answers whole.
The model's features are this module's `features`; `evals.injection_training` fits them.
"""

import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from guardrails.decoding import encoded_payloads, looks_encoded, respelled
from guardrails.injection_rules import RULES, Strength, hits, is_plain_question
from guardrails.limits import INPUT_LIMITS
from guardrails.linear import LinearModel
from guardrails.normalise import fold, hidden_characters
from guardrails.thresholds import INJECTION

Embed = Callable[[Sequence[str]], Awaitable[NDArray[np.float32]]]

_SHAPE: Final = (
    "length", "words", "sentences", "questions", "digits", "punctuation", "foreign", "long_word", "encoded",
    "respelled", "hidden", "morse", "clear_rules",
)  # fmt: skip
_RULE_NAMES: Final = tuple(dict.fromkeys(rule.name for rule in RULES))
EMBEDDING_SIZE: Final = 384
FEATURES: Final = (*(f"rule:{name}" for name in _RULE_NAMES), *_SHAPE, *(f"e{i}" for i in range(EMBEDDING_SIZE)))


@dataclass(frozen=True, slots=True)
class Signals:
    """What the rules saw: names of the clear rules and hints that matched, and shape counts for the model."""

    clear: tuple[str, ...]
    hints: tuple[str, ...]
    shape: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class InjectionFinding:
    """`attack`: refuse. `suspicious`: carry on with less. `score` is the model's probability, 1 for a clear rule."""

    attack: bool
    suspicious: bool
    score: float
    rules: tuple[str, ...]


def read_signals(text: str, hidden: int = 0) -> Signals:
    """Runs the rules over normalised text, its decoded payloads and its respellings; `hidden` counts what
    normalising removed."""
    folded = fold(text)
    direct = list(hits(folded))
    payloads = encoded_payloads(text)
    disguised = [rule for reading in respelled(folded) for rule in hits(reading) if rule.strength is Strength.CLEAR]
    disguised += [rule for payload in payloads for rule in hits(fold(payload)) if rule.strength is Strength.CLEAR]
    clear = tuple(dict.fromkeys(r.name for r in [*direct, *disguised] if r.strength is Strength.CLEAR))
    hints = tuple(dict.fromkeys(r.name for r in direct if r.strength is Strength.HINT))
    shape = _shape(text, bool(payloads), bool(disguised), hidden, len(clear))
    return Signals(clear, hints, shape)


def _shape(text: str, encoded: bool, disguised: bool, hidden: int, clear: int) -> tuple[float, ...]:
    size = max(len(text), 1)
    words = text.split()
    foreign = sum(c.isalpha() and ord(c) > 0x24F for c in text)
    return (
        float(np.log1p(size)),
        float(np.log1p(len(words))),
        float(min(len(re.findall(r"[.!]\s", text)), 10)),
        float(min(text.count("?"), 10)),
        sum(c.isdigit() for c in text) / size,
        sum(not (c.isalnum() or c.isspace()) for c in text) / size,
        foreign / size,
        float(min(max((len(w) for w in words), default=0), 60)) / 60,
        float(encoded),
        float(disguised),
        float(min(hidden, 10)),
        float(looks_encoded(text)),
        float(min(clear, 3)),
    )


def features(signals: Signals, embedding: NDArray[np.float32]) -> NDArray[np.float32]:
    """One row in the order of `FEATURES`; `embedding` has shape (384,)."""
    named = {*signals.clear, *signals.hints}
    rules = [float(name in named) for name in _RULE_NAMES]
    return np.concatenate([np.asarray([*rules, *signals.shape], dtype=np.float32), embedding])


class InjectionDetector:
    """Rules and model together. Any failure of `embed` propagates: a guard that can't run refuses (its caller)."""

    def __init__(self, model: LinearModel, embed: Embed) -> None:
        if model.features != FEATURES:
            raise ValueError("the injection model was trained on other features; run evals.injection_training")
        self._model = model
        self._embed = embed

    async def find(self, text: str, *, raw: str | None = None) -> InjectionFinding:
        """`text` is normalised; `raw`, where given, is what the user sent, to count what was hidden in it."""
        hidden = hidden_characters((raw or "")[: INPUT_LIMITS.raw_characters])
        signals = read_signals(text, hidden)
        if signals.clear:
            return InjectionFinding(True, True, 1.0, signals.clear)
        embedding = (await self._embed([text]))[0]
        score = self._model.score(features(signals, embedding))
        attack = score >= INJECTION.refuse and (bool(signals.hints) or not is_plain_question(fold(text)))
        return InjectionFinding(attack, score >= INJECTION.suspect, score, signals.hints)
