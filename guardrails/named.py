"""Things that a question names ("Regulation Z", "Closing Disclosure", a year, a section number) and no passage does."""

import re
from collections.abc import Collection, Sequence
from itertools import pairwise
from typing import Final

from guardrails.normalise import fold
from guardrails.reading import Reading
from guardrails.words import content_sequence
from retrieval.models import Expansion
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
_SUBJECT_FORMS: Final = frozenset(_SUBJECT_WORDS.split())
_SUBJECTS: Final = frozenset(map(stem, _SUBJECT_FORMS))
_LETTERS: Final = re.compile(r"[^\W\d_]+")


def missing_names(
    question: str, reads: Sequence[Reading], expansions: Sequence[Expansion] = (), common: Collection[str] = ()
) -> list[str]:
    """Those names, as the question writes them.

    Not one that a passage spells out by what the bank's glossary says that it stands for (`expansions`), nor a name of
    the house, which so many of the reader's documents use (`common`) that its absence from ten passages says nothing.
    """
    everything = "\n".join(read.folded for read in reads)
    wanted = list(dict.fromkeys(content_sequence(question)))
    return [name for name in _names(question, wanted, reads, common) if not _is_spelt_out(name, expansions, everything)]


def _names(question: str, wanted: Sequence[str], reads: Sequence[Reading], common: Collection[str]) -> list[str]:
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
    return missing + [word for word in wanted if word in _SUBJECTS and word not in union and _is_thing(word, question)]


def _is_thing(subject: str, question: str) -> bool:
    """Whether the question has the subject as a thing, not only what somebody does: "a cheque", not "we checked"."""
    words = (word for word in _LETTERS.findall(question.casefold()) if subject in content_sequence(word))
    return any(word in _SUBJECT_FORMS or not word.endswith(("ed", "ing")) for word in words)


def _is_common(name: str, common: Collection[str]) -> bool:
    """Whether all its neighbouring words, or its only one, are so common together."""
    words = terms(name)
    return bool(words) and all(pair in common for pair in (map(" ".join, pairwise(words)) if words[1:] else words))


def _is_named(name: str, reads: Sequence[Reading], everything: str) -> bool:
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
