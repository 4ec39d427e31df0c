"""Is the evidence enough to answer this question? One floor, one small model, and one veto.

The floor: how near the passage that fits best comes in meaning. It tells answerable from unanswerable questions best
where a bank's documents are few and apart (area .92 on the golden questions). Where many passages treat one subject,
all come near; there a passage that answers stands out from the others, in words, in pairs of words and in score. The
model weighs that (`evals sufficiency-training`). The veto: the question names a thing ("Regulation Z", "Closing
Disclosure", a year, a section number) that no passage nor its title mentions, unless it is a name of the house, which
so many of the reader's documents use that its absence from ten passages says nothing.

Wrong answers cost far more than abstentions, so the thresholds are set where few questions are answered whose answer
the documents don't hold. Pure arithmetic, no embedding.
"""

import math
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Final

import numpy as np

from guardrails.linear import LinearModel, packaged
from guardrails.normalise import fold
from guardrails.reasons import ReasonCode
from guardrails.thresholds import SUFFICIENCY
from guardrails.verdict import Verdict, allow, refuse
from guardrails.words import content_sequence, coverage
from retrieval.models import Expansion, Passage
from retrieval.terms import stem, terms

_NAMED: Final = re.compile(
    r"\b(?:regulation|reg)\s+(?P<reg>[a-z]{1,2})\b|(?P<cite>\b\d{3,4}\.\d{1,3}\b)|(?P<year>\b(?:19|20)\d\d\b)|"
    r"\b(?P<acronym>[A-Z]{3,6})\b",
    re.IGNORECASE,
)
# "the Closing Disclosure", "Mill Lane", "in Texas": capitalised words that don't open the sentence.
_PROPER: Final = re.compile(r"(?<=[a-z,;] )[A-Z][a-z]{2,}(?: [A-Z][a-z]+)*")
_CALENDAR: Final = re.compile(
    r"(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)days?|January|February|March|April|May|June|July|August|September|October|"
    r"November|December|Regulation|Reg"
)
# Acronyms that a clerk uses for what the documents spell out.
_EVERYDAY: Final = frozenset({"ATM", "ID", "PIN", "USD", "EUR", "GBP", "CEO", "FAQ", "KYC", "AML", "PEP", "DPO"})
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


FEATURES: Final = ("meaning", "meaning_lead", "lexical_lead", "score_lead", "words_lead", "pairs_lead")
"""What the model looks at; `features` says what each is."""

_LEAST: Final = 1e-9


@lru_cache(maxsize=1)
def sufficiency_model() -> LinearModel:
    """The shipped weights. Raises ValueError where they are over other features."""
    model = packaged("sufficiency")
    if model.features != FEATURES:
        raise ValueError("the sufficiency model was trained on other features; run evals sufficiency-training")
    return model


def assess(
    question: str,
    passages: Sequence[Passage],
    expansions: Sequence[Expansion] = (),
    common: Collection[str] = (),
) -> Sufficiency:
    """Weighs passages, best first, against the stand-alone question.

    `expansions`: what the bank's glossary says that words of it stand for; a passage that spells an abbreviation out
    names it. `common`: the question's terms, and pairs of them, that many of the reader's documents use.
    """
    if not passages:
        return Sufficiency(refuse(ReasonCode.NO_EVIDENCE, 0.0), 0.0, {})
    found = features(question, passages, expansions, common)
    evidence = strength(found)
    if found["named_missing"] > 0:
        return Sufficiency(refuse(ReasonCode.NAMED_THING_MISSING, evidence), evidence, found)
    if evidence < SUFFICIENCY.evidence:
        return Sufficiency(refuse(ReasonCode.WEAK_EVIDENCE, evidence), evidence, found)
    return Sufficiency(allow(evidence), evidence, found)


def strength(found: Mapping[str, float]) -> float:
    """How likely one of the passages answers, 0..1: the model's probability, lowered below the floor of meaning."""
    probability = sufficiency_model().score(np.array([found[name] for name in FEATURES], dtype=np.float32))
    odds = math.log(max(probability, _LEAST) / max(1.0 - probability, _LEAST))
    short = max(0.0, SUFFICIENCY.meaning - found["meaning"])
    return 1.0 / (1.0 + math.exp(SUFFICIENCY.slope * short - odds))


def features(
    question: str,
    passages: Sequence[Passage],
    expansions: Sequence[Expansion] = (),
    common: Collection[str] = (),
) -> dict[str, float]:
    """What is measured, by name.

    `meaning`: the cosine of the passage that fits best, wherever it ranks among the first. The leads: by how much it
    exceeds the mean of the others in cosine, and in the share of the question's words and of its pairs of words; by
    how much the best score, and the best BM25 as a share of itself, exceed the mean of the others.
    """
    hits = [passage for passage in passages if passage.beside is None]
    compared = hits[: SUFFICIENCY.compared]
    reads = [_reading(passage) for passage in compared]
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
    first = [*reads[: SUFFICIENCY.passages], *map(_reading, completing)]
    everything = "\n".join(read.folded for read in first)
    missing = [
        name
        for name in _missing_names(question, wanted, first, common)
        if not _is_spelt_out(name, expansions, everything)
    ]
    most = max(lexical)
    return {
        "meaning": cosines[best],
        "meaning_lead": _lead(cosines, best),
        "lexical_lead": _lead(lexical, lexical.index(most)) / most if most > 0 else 0.0,
        "score_lead": _lead(scores, scores.index(max(scores))),
        "words_lead": _lead(words, best),
        "pairs_lead": _lead(pairs, best),
        "words": words[best],
        "words_in_any": coverage(wanted, frozenset(word for read in first for word in read.stems)),
        "named_missing": float(len(missing)),
    }


def _lead(values: Sequence[float], at: int) -> float:
    """How much one value exceeds the mean of the others; itself where it is alone. The same in whatever order."""
    others = [*values[:at], *values[at + 1 :]]
    return values[at] - (math.fsum(others) / len(others) if others else 0.0)


def _reading(passage: Passage) -> _Read:
    dates = f"{passage.effective_from} {passage.effective_to or ''}"
    return _read(passage.title, passage.section, passage.text, dates)


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


def _missing_names(question: str, wanted: Sequence[str], reads: Sequence[_Read], common: Collection[str]) -> list[str]:
    """Things that the question names and no passage (text, title, section) does."""
    union = frozenset(word for read in reads for word in read.stems)
    everything = "\n".join(read.folded for read in reads)
    missing: list[str] = []
    for match in _NAMED.finditer(question):
        name = match["reg"] or match["cite"] or match["year"] or match["acronym"]
        if match["acronym"] and (not name.isupper() or name in _EVERYDAY):
            continue
        pattern = rf"\breg(?:ulation)?\s+{name}\b" if match["reg"] else rf"\b{re.escape(name)}"
        of_the_house = match["acronym"] and _is_common(name, common)
        if not of_the_house and not re.search(pattern, everything, re.IGNORECASE):
            missing.append(name)
    for name in _PROPER.findall(question):
        if not (_CALENDAR.match(name) or _is_common(name, common) or _is_named(name, reads, everything)):
            missing.append(name)
    return missing + [word for word in wanted if word in _SUBJECTS and word not in union]


def _is_common(name: str, common: Collection[str]) -> bool:
    """Whether all its neighbouring words, or its only one, are so common together."""
    words = terms(name)
    return bool(words) and all(pair in common for pair in (map(" ".join, pairwise(words)) if words[1:] else words))


def _is_named(name: str, reads: Sequence[_Read], everything: str) -> bool:
    """Whether it stands somewhere as it is, or its words one after another in other forms or spellings."""
    if fold(name).rstrip("s") in everything:
        return True
    words = f" {' '.join(content_sequence(name))} "
    return words.strip() != "" and any(words in f" {' '.join(read.sequence)} " for read in reads)


def _is_spelt_out(name: str, expansions: Sequence[Expansion], everything: str) -> bool:
    """Whether the bank's glossary has another name for this one, and a passage says that, word after word."""
    return any(
        _in_words(each.said).issuperset(_in_words(name))
        and any(re.search(_phrase(meaning), everything) for meaning in each.means)
        for each in expansions
    )


def _in_words(text: str) -> frozenset[str]:
    return frozenset(stem(word) for word in re.findall(r"\w+", fold(text).replace(".", "")))


def _phrase(meaning: str) -> str:
    """Its words one after another, with other endings and any blank or hyphen between them."""
    words = re.findall(r"\w+", fold(meaning))
    return r"\b" + r"\W{1,2}".join(rf"{re.escape(word[: max(3, len(word) - 1)])}\w{{0,3}}" for word in words) + r"\b"


# Reading a passage is most of the cost and the same passages come up again; what is kept depends on the text given
# alone, so nothing of one reader's reaches another.
@lru_cache(maxsize=4096)
def _read(title: str, section: tuple[str, ...], text: str, dates: str) -> _Read:
    whole = f"{title} {' '.join(section)} {text} {dates}"
    sequence = tuple(content_sequence(whole))
    return _Read(sequence, frozenset(sequence), fold(whole))
