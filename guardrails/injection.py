"""Is a text trying to steer the assistant? Written rules first, then a small network over rules and embedding.

Three outcomes: a clear rule (also one found under an encoding or a respelling) or a high score is an attack and is
refused; a lower score, or a high one of a short plain question, is a suspicion, for which the caller takes tools away
and releases answers whole.
The network's features are this module's `features`; `evals.injection_training` fits them.
"""

import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from guardrails.decoding import encoded_payloads, looks_encoded, plain_spelling, respelled
from guardrails.injection_rules import RULES, Strength, hits, is_plain_question
from guardrails.limits import INPUT_LIMITS
from guardrails.network import SmallNetwork
from guardrails.normalise import fold, hidden_characters, hidden_text
from guardrails.notes import to_be_noted
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
    """What the rules saw: names of the clear rules and hints that matched, shape counts for the model, and what stands
    under a disguise that the text as it is written does not show."""

    clear: tuple[str, ...]
    hints: tuple[str, ...]
    shape: tuple[float, ...]
    undisguised: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class InjectionFinding:
    """`attack`: refuse. `suspicious`: carry on with less. `score` is the model's probability, 1 for a clear rule."""

    attack: bool
    suspicious: bool
    score: float
    rules: tuple[str, ...]


def read_signals(text: str, raw: str = "") -> Signals:
    """Runs the rules over normalised text, its decoded payloads and its respellings; `raw` is what normalising was
    given, to see what it removed."""
    folded = fold(text)
    direct = list(hits(folded))
    raw = raw[: INPUT_LIMITS.raw_characters]
    hidden = hidden_characters(raw)
    payloads = encoded_payloads(text)
    if hidden and len(spelt := hidden_text(raw)) >= 8:  # shorter: the flag of a region
        payloads.append(spelt)
    disguised = [rule for reading in respelled(folded) for rule in hits(reading) if rule.strength is Strength.CLEAR]
    disguised += [rule for payload in payloads for rule in hits(fold(payload)) if rule.strength is Strength.CLEAR]
    clear = tuple(dict.fromkeys(r.name for r in [*direct, *disguised] if r.strength is Strength.CLEAR))
    hints = tuple(dict.fromkeys(r.name for r in direct if r.strength is Strength.HINT))
    shape = _shape(text, bool(payloads), bool(disguised), hidden, len(clear))
    return Signals(clear, hints, shape, tuple([*payloads, *plain_spelling(text)][: INPUT_LIMITS.readings]))


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


class InjectionGuard(Protocol):
    """Whoever judges what a person types: the built-in one, or one with a stronger model beside it."""

    async def find(self, text: str, *, raw: str | None = None) -> InjectionFinding:
        """`text` is normalised; `raw`, where given, is what the user sent. Raises when it can't be judged."""
        ...


class InjectionDetector:
    """Rules and network together. Any failure of `embed` propagates: a guard that can't run refuses (its caller).

    What is to be written down on a case is read as a text of somebody else's, by `instructions`, where given: notes
    say "the customer asked us to ignore the letter" and give nobody an order by it.
    """

    def __init__(self, network: SmallNetwork, embed: Embed, instructions: "Instructions | None" = None) -> None:
        if network.features != FEATURES:
            raise ValueError("the injection network was trained on other features; run evals injection-training")
        self._network = network
        self._embed = embed
        self._instructions = instructions

    async def find(self, text: str, *, raw: str | None = None) -> InjectionFinding:
        signals = read_signals(text, raw or "")
        if signals.clear:
            return InjectionFinding(True, True, 1.0, signals.clear)
        noted = to_be_noted(text) if self._instructions is not None else None
        if self._instructions is not None and noted is not None:
            flagged = bool(await self._instructions.find(noted))
            return InjectionFinding(
                False, flagged, float(flagged), ("order_in_note", *signals.hints) if flagged else ()
            )
        scores = await self._scores(text, signals)
        score = max(scores)
        # That something is encoded is a suspicion; what it says decides whether it is an attack.
        attack = max(scores[1:] or scores) >= INJECTION.refuse and (
            bool(signals.hints) or not is_plain_question(fold(text))
        )
        return InjectionFinding(attack, score >= INJECTION.suspect, score, signals.hints)

    async def _scores(self, text: str, signals: Signals) -> list[float]:
        """Of the text, and of what it is without its disguise, if it has one."""
        vectors = await self._embed([text, *signals.undisguised])
        read = [signals, *(read_signals(reading) for reading in signals.undisguised)]
        rows = np.stack([features(each, vector) for each, vector in zip(read, vectors, strict=True)])
        return self._network.scores(rows).tolist()


class Instructions(Protocol):
    """Flags orders in somebody's text; `guardrails.instructions.InstructionDetector` is it."""

    async def find(self, text: str, heading: str = "") -> Sequence[tuple[int, int]]: ...
