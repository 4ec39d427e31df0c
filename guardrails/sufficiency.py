"""Is the evidence enough to answer this question? A small logistic model over measured features, and two vetoes.

Wrong answers cost far more than abstentions, so the model's threshold is set where few questions are answered whose
passages were taken away (`evals.abstention`). The vetoes: nothing was found, or the question names a thing
("Regulation Z", "mortgage", a section number) that no passage nor its title mentions.

Pure arithmetic over what the search already measured (no embedding): half a millisecond to
3 ms for ten passages, less where they were read before.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from guardrails.normalise import fold
from guardrails.quantities import quantities
from guardrails.reasons import ReasonCode
from guardrails.thresholds import SUFFICIENCY
from guardrails.verdict import Verdict, allow, refuse
from guardrails.words import content_sequence, coverage
from retrieval.models import Passage
from retrieval.terms import stem

FEATURES: Final = ("meaning", "words", "pairs", "words_in_any", "score", "named_missing", "kind_missing")

_NAMED: Final = re.compile(
    r"\b(?:regulation|reg)\s+(?P<reg>[a-z]{1,2})\b|(?P<cite>\b\d{3,4}\.\d{1,3}\b)|"
    r"\b(?P<acronym>[A-Z]{3,6})\b",
    re.IGNORECASE,
)
# Subjects of their own: a document that doesn't have the word doesn't deal with it.
_SUBJECT_WORDS: Final = """
    mortgage mortgages heloc escrow appraisal foreclosure crypto cryptocurrency bitcoin insurance pension annuity visa
    passport tax stock bond derivative futures vacation parental maternity sick overtime salary bonus travel
    garnishment bankruptcy lease leasing remittance overdraft gift prepaid payroll student agricultural sanctions
    cheque whistleblower probation dress dormant escheat
"""
_SUBJECTS: Final = frozenset(map(stem, _SUBJECT_WORDS.split()))


@dataclass(frozen=True, slots=True)
class Sufficiency:
    """The verdict, the strength of the evidence (0 to 1, shown to the user), and the features behind it."""

    verdict: Verdict
    evidence: float
    features: Mapping[str, float]

    def __bool__(self) -> bool:
        return self.verdict.allowed


@dataclass(frozen=True, slots=True)
class _Read:
    """A passage's stems in order, those of its headings first, and its folded text with headings."""

    sequence: tuple[str, ...]
    stems: frozenset[str]
    folded: str


# What a question asks for, and the kinds of quantity that an answer to it must have.
_ASKED_KINDS: Final = (
    (
        re.compile(
            r"\bhow (?:long|soon|quickly|often|many (?:\w+ )?(?:days|weeks|months|years|hours))\b|\bdeadline\b|"
            r"\bretention period\b|\bnotice period\b"
        ),
        frozenset({"day", "business day", "week", "month", "quarter", "year", "hour", "minute", "date"}),
    ),
    (
        re.compile(
            r"\bhow much (?:does|do|is|are|can|may|must|will)\b.*\b(?:owe|cost|pay|lose|charge|fee)\w*\b|"
            r"\b(?:maximum|minimum) (?:amount|fee)\b"
        ),
        frozenset({"usd", "eur", "gbp", "percent"}),
    ),
)


def assess(question: str, passages: Sequence[Passage]) -> Sufficiency:
    """Weighs passages, best first, against the stand-alone question."""
    if not passages:
        return Sufficiency(refuse(ReasonCode.NO_EVIDENCE, 0.0), 0.0, {})
    row = features(question, passages)
    logit = float(np.einsum("i,i->", np.asarray(SUFFICIENCY.weights), row)) + SUFFICIENCY.bias
    evidence = float(1.0 / (1.0 + np.exp(-np.clip(logit, -40.0, 40.0))))
    named: dict[str, float] = dict(zip(FEATURES, row.tolist(), strict=True))
    if named["named_missing"] > 0:
        return Sufficiency(refuse(ReasonCode.NAMED_THING_MISSING, evidence), evidence, named)
    if evidence < SUFFICIENCY.enough:
        return Sufficiency(refuse(ReasonCode.WEAK_EVIDENCE, evidence), evidence, named)
    return Sufficiency(allow(evidence), evidence, named)


def features(question: str, passages: Sequence[Passage]) -> NDArray[np.float64]:
    """One row in the order of `FEATURES`: the passage that fits best decides, wherever it ranks among the first."""
    top = passages[: SUFFICIENCY.passages]
    reads = [_read(passage.title, passage.section, passage.text) for passage in top]
    asked = content_sequence(question)
    wanted = list(dict.fromkeys(asked))
    fits = [
        (passage.dense, coverage(wanted, read.stems), _pairs(asked, read.sequence))
        for passage, read in zip(top, reads, strict=True)
    ]
    best = max(range(len(fits)), key=lambda i: sum(fits[i]))
    union = frozenset(word for read in reads for word in read.stems)
    missing = _missing_names(question, wanted, union, "\n".join(read.folded for read in reads))
    texts = [passage.text for passage in (top[best], *top[:3])]
    return np.asarray(
        [
            *fits[best],
            coverage(wanted, union),
            max(passage.score for passage in top),
            float(len(missing)),
            float(_kind_missing(question, texts)),
        ]
    )


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


def _kind_missing(question: str, texts: Sequence[str]) -> bool:
    """True where the question asks for a period or an amount and none stands in the texts."""
    folded = fold(question)
    for asks, kinds in _ASKED_KINDS:
        if asks.search(folded):
            return not any(kinds & _kinds(text) for text in texts)
    return False


def _missing_names(question: str, wanted: Sequence[str], union: frozenset[str], everything: str) -> list[str]:
    """Things that the question names and no passage (text, title, section) does."""
    missing: list[str] = []
    for match in _NAMED.finditer(question):
        name = match["reg"] or match["cite"] or match["acronym"]
        if match["acronym"] and not name.isupper():
            continue
        pattern = rf"\breg(?:ulation)?\s+{name}\b" if match["reg"] else rf"\b{re.escape(name)}"
        if not re.search(pattern, everything, re.IGNORECASE):
            missing.append(name)
    return missing + [word for word in wanted if word in _SUBJECTS and word not in union]


# Reading a passage is most of the cost and the same passages come up again; what is kept depends on the text given
# alone, so nothing of one reader's reaches another.
@lru_cache(maxsize=1024)
def _read(title: str, section: tuple[str, ...], text: str) -> _Read:
    whole = f"{title} {' '.join(section)} {text}"
    sequence = tuple(content_sequence(whole))
    return _Read(sequence, frozenset(sequence), fold(whole))


@lru_cache(maxsize=1024)
def _kinds(text: str) -> frozenset[str]:
    return frozenset(quantity.kind for quantity in quantities(text))
