"""Is the evidence enough to answer this question? How near the best passage comes in meaning, and one veto.

Wrong answers cost far more than abstentions, so the threshold is set where few questions are answered whose answer
the documents don't hold. The veto: the question names a thing ("Regulation Z", "Closing Disclosure", a year, a
section number) that no passage nor its title mentions.

Of what search measures, the cosine of the passage that fits best told answerable from unanswerable questions best:
area .90 and .72 on two sets of our own; with words, pairs of words and fused scores beside it, fitted on one set, the
other's fell to .86 and .68. They are recorded all the same. Pure arithmetic, no embedding.
"""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Final

from guardrails.normalise import fold
from guardrails.reasons import ReasonCode
from guardrails.thresholds import SUFFICIENCY
from guardrails.verdict import Verdict, allow, refuse
from guardrails.words import content_sequence, coverage
from retrieval.models import Expansion, Passage
from retrieval.terms import stem

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


def assess(question: str, passages: Sequence[Passage], expansions: Sequence[Expansion] = ()) -> Sufficiency:
    """Weighs passages, best first, against the stand-alone question. `expansions`: what the bank's glossary says that
    words of it stand for; a passage that spells an abbreviation out names it."""
    if not passages:
        return Sufficiency(refuse(ReasonCode.NO_EVIDENCE, 0.0), 0.0, {})
    found = features(question, passages, expansions)
    evidence = 1.0 / (1.0 + math.exp(-SUFFICIENCY.slope * (found["meaning"] - SUFFICIENCY.meaning)))
    if found["named_missing"] > 0:
        return Sufficiency(refuse(ReasonCode.NAMED_THING_MISSING, evidence), evidence, found)
    if found["meaning"] < SUFFICIENCY.meaning:
        return Sufficiency(refuse(ReasonCode.WEAK_EVIDENCE, evidence), evidence, found)
    return Sufficiency(allow(evidence), evidence, found)


def features(question: str, passages: Sequence[Passage], expansions: Sequence[Expansion] = ()) -> dict[str, float]:
    """What is measured, by name: the passage that fits best decides, wherever it ranks among the first."""
    top = passages[: SUFFICIENCY.passages]
    reads = [_read(passage.title, passage.section, passage.text, _dates(passage)) for passage in top]
    asked = content_sequence(question)
    wanted = list(dict.fromkeys(asked))
    fits = [
        (passage.dense, coverage(wanted, read.stems), _pairs(asked, read.sequence))
        for passage, read in zip(top, reads, strict=True)
    ]
    meaning, words, pairs = max(fits, key=sum)
    union = frozenset(word for read in reads for word in read.stems)
    everything = "\n".join(read.folded for read in reads)
    missing = _missing_names(question, wanted, union, everything)
    missing = [name for name in missing if not _is_spelt_out(name, expansions, everything)]
    return {
        "meaning": meaning,
        "words": words,
        "pairs": pairs,
        "words_in_any": coverage(wanted, union),
        "score": max(passage.score for passage in top),
        "named_missing": float(len(missing)),
    }


def _dates(passage: Passage) -> str:
    return f"{passage.effective_from} {passage.effective_to or ''}"


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


def _missing_names(question: str, wanted: Sequence[str], union: frozenset[str], everything: str) -> list[str]:
    """Things that the question names and no passage (text, title, section) does."""
    missing: list[str] = []
    for match in _NAMED.finditer(question):
        name = match["reg"] or match["cite"] or match["year"] or match["acronym"]
        if match["acronym"] and (not name.isupper() or name in _EVERYDAY):
            continue
        pattern = rf"\breg(?:ulation)?\s+{name}\b" if match["reg"] else rf"\b{re.escape(name)}"
        if not re.search(pattern, everything, re.IGNORECASE):
            missing.append(name)
    for name in _PROPER.findall(question):
        if not _CALENDAR.match(name) and fold(name).rstrip("s") not in everything:
            missing.append(name)
    return missing + [word for word in wanted if word in _SUBJECTS and word not in union]


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
