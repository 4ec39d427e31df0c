"""Cases drawn by a seed: sentences with values in them, and sentences that only look as if they had any."""

import re
from collections.abc import Iterator
from random import Random
from typing import Any, Final

from evals.pii_cases.templates import LATER, NEGATIVES, TEMPLATES
from evals.pii_cases.values import DRAWS, Drawn

_PLACE: Final = re.compile(r"\{(\w+)(!?)\}")
_BEFORE: Final = (
    "",
    "",
    "",
    "Hello, ",
    "Thanks for the help so far. ",
    "> ",
    "- ",
    "Re: question\n\n",
    "URGENT!!! ",
    '"',
    "1) ",
)
_AFTER: Final = (
    "",
    "",
    "",
    " Thank you.",
    "\n\nKind regards",
    " Please advise by Friday.",
    " (see form 12-B)",
    " Is that allowed?",
    "\n--\nsent from my phone",
)
_NEGATIVE_SHARE: Final = 3
"""Of so many cases one is a sentence without personal data."""

HALVES: Final = ("tuned", "frozen", "later")


def sentences(half: str) -> dict[str, list[str]]:
    """By kind, the sentences of a half (`later`: of the third set); of "" those that hold nothing."""
    if half == "later":
        return {kind: _lines(text) for kind, text in LATER.items()}
    odd = half == "frozen"
    return {kind: _lines(text)[odd::2] for kind, text in {**TEMPLATES, "": NEGATIVES}.items()}


def cases(count: int, seed: int, half: str) -> Iterator[dict[str, Any]]:
    """`count` cases in the form of the data: text and spans."""
    chance = Random(f"{half}/{seed}")  # noqa: S311 -- repeatable, not secret
    of_half = sentences(half)
    for number in range(count):
        kind = "" if number % _NEGATIVE_SHARE == 0 else chance.choice(sorted(DRAWS))
        yield _case(chance, chance.choice(of_half[kind]))


def _case(chance: Random, sentence: str) -> dict[str, Any]:
    text = chance.choice(_BEFORE)
    spans: list[dict[str, Any]] = []
    cursor = 0
    for place in _PLACE.finditer(sentence):
        text += sentence[cursor : place.start()]
        drawn = _drawn(chance, place.group(1), told=place.group(2) == "!")
        spans.append({"start": len(text), "end": len(text) + len(drawn.text), "type": drawn.type})
        text += drawn.text
        cursor = place.end()
    return {"text": text + sentence[cursor:] + chance.choice(_AFTER), "spans": spans}


def _drawn(chance: Random, kind: str, *, told: bool) -> Drawn:
    drawn = DRAWS[kind](chance)
    while drawn.needs_word and not told:
        drawn = DRAWS[kind](chance)
    return drawn


def _lines(text: str) -> list[str]:
    return [line.replace("\\n", "\n").replace("\\t", "\t") for line in text.strip().splitlines()]
