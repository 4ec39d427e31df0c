"""Which sentences of the cited passages carry which parts of a claim, and what of the claim they leave over.

A rule's condition has to stand with the rule: it is looked for where the rule was found, not elsewhere in a passage.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from guardrails.quantities import Quantity
from guardrails.wording import Part, Reading, Word, is_light, read
from retrieval.sentences import sentences

CONDITIONS: Final = frozenset({"if", "except", "before", "after", "who", "during"})
_LEANS: Final = re.compile(
    r"\W*(?:\(?\w{1,4}\)\s|\d+(?:\.\d+)*\s)?\W*(?:it|its|this|that|these|those|they|their|he|she|his|her|such|the|then|"
    r"otherwise|however|but|in (?:this|that|such|these) case|above that|after that|if (?:it|this|so|not|no))\b",
    re.IGNORECASE,
)
_NUMBERED: Final = re.compile(
    r"^\W*\d{1,3}(?:\.\d{1,3})*[.)]?\s+(?=\S)(?!(?:percent|per|days?|hours?|months?|years?)\b)"
)
_ITEM: Final = re.compile(r"\W*\(?(?:\w{1,3}\)|[•‣▪●◦–-])\s")
_LIGHT_WEIGHT: Final = 0.3
_FIGURE_WEIGHT: Final = 1.5
_CLEARLY: Final = 0.2

Alike = Callable[[Word, Word], bool]
"""Whether a word of the claim may stand for one of the source that is written otherwise."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of a cited passage; `around` is what it leans on: a lead-in, a table's header, the sentence before
    where it begins with "It" or "This"."""

    reading: Reading
    around: frozenset[str]
    around_figures: frozenset[Quantity]
    passage: int
    place: int
    text: str

    @property
    def keys(self) -> frozenset[str]:
        return self.reading.keys


@dataclass(frozen=True, slots=True)
class Carried:
    """A part of the claim, the sentence that carries it best, and the words that it does not carry."""

    part: Part
    sentence: Sentence
    left_over: tuple[Word, ...]
    coverage: float


@lru_cache(maxsize=256)
def sentences_of(passage: str, number: int) -> tuple[Sentence, ...]:
    """The sentences of one passage."""
    found: list[Sentence] = []
    lead_in: Reading | None = None
    header: Reading | None = None
    for place, (start, end) in enumerate(sentences(passage)):
        text = passage[start:end]
        reading = read(_NUMBERED.sub("", text))
        on: Reading | None = None
        if " | " in text:
            header = header or reading
            on = header
        else:
            header = None
            if _ITEM.match(text) and lead_in is not None:
                on = lead_in
            elif _LEANS.match(text) and found:
                on = found[-1].reading
        if text.rstrip().endswith((":", "—")):
            lead_in = reading
        keys = on.keys if on is not None else frozenset[str]()
        figures = frozenset(f.quantity for f in on.figures) if on is not None else frozenset[Quantity]()
        found.append(Sentence(reading, keys, figures, number, place, text))
    return tuple(found)


def weight(word: Word) -> float:
    return _LIGHT_WEIGHT if is_light(word) else 1.0


def share(words: Iterable[Word], keys: frozenset[str], around: frozenset[str] = frozenset()) -> float:
    """The weighted share of `words` that stand in `keys`; those that stand only `around` count half. 1 for none."""
    had = total = 0.0
    for word in words:
        total += weight(word)
        had += weight(word) * (1.0 if word.key in keys else 0.5 if word.key in around else 0.0)
    return had / total if total else 1.0


def align(claim: Reading, available: Sequence[Sentence], known: frozenset[str]) -> list[Carried]:
    """Each part of the claim that has words, carried. `known`: keys of headings, which need no support."""
    if not available:
        return []
    groups = _groups(claim)
    anchor = max(available, key=lambda s: _fit(claim, claim.parts, s, known))
    carried: list[Carried] = []
    for group in groups:
        home = _clearly_best(claim, group, anchor, available, known)
        near = [s for s in available if s.passage == home.passage and abs(s.place - home.place) == 1]
        for part in group:
            sentence = home
            if part.mark in CONDITIONS:
                sentence = _clearly_best(claim, [part], home, [home, *near], known)
            if part.words:
                has = sentence.keys | sentence.around | known
                left = tuple(w for w in part.words if w.key not in has)
                carried.append(Carried(part, sentence, left, share(part.words, has)))
    return carried


def _groups(claim: Reading) -> list[list[Part]]:
    """Each rule of the claim with the conditions that stand before and behind it."""
    groups: list[list[Part]] = []
    waiting: list[Part] = []
    for part in claim.parts:
        if part.mark in CONDITIONS and (part.leads or not groups):
            waiting.append(part)
        elif part.mark in CONDITIONS:
            groups[-1].append(part)
        else:
            groups.append([*waiting, part])
            waiting = []
    if waiting:
        groups.append(waiting)
    return groups


def _clearly_best(
    claim: Reading, parts: Sequence[Part], home: Sentence, among: Sequence[Sentence], known: frozenset[str]
) -> Sentence:
    """`home`, unless another sentence carries these parts clearly better."""
    best = max(among, key=lambda s: _fit(claim, parts, s, known))
    gain = _fit(claim, parts, best, known) - _fit(claim, parts, home, known)
    return best if gain > _CLEARLY else home


def _fit(claim: Reading, parts: Sequence[Part], sentence: Sentence, known: frozenset[str]) -> float:
    """The weighted share of the words and figures of `parts` that the sentence has; what headings say counts little."""
    had = total = 0.0
    for part in parts:
        for word in part.words:
            worth = weight(word) * (0.3 if word.key in known else 1.0)
            total += worth
            had += worth * (1.0 if word.key in sentence.keys else 0.5 if word.key in sentence.around else 0.0)
        for found in claim.figures:
            if part.start <= found.start < part.end and found.quantity.kind != "citation":
                total += _FIGURE_WEIGHT
                own = any(found.quantity == f.quantity for f in sentence.reading.figures)
                had += _FIGURE_WEIGHT * (1.0 if own else 0.25 if found.quantity in sentence.around_figures else 0.0)
    return had / total if total else 1.0
