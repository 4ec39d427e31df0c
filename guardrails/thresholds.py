"""Every number a guard decides by, frozen, with where it came from. Development data only (design, measure.md)."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class InjectionThresholds:
    """Probabilities of the injection network: at `refuse` the message is refused, at `suspect` it is flagged."""

    refuse: float
    suspect: float


# `python -m evals injection-training`, five folds: at .45, 87 % of CyberSecEval's attacks with near-duplicates in one
# fold and 92 % without, at 1.3 % false positives each, and 6 % of ordinary sentences with trigger words that were
# written apart. At .85 none of the 159 policy questions is refused, and one in a hundred of those sentences.
INJECTION: Final = InjectionThresholds(refuse=0.85, suspect=0.45)


@dataclass(frozen=True, slots=True)
class ScopeThresholds:
    """Probability of being in scope below which a question is refused: without a word of the trade, and with one."""

    in_scope: float
    of_the_trade: float


# `python -m evals scope-training` over routing/train.jsonl, five-fold cross-validation: at .3 97.7 % of Banking77's and
# 98.3 % of CLINC150's questions in scope are kept and 96.6 % of those outside refused; .2 98.5, 98.7 and 95.1; .4 96.8,
# 97.6 and 97.5. With a word of the trade .01: of our own questions that have one none is lost, and of the development
# questions outside that have one a fifth is still refused.
SCOPE: Final = ScopeThresholds(in_scope=0.3, of_the_trade=0.01)


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
    """When passages are enough: the least `evidence` (0 to 1), and the floor of `meaning`, a cosine, below which the
    evidence falls by `slope` logits a unit; how many passages are looked at for what answers, and how many are
    compared for what stands out."""

    evidence: float
    meaning: float
    slope: float
    passages: int
    compared: int


# The model's weights: `python -m evals sufficiency-training`, with the prior that two of three questions have an answer
# (74 % of the golden ones do, 68 % of the tuning ones), so that an evidence of .5 means as likely as not; .49, for two
# golden questions on the very edge. The floor was swept before on evals/tuning and evals/golden, .40 to .60: below .55
# questions come through whose answer the documents don't hold, above it one in five answerable golden ones is lost. The
# slope, 25 to 80 and a wall: at 50 only what stands out clearly is answered from a little below the floor. Together
# they pass 78 % of obliqa-dev with the relevant passages and 47 % without (a wall at .55 alone: 86 % and 74 %), .3 % of
# the out-of-scope questions over that corpus, 85 % of the golden questions that have an answer and 1 of 16 others.
SUFFICIENCY: Final = SufficiencyThresholds(evidence=0.49, meaning=0.55, slope=50.0, passages=8, compared=10)


@dataclass(frozen=True, slots=True)
class InstructionThresholds:
    """Probability from which a sentence of a document is flagged as an order to whoever reads it out."""

    flag: float


# `python -m evals instructions-training`, five folds by document: at .7, .81 % of the passages of the regulations and
# .12 % of ObliQA's are flagged, and 95 % of BIPIA's payloads found (at .5: 1.16, .22 and 97 %).
INSTRUCTION: Final = InstructionThresholds(flag=0.7)
