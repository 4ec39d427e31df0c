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


# `python -m evals scope-training` over routing/train.jsonl, five-fold cross-validation: at .3 97.8 % of Banking77's and
# 98.1 % of CLINC150's questions in scope are kept and 96.5 % of those outside refused; .2 98.6, 99.1 and 95.0; .4 96.9,
# 97.9 and 97.3. With a word of the trade .01: of our own questions that have one none is lost, and of the development
# questions outside that have one a fifth is still refused.
SCOPE: Final = ScopeThresholds(in_scope=0.3, of_the_trade=0.01)


@dataclass(frozen=True, slots=True)
class FormEvidenceThresholds:
    """When the headings of a passage name the subject of a checklist: the least share of its words, how many words
    that takes, and how many passages are looked at."""

    named: float
    words: int
    passages: int


# `python -m evals forms`: of 36 requests over the sandbox policies 9 were too weak by the weighing of questions alone,
# one with this; every word must stand in the headings, so that no further one can change the subject.
FORM_EVIDENCE: Final = FormEvidenceThresholds(named=1.0, words=2, passages=10)


@dataclass(frozen=True, slots=True)
class PersonalDataThresholds:
    """Presidio's score from which a span is masked: a valid checksum or form, or a weak form with a context word."""

    found: float


# `python -m evals pii` on pii/dev.jsonl, which the patterns were written with: 202 of 202 found, none wrongly.
PERSONAL_DATA: Final = PersonalDataThresholds(found=0.45)


@dataclass(frozen=True, slots=True)
class ClaimThresholds:
    """`rule`: the least support of a claim on a rule that is not verbatim, by the packaged model; `report`: of one on
    what passages tell. `same_word`: the cosine from which one word may stand for another. `copied`: the share of a
    claim's pairs of words from which it is a copy, so that a word of its own is a change and no paraphrase."""

    rule: float
    report: float
    same_word: float
    copied: float


# `evals altered --set tuning`, all other checks on: at .35 93 % of the altered claims are stopped and 72 % of the
# faithful pass, at .66 96 and 64 %, at .69 98 and 54 %, at .72 99 and 27 %. No place reaches 97 and 90: what is
# withheld wrongly costs a quote in its place, what is released wrongly costs trust.
# `report`: `evals claims` on claims/wice-dev.jsonl, by `evals claims-training`.
CLAIM: Final = ClaimThresholds(rule=0.69, report=0.35, same_word=0.6, copied=0.65)


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


# The model's weights: `python -m evals sufficiency-training`, made a probability by `python -m evals calibration`; its
# `by_risk` tells what each risk lets through. Swept over its cases, golden and tuning together, .36 to .50. Low: up to
# .43 three golden questions without an answer come through, from .44 on one, with 23 of 26 that have one all along.
# Standard: from .40 to .47 the same 9 of 12, at .48 two fewer; high: from .38 to .45 the same 7 of 8, at .46 one fewer.
# The floor of .55 is the one swept before, .40 to .60. The slope, 20, 35 and 50: at 35 fewest come through wrongly for
# as many rightly.
SUFFICIENCY: Final = SufficiencyThresholds(
    low=0.44,
    standard=0.45,
    high=0.455,
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


@dataclass(frozen=True, slots=True)
class FigureThresholds:
    """When a figure belongs to something else: its words agree better with another figure's by this factor (`rival`)
    and this much (`margin`), and with this share of all that the claim says around it (`spoken_of`). `near`: the share
    of the best agreement from which a place counts; `beyond`: the weight of words beyond the figure's own stretch."""

    rival: float
    margin: float
    spoken_of: float
    near: float
    beyond: float


FIGURES: Final = FigureThresholds(rival=1.15, margin=0.15, spoken_of=0.5, near=0.8, beyond=0.3)


@dataclass(frozen=True, slots=True)
class TwistThresholds:
    """`carried`: the share of a part's words from which its sentence is about it; `counterpart`: the least agreement of
    two parts that are taken to say the same; `told`: the share of a condition's words that a claim has to have,
    `told_unmarked` one without any condition; `crossed`: how much better parties agree in each other's place; `whole`:
    the share of a source's part that a claim has to have to be held to its "not"."""

    carried: float
    counterpart: float
    told: float
    told_unmarked: float
    crossed: float
    whole: float


TWISTS: Final = TwistThresholds(carried=0.6, counterpart=0.75, told=0.5, told_unmarked=0.7, crossed=1.1, whole=0.75)


@dataclass(frozen=True, slots=True)
class EntailmentThresholds:
    """For a configured model: from which probability the nearest sentences entail a claim, or the nearest one
    contradicts it."""

    entails: float
    contradicts: float


# More likely than not; no model is packaged to set them by. A bank that configures one measures it with `evals claims`.
ENTAILMENT: Final = EntailmentThresholds(entails=0.5, contradicts=0.5)


@dataclass(frozen=True, slots=True)
class NarrativeThresholds:
    """From how many sentences on passages can be a report; the least share of them that tells, the most that rules."""

    sentences: int
    told: float
    ruled: float


# No passage of the regulations and our policies (4,213), nor two neighbours together, counts as a report from 30 on. At
# 10, 70 did, tables among them, and a model that means harm got a false sentence past one. Of ObliQA's 12,988 passages
# 19 do, of the development claims' articles 91 %: a bank's passages are shorter, so this is for long reports put in.
NARRATIVE: Final = NarrativeThresholds(sentences=30, told=0.06, ruled=0.12)


@dataclass(frozen=True, slots=True)
class NearCopyThresholds:
    """A claim is a near copy of a sentence from this `share` of its own words on, in their order, or from `short_share`
    where about a `few` of them differ, and from so many `words`; it holds a sentence of at least `held` words from the
    share `whole` of the sentence's on."""

    share: float
    short_share: float
    few: float
    words: int
    whole: float
    held: int


# `evals adversary --seed 2`: at .8 no single change of a copied sentence came through, at .85 changes of the shortest
# did. `evals altered --set tuning`: at .8 10 of 104 faithful claims count as changed, at .6 32.
NEAR_COPY: Final = NearCopyThresholds(share=0.8, short_share=0.65, few=2.1, words=4, whole=0.85, held=5)


@dataclass(frozen=True, slots=True)
class ConflictThresholds:
    """Two sentences are of one subject when they share so many content words, and this share of the shorter one's."""

    words: int
    share: float


# Set by hand on the two circulars of the sandbox that disagree on dormant accounts.
CONFLICT: Final = ConflictThresholds(words=3, share=0.75)
