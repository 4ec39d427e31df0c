"""How far do the cited passages carry a claim that is not verbatim? Measured by words and by meaning, in one batch of
embeddings, and summed up by a small trained model (`python -m evals claims-training`).

A word that its sentence does not have may stand for one that the claim leaves out, where their meanings are near and
they don't exclude each other. What is left over then speaks against the claim.
"""

import itertools
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np

from guardrails.alignment import Alike, Carried, Sentence, share, weight
from guardrails.injection import Embed
from guardrails.lexicon import exclude
from guardrails.limits import CLAIM_LIMITS
from guardrails.linear import LinearModel, packaged
from guardrails.thresholds import CLAIM
from guardrails.wording import Reading, Word, is_light
from retrieval.terms import stem

FEATURES: Final = (
    "carried", "weakest_part", "anywhere", "sentence_cosine", "joint_cosine", "strange", "left_over", "left_over_count",
    "length", "nowhere", "nowhere_count", "names", "sentences", "copied_but",
)  # fmt: skip
_NAME: Final = re.compile(r"(?<=[\w,;:)] )(?!(?:USD|EUR|GBP)\b)[A-Z][\w'’-]+")
_TOKEN: Final = re.compile(r"[^\W_]+(?:['’.][^\W_]+)*")


@dataclass(frozen=True, slots=True)
class Support:
    """What was measured: the features in their order, the words that nothing accounts for, names that stand nowhere,
    and which words may stand for which."""

    features: tuple[float, ...]
    left_over: tuple[str, ...]
    strangers: int
    alike: Alike

    @property
    def has_foreign_word(self) -> bool:
        """Whether the claim copies a sentence but for words of its own, which nothing accounts for."""
        return bool(self.features[FEATURES.index("copied_but")])

    @property
    def score(self) -> float:
        """0 to 1, by the packaged model."""
        return support_model().score(np.asarray(self.features, dtype=np.float32))


@lru_cache(maxsize=1)
def support_model() -> LinearModel:
    """The packaged model."""
    return packaged("claims")


@dataclass(frozen=True, slots=True)
class _Meanings:
    """Cosines of the claim with sentences, and of words that are left over with words that the claim leaves out."""

    sentence: float
    joint: float
    words: dict[tuple[str, str], float]

    def nearest(self, word: Word) -> float:
        return max((value for (own, _), value in self.words.items() if own == word.key), default=0.0)

    def alike(self, word: Word, other: Word) -> bool:
        return self.words.get((word.key, other.key), 0.0) >= CLAIM.same_word


async def measure(
    text: str,
    claim: Reading,
    carried: Sequence[Carried],
    available: Sequence[Sentence],
    headings: Sequence[str],
    embed: Embed,
) -> Support:
    """`carried`: how the claim aligns with `available`, the sentences of the cited passages; `headings` of those may
    name what a passage need not repeat, such as its regulation."""
    left = tuple({w.key: w for each in carried for w in each.left_over}.values())
    spare = _spare(claim, carried)
    meanings = await _meanings(text, claim, carried, available, left, spare, embed)
    names = strangers(text, [*headings, *(sentence.text for sentence in available)])
    unexplained = tuple(w for w in left if not is_light(w) and meanings.nearest(w) < CLAIM.same_word)
    known = frozenset(word for each in carried for word in each.part.keys) - {w.key for w in left}
    had = frozenset(key for sentence in available for key in sentence.keys) | known
    heavy = [word for word in claim.words if not is_light(word)]
    total, nowhere = max(len(heavy), 1), [word for word in heavy if word.key not in had]
    parts = [1.0 - _lost(each.left_over, each.part.words) for each in carried if len(each.part.words) > 1]
    whole = 1.0 - _lost([w for each in carried for w in each.left_over], claim.words)
    strange = sum(min(1.0, max(0.0, 1.2 - 2 * meanings.nearest(w))) for w in left if not is_light(w))
    features = (
        whole,
        min(parts, default=whole),
        share(claim.words, had),
        meanings.sentence,
        meanings.joint,
        strange / total,
        len(unexplained) / total,
        min(len(unexplained), 6) / 6,
        math.log1p(total) / 3,
        len(nowhere) / total,
        min(len(nowhere), 5) / 5,
        min(names, 3) / 3,
        len({each.sentence.place for each in carried}) / 3,
        float(bool(unexplained) and copied(claim, carried) >= CLAIM.copied),
    )
    return Support(features, tuple(word.text for word in unexplained), names, meanings.alike)


def _lost(left: Sequence[Word], words: Sequence[Word]) -> float:
    return sum(map(weight, left)) / max(sum(map(weight, words)), 0.1)


def _spare(claim: Reading, carried: Sequence[Carried]) -> tuple[Word, ...]:
    """The words of the carrying sentences that the claim leaves out."""
    sentences = dict.fromkeys(each.sentence for each in carried)
    return tuple({w.key: w for s in sentences for w in s.reading.words if w.key not in claim.keys}.values())


async def _meanings(
    text: str,
    claim: Reading,
    carried: Sequence[Carried],
    available: Sequence[Sentence],
    left: Sequence[Word],
    spare: Sequence[Word],
    embed: Embed,
) -> _Meanings:
    left, spare = left[: CLAIM_LIMITS.embedded_words], spare[: CLAIM_LIMITS.embedded_words * 2] if left else ()
    near = sorted(available, key=lambda s: -share(claim.words, s.keys, s.around))[: CLAIM_LIMITS.embedded_windows]
    joint = " ".join(dict.fromkeys(each.sentence.text for each in carried))
    windows = [*(sentence.text for sentence in near), joint or text]
    vectors = await embed([text, *windows, *(w.text for w in left), *(w.text for w in spare)])
    cosines = np.einsum("ij,j->i", vectors[1 : len(windows) + 1], vectors[0])
    own, theirs = np.split(vectors[len(windows) + 1 :], [len(left)])
    words = {
        (w.key, v.key): 0.0 if exclude(w.key, v.key) else float(np.einsum("i,i->", own[i], theirs[j]))
        for i, w in enumerate(left)
        for j, v in enumerate(spare)
    }
    return _Meanings(float(cosines[:-1].max(initial=0.0)), float(cosines[-1]), words)


def copied(claim: Reading, carried: Sequence[Carried]) -> float:
    """The share of the claim's pairs of neighbouring words that stand so in the sentences that carry it."""
    own = _pairs(claim.plain)
    had = frozenset(pair for each in carried for pair in _pairs(each.sentence.reading.plain))
    return sum(pair in had for pair in own) / len(own) if own else 0.0


def _pairs(plain: str) -> list[tuple[str, str]]:
    stems = [stem(token) for token in _TOKEN.findall(plain)]
    return list(itertools.pairwise(stems))


def strangers(claim: str, texts: Sequence[str]) -> int:
    """How many capitalised words of the claim, its first aside, stand in none of the texts."""
    stands = "\n".join(texts).casefold()
    return sum(name.casefold() not in stands for name in set(_NAME.findall(claim)))
