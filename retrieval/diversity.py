"""Passages that say something new: near duplicates are dropped, and of the rest what repeats others gives way."""

from collections.abc import Sequence

from retrieval.thresholds import DIVERSITY, DiversityWeights


def distinct(texts: Sequence[str], limit: int, weights: DiversityWeights = DIVERSITY) -> list[int]:
    """The positions of the first `limit` texts that do not nearly repeat an earlier one, in order.

    Two texts are near duplicates when the share of words they have in common reaches `weights.duplicate`.
    """
    kept: dict[int, frozenset[str]] = {}
    for position, text in enumerate(texts):
        if len(kept) == limit:
            break
        words = frozenset(text.lower().split())
        if not any(_nearly_equal(words, other, weights.duplicate) for other in kept.values()):
            kept[position] = words
    return list(kept)


def diverse(
    texts: Sequence[str], scores: Sequence[float], limit: int, weights: DiversityWeights = DIVERSITY
) -> list[int]:
    """The positions of `limit` texts that say something new, near duplicates left out; texts come best first.

    Maximal marginal relevance (Carbonell & Goldstein 1998) with a product for its difference, so that the scale of the
    scores does not matter: each next one has the highest `score * (1 - repetition * likeness)`, where likeness is the
    largest share of words it has in common with one chosen before it; of equals the better ranked.
    """
    words = [frozenset(text.lower().split()) for text in texts]
    waiting = distinct(texts, len(texts), weights)
    likeness = dict.fromkeys(waiting, 0.0)
    chosen: list[int] = []
    while waiting and len(chosen) < limit:
        best = max(waiting, key=lambda at: scores[at] * (1.0 - weights.repetition * likeness[at]))
        chosen.append(best)
        waiting.remove(best)
        for at in waiting:
            likeness[at] = max(likeness[at], _share(words[best], words[at]))
    return chosen


def _share(one: frozenset[str], other: frozenset[str]) -> float:
    """Jaccard's index; two empty sets are the same."""
    common = len(one & other)
    together = len(one) + len(other) - common
    return common / together if together else 1.0


def _nearly_equal(one: frozenset[str], other: frozenset[str], share: float) -> bool:
    """Whether Jaccard's index reaches the share; two empty sets are the same."""
    larger = max(len(one), len(other))
    if min(len(one), len(other)) < share * larger:
        return False
    common = len(one & other)
    return common >= share * (len(one) + len(other) - common)
