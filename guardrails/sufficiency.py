"""Is the evidence enough to answer this question? A calibrated probability, a floor, and one veto.

The probability that one of the passages answers is what people are shown: a small model over how near the passage that
fits best comes in meaning and by how much it stands out from the others, in words, in pairs of words and in score
(`evals sufficiency-training`), made a probability by what came true (`evals calibration`). Where many passages treat
one subject all come near; there the one that answers stands out.

What is demanded is more than the probability, and the more the higher the risk (`guardrails.thresholds`): wrong answers
cost far more than abstentions. Below a floor of meaning the odds are lowered before they are compared: where a bank's
documents are few and apart, nearness tells answerable questions best. The veto: the question names a thing that no
passage nor its title mentions (`guardrails.named`).

Pure arithmetic, no embedding. What can't be weighed, a number that is none, counts as not enough.
"""

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Final

import numpy as np

from guardrails.linear import LinearModel, packaged
from guardrails.named import missing_names
from guardrails.reading import reading
from guardrails.reasons import ReasonCode
from guardrails.risk import Risk
from guardrails.thresholds import SUFFICIENCY
from guardrails.verdict import Verdict, allow, refuse
from guardrails.words import content_sequence, coverage
from retrieval.models import Expansion, Passage


@dataclass(frozen=True, slots=True)
class Sufficiency:
    """The verdict, the evidence (0 to 1: how likely the passages answer, shown to the user), the features behind it."""

    verdict: Verdict
    evidence: float
    features: Mapping[str, float]

    def __bool__(self) -> bool:
        return self.verdict.allowed


FEATURES: Final = (
    "meaning",
    "meaning_short",
    "meaning_lead",
    "lexical_lead",
    "score_lead",
    "words_lead",
    "pairs_lead",
)
"""What the model looks at; `features` says what each is."""

CALIBRATED: Final = ("odds",)
"""What the calibration looks at: the logarithm of the model's odds."""

_LEAST: Final = 1e-9
_COSINE: Final = 1.001
"""The largest cosine, with what float32 adds."""


@lru_cache(maxsize=1)
def sufficiency_model() -> LinearModel:
    """The shipped weights. Raises ValueError where they are over other features."""
    return _packaged("sufficiency", FEATURES, "evals sufficiency-training")


@lru_cache(maxsize=1)
def calibration() -> LinearModel:
    """What makes a probability of the model's odds. Raises ValueError where it is over something else."""
    return _packaged("calibration", CALIBRATED, "evals calibration")


def _packaged(name: str, features: tuple[str, ...], command: str) -> LinearModel:
    model = packaged(name)
    if model.features != features:
        raise ValueError(f"the model {name} was trained on other features; run {command}")
    return model


def assess(
    question: str,
    passages: Sequence[Passage],
    expansions: Sequence[Expansion] = (),
    common: Collection[str] = (),
    risk: Risk = Risk.STANDARD,
) -> Sufficiency:
    """Weighs passages, best first, against the stand-alone question, as strictly as the risk demands.

    `expansions`: what the bank's glossary says that words of it stand for; a passage that spells an abbreviation out
    names it. `common`: the question's terms, and pairs of them, that many of the reader's documents use.
    """
    if not passages:
        return Sufficiency(refuse(ReasonCode.NO_EVIDENCE, 0.0), 0.0, {})
    if not all(map(_is_sound, passages)):
        return Sufficiency(refuse(ReasonCode.EVIDENCE_UNWEIGHED, 0.0), 0.0, {})
    found = features(question, passages, expansions, common)
    evidence = strength(found)
    if found["named_missing"] > 0:
        return Sufficiency(refuse(ReasonCode.NAMED_THING_MISSING, evidence), evidence, found)
    if not is_enough(found, evidence, risk):
        return Sufficiency(refuse(ReasonCode.WEAK_EVIDENCE, evidence), evidence, found)
    return Sufficiency(allow(evidence), evidence, found)


def _is_sound(passage: Passage) -> bool:
    """Whether its numbers are such as search gives; comparing anything else with a threshold says nothing."""
    numbers = (passage.dense, passage.lexical, passage.score)
    return all(map(math.isfinite, numbers)) and abs(passage.dense) <= _COSINE and min(numbers[1:]) >= 0.0


def is_enough(found: Mapping[str, float], evidence: float, risk: Risk) -> bool:
    """Whether the odds reach what this risk demands, lowered by how far the best passage stays below the floor."""
    return _odds(evidence) - SUFFICIENCY.slope * found["meaning_short"] >= _odds(SUFFICIENCY.demanded(risk))


def strength(found: Mapping[str, float]) -> float:
    """The probability that the passages answer, 0..1; NaN where a feature is none."""
    return calibration().score(np.array([odds(found)], dtype=np.float32))


def odds(found: Mapping[str, float]) -> float:
    """The logarithm of the model's odds, before calibration."""
    return _odds(sufficiency_model().score(np.array([found[name] for name in FEATURES], dtype=np.float32)))


def _odds(probability: float) -> float:
    return math.log(max(probability, _LEAST) / max(1.0 - probability, _LEAST))


def features(
    question: str,
    passages: Sequence[Passage],
    expansions: Sequence[Expansion] = (),
    common: Collection[str] = (),
) -> dict[str, float]:
    """What is measured, by name.

    `meaning`: the cosine of the passage that fits best, wherever it ranks among the first; `meaning_short`: by how much
    it stays below the floor. The leads: by how much it exceeds the mean of the others in cosine, and in the share of
    the question's words and of its pairs of words; by how much the best score, and the best BM25 as a share of itself,
    exceed the mean of the others.
    """
    hits = [passage for passage in passages if passage.beside is None]
    compared = hits[: SUFFICIENCY.compared]
    reads = [reading(passage) for passage in compared]
    asked = content_sequence(question)
    wanted = list(dict.fromkeys(asked))
    words = [coverage(wanted, read.stems) for read in reads]
    pairs = [_pairs(asked, read.sequence) for read in reads]
    cosines = [passage.dense for passage in compared]
    lexical = [passage.lexical for passage in compared]
    scores = [passage.score for passage in compared]
    fits = list(map(sum, zip(cosines, words, pairs, strict=True)))[: SUFFICIENCY.passages]
    best = fits.index(max(fits))
    completing = [passage for passage in passages if passage.beside is not None]
    first = [*reads[: SUFFICIENCY.passages], *map(reading, completing)]
    most = max(lexical)
    return {
        "meaning": cosines[best],
        "meaning_short": 0.0 if cosines[best] >= SUFFICIENCY.meaning else SUFFICIENCY.meaning - cosines[best],
        "meaning_lead": _lead(cosines, best),
        "lexical_lead": _lead(lexical, lexical.index(most)) / most if most > 0 else 0.0,
        "score_lead": _lead(scores, scores.index(max(scores))),
        "words_lead": _lead(words, best),
        "pairs_lead": _lead(pairs, best),
        "words": words[best],
        "words_in_any": coverage(wanted, frozenset(word for read in first for word in read.stems)),
        "named_missing": float(len(missing_names(question, first, expansions, common))),
    }


def _lead(values: Sequence[float], at: int) -> float:
    """How much one value exceeds the mean of the others; itself where it is alone. The same in whatever order."""
    others = [*values[:at], *values[at + 1 :]]
    return values[at] - (math.fsum(others) / len(others) if others else 0.0)


def _pairs(asked: Sequence[str], stands: Sequence[str]) -> float:
    """The share of the question's neighbouring content words that stand within three words in the passage."""
    pairs = list(pairwise(asked))
    if not pairs:
        return 0.0
    places: dict[str, list[int]] = {word: [] for word in asked}
    for place, word in enumerate(stands):
        if word in places:
            places[word].append(place)
    return sum(any(abs(i - j) <= 3 for i in places[a] for j in places[b]) for a, b in pairs) / len(pairs)
