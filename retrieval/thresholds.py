"""The numbers that ranking uses, and where each came from.

Chosen on the development part of ObliQA (2,788 questions, 12,988 passages) with `python -m evals retrieval`; never on
held-out questions. A change here changes what people are shown: run that command before and after.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LexicalWeights:
    """BM25 over two fields of a chunk (its text; its title and section path), in words and in pairs of neighbours.

    recall@10 / MAP@10 of BM25 alone: words only .780/.639; with pairs .792/.666. The optimum is flat: k1 0.7 to 1.2,
    b 0.5 to 0.75 and pairs 0.3 to 0.5 stay within .003. The path field changes little there (+.000/+.003), its
    questions being written from the passages alone; it is what makes "1005.11(c)(1)" find its paragraph.
    """

    k1: float = 0.9
    b: float = 0.6
    path: float = 0.3
    pair: float = 0.4


@dataclass(frozen=True, slots=True)
class FusionWeights:
    """How the lexical and the dense score become one."""

    dense: float = 0.4
    """Share of the cosine. .3 to .5 stay within .004 of the best."""
    full_match: float = 0.5
    """Share of the lexical ceiling that counts as a full match: with it the two parts have the same spread."""
    short_terms: int = 10
    """Passages with fewer terms are discounted by the root of their share (+.001/+.001; 20 costs .003/.008)."""
    added: float = 0.3
    """Weight of the words that the glossary adds beside those of the question. .3 to .5 find the same on questions of
    our own (`python -m evals glossary`); on ObliQA's 343 questions with a known term recall is .766 without, .789 at
    .3, .781 at .5, .775 at .8."""
    candidates: int = 200
    """How many of each list are fused; beyond 200 nothing reached the first ten."""
    reciprocal: float = 60.0
    """The constant of reciprocal rank fusion, its authors' own; used only where weighting is switched off."""
    learned: int = 100
    """How many of the fused are ranked anew; 60 gives the same, and 60 is what the longest search reads."""


@dataclass(frozen=True, slots=True)
class DiversityWeights:
    """How repetition is avoided among the passages that were read."""

    duplicate: float = 0.95
    """Share of common words from which the later of two passages is dropped."""
    repetition: float = 0.2
    """How much of its score a passage loses for repeating all the words of one before it."""
    spare: int = 10
    """How many more passages are read than asked for, to make up for those dropped."""


@dataclass(frozen=True, slots=True)
class NeighbourLimits:
    """When the passage before or after a hit is brought along."""

    hits: int = 3
    """Only for the best hits: an answer is written from them."""
    passages: int = 3
    """At most so many in all, since a model reads every one."""
    lead_in_chars: int = 600
    """A longer passage before a list is more than its lead-in."""


@dataclass(frozen=True, slots=True)
class CommonTerms:
    """From where on a word, or a pair of words, is common among the chunks that somebody may see: its absence from ten
    of them says nothing. On obliqa-dev the name of the jurisdiction (6 % of the chunks) and of its regulator (4 %)
    stood for half of all vetoes on named things; what a question is about seldom stands in 1 %."""

    share: float = 0.01
    chunks: int = 5


@dataclass(frozen=True, slots=True)
class SearchLimits:
    """What one search may ask for; beyond it the caller gets a 422 that says so."""

    passages: int = 50
    query_chars: int = 4_000
    libraries: int = 50


@dataclass(frozen=True, slots=True)
class SurroundingLimits:
    """What is read around hits so that lists are whole."""

    documents: int = 2
    """Of the best hits: a checklist is about one document, and the second may be that one."""
    whole: int = 16
    """Passages of an edition that is read as a whole: a circular of two to four pages."""
    reach: int = 6
    """Passages on each side of a hit in a longer one, of its own section: some 6,000 characters."""
    passages: int = 24
    """Added in all."""


LEXICAL = LexicalWeights()
FUSION = FusionWeights()
DIVERSITY = DiversityWeights()
NEIGHBOURS = NeighbourLimits()
COMMON = CommonTerms()
LIMITS = SearchLimits()
SURROUNDINGS = SurroundingLimits()
