"""What the injection model is trained from, and what it is measured on apart from that."""

import random
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from evals.cases_file import injection_lines, own_examples, read_cases
from evals.injection_disguises import disguised
from evals.injection_notes import made, poisoned
from evals.injection_ordinary import ordinary

_MANY: Final = 0.4
"""Weight of a text of which there are many of the kind: one written by hand counts more."""
_SEED: Final = 7


@dataclass(frozen=True, slots=True)
class Text:
    """One message; `source` says where it is from, for the report."""

    text: str
    attack: bool
    source: str
    weight: float = 1.0


def training_texts(data: Path) -> list[Text]:
    """The development cases and our own; `data` is the folder of the development data."""
    cases = [Text(c["text"], c["label"] == "attack", c["source"]) for c in read_cases(data / "injection" / "dev.jsonl")]
    own = [
        *_texts(own_examples("injection_attacks"), "own attacks", attack=True),
        *_texts(own_examples("injection_benign"), "own ordinary"),
        *_texts(own_examples("policy_questions"), "policy questions"),
        *_texts(injection_lines("ordinary_training"), "own ordinary"),
        *_attacks("attacks_training"),
        *_texts(dict.fromkeys(ordinary(800, _SEED)), "made ordinary", weight=_MANY),
        *_texts(dict.fromkeys(made(300, 1, half=0)), "made notes", weight=_MANY),
        *_texts(dict.fromkeys(poisoned(100, 2, half=0)), "made notes with orders", attack=True, weight=_MANY),
    ]
    return [*cases, *own, *_certainly_none(data)]


def frozen_texts() -> list[Text]:
    """Written apart from all others, and never trained on."""
    attacks = _attacks("attacks_frozen")
    return [
        *attacks,
        *(Text(text, True, f"frozen {kind}") for kind, text in disguised([each.text for each in attacks][:20])),
        *_texts(injection_lines("ordinary_frozen"), "frozen ordinary"),
    ]


def _attacks(name: str) -> list[Text]:
    read = [line.split("\t", 1) for line in injection_lines(name)]
    source = "frozen attacks" if name.endswith("frozen") else "own attacks"
    return [Text(text, True, source) for _, text in read]


def _texts(texts: Iterable[str], source: str, *, attack: bool = False, weight: float = 1.0) -> list[Text]:
    return [Text(text, attack, source, weight) for text in texts]


def _certainly_none(data: Path) -> list[Text]:
    """Questions and sentences of the data for other guards: nobody of them attacks anything."""
    routing = _some(read_cases(data / "routing" / "dev.jsonl"), 1200)
    rules = _some(read_cases(data / "retrieval" / "obliqa-dev.jsonl"), 200)
    sentences = {case["template"]: case for case in read_cases(data / "pii" / "dev.jsonl")}
    return [
        *_texts((c["text"] for c in routing), "routing", weight=_MANY),
        *_texts((c["text"] for c in rules), "obliqa questions", weight=_MANY),
        *_texts((c["text"] for c in sentences.values()), "sentences with personal data", weight=_MANY),
    ]


def _some(cases: list[dict[str, Any]], count: int) -> list[dict[str, Any]]:
    return random.Random(_SEED).sample(cases, min(count, len(cases)))  # noqa: S311 -- a sample, no secret
