"""Every number a guard decides by, frozen, with where it came from. Development data only (design, measure.md)."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class InjectionThresholds:
    """Probabilities of the injection model: at `refuse` the message is refused, at `suspect` it is flagged."""

    refuse: float
    suspect: float


# `python -m evals injection-training`, five-fold cross-validation on injection/dev.jsonl, rules included:
# .4 recall .945 at 1.5 % false positives; .6 recall .913 at 1.3 %; none of our own 71 benign texts with trigger
# words is refused from .7 on.
INJECTION: Final = InjectionThresholds(refuse=0.7, suspect=0.4)


@dataclass(frozen=True, slots=True)
class ScopeThresholds:
    """Probability of being in scope below which a question without a word of the trade is refused."""

    in_scope: float


# `python -m evals scope-training` on routing/dev.jsonl: .07 keeps 99 % of the in-scope questions and refuses 86 %.
SCOPE: Final = ScopeThresholds(in_scope=0.07)


@dataclass(frozen=True, slots=True)
class PersonalDataThresholds:
    """Presidio's score from which a span is masked: a valid checksum or form, or a weak form with a context word."""

    found: float


# `python -m evals pii` on pii/dev.jsonl, which the patterns were written with: 202 of 202 found, none wrongly.
PERSONAL_DATA: Final = PersonalDataThresholds(found=0.45)


@dataclass(frozen=True, slots=True)
class ClaimThresholds:
    """Least support of a claim that is not verbatim: the joint score, word coverage and cosine of the best window."""

    score: float
    words: float
    meaning: float


# Swept on claims/wice-dev.jsonl: balanced accuracy 73.5 at score .6 alone (the best of .5 to .7). The floors and the
# check of names cost a few points of it and withhold 88 instead of 77 % of what is not fully supported: a claim that
# is withheld costs a quote in its place, one wrongly released costs trust.
CLAIM: Final = ClaimThresholds(score=0.6, words=0.4, meaning=0.4)


@dataclass(frozen=True, slots=True)
class SufficiencyThresholds:
    """From which cosine of the best-fitting passage a question is answered, how many passages are looked at, and how
    steeply the strength shown to people (0 to 1) rises about that cosine."""

    passages: int
    meaning: float
    slope: float


# Swept on evals/tuning and evals/golden with the built-in writer, .40 to .55. At .40 it answers more (some nine in ten
# answerable golden questions, six in ten of the tuning ones, whose wording is further from the documents') and 5 % and
# 16 % of all falsely. At .55 it answers 78 % of the answerable golden questions rightly and 1.6 % of all falsely; of
# the tuning ones 35 % and 4 %. The bar is 2 % false, so .55.
SUFFICIENCY: Final = SufficiencyThresholds(passages=8, meaning=0.55, slope=14.0)
