"""Every number a guard decides by, frozen, with where it came from. Development data only (design, measure.md)."""

from dataclasses import dataclass
from typing import Final

from guardrails.risk import Risk


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
    """When passages are enough: the `evidence` (0 to 1) that each risk demands, and the floor of `meaning`, a cosine,
    below which the odds are lowered by `slope` logits a unit before they are compared; how many passages are looked at
    for what answers, and how many are compared for what stands out. Below `near` nothing found treats the subject."""

    low: float
    standard: float
    high: float
    meaning: float
    slope: float
    passages: int
    compared: int
    near: float

    def demanded(self, risk: Risk) -> float:
        """The evidence that this risk demands."""
        return {Risk.LOW: self.low, Risk.STANDARD: self.standard, Risk.HIGH: self.high}[risk]


# The model's weights: `python -m evals sufficiency-training`, made a probability by `python -m evals calibration`, that
# also prints what each risk lets through. Swept on its cases over the bank's documents, golden and tuning together:
# from .36 to .46 low lets through the same 13 of 17 questions with an answer and 2 of 11 without, so .40; at standard
# two golden questions without an answer come through up to .43 and none from .44 on, where 22 of 26 with one still do;
# high demands .45, the most that costs no golden answer more (.46 loses one, .50 three tuning ones). The floor of .55
# is the one swept before, .40 to .60. The slope, 20, 35 and 50: at 35 fewest come through wrongly for as many rightly.
SUFFICIENCY: Final = SufficiencyThresholds(
    low=0.40,
    standard=0.44,
    high=0.45,
    meaning=0.55,
    slope=35.0,
    passages=8,
    compared=10,
    near=0.45,
)


@dataclass(frozen=True, slots=True)
class InstructionThresholds:
    """Probability from which a sentence of a document is flagged as an order to whoever reads it out."""

    flag: float


# `python -m evals instructions-training`, five folds by document: at .7, .81 % of the passages of the regulations and
# .12 % of ObliQA's are flagged, and 95 % of BIPIA's payloads found (at .5: 1.16, .22 and 97 %).
INSTRUCTION: Final = InstructionThresholds(flag=0.7)
