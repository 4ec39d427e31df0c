"""Which questions without an answer ask about the same: grouped by the words that matter in them and the document that
came nearest. Nothing of it is kept; it is worked out from what can still be read."""

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from guardrails.words import content_stems

ALIKE: Final = 0.4
"""The share of a question's weight in words that a topic must have for the question to belong to it. Chosen by reading
the groups of the abstaining golden and tuning questions."""
SAME_DOCUMENT: Final = 0.15
"""What the same nearest document counts beside that: not enough by itself, a document treats many subjects."""
TERMS: Final = 3
_WORD: Final = re.compile(r"[^\W\d_]{3,}")


@dataclass(frozen=True, slots=True)
class Unanswered:
    """One question that was read: its run, words, and the document whose passage came nearest, by key."""

    run: UUID
    question: str
    document: str | None


@dataclass(slots=True)
class Topic:
    """Questions about the same, in the order in which they were given."""

    members: list[Unanswered] = field(default_factory=list[Unanswered])
    stems: Counter[str] = field(default_factory=Counter[str])
    documents: Counter[str] = field(default_factory=Counter[str])

    def terms(self, weight: dict[str, float]) -> list[str]:
        """The words that at least half of the questions share, the most telling first; none of a single question, whose
        words are its person's own."""
        if len(self.members) == 1:
            return []
        shared = [stem for stem, count in self.stems.items() if 2 * count >= len(self.members) and count > 1]
        told = [self._as_written(stem) for stem in sorted(shared, key=lambda s: (-self.stems[s] * weight[s], s))]
        return [word for word in told if word][:TERMS]

    def _as_written(self, stem: str) -> str:
        """As most of the questions write it; empty for what is no word, such as a number."""
        written = Counter(
            word
            for member in self.members
            for word in _WORD.findall(member.question.casefold())
            if stem in content_stems(word)
        )
        return min(written, key=lambda word: (-written[word], len(word), word), default="")


def grouped(questions: Sequence[Unanswered]) -> tuple[list[Topic], dict[str, float]]:
    """The topics, the largest first and among equals the one whose question came first; and what each stem weighs: the
    rarer among these questions, the more. Each question joins the topic that has most of its weight, or begins one."""
    read = [(each, frozenset(content_stems(" ".join(_WORD.findall(each.question))))) for each in questions]
    counts = Counter(stem for _, stems in read for stem in stems)
    weight = {stem: math.log(1.0 + len(read) / count) for stem, count in counts.items()}
    topics: list[Topic] = []
    for each, stems in read:
        topic = _nearest(topics, each, stems, weight)
        if topic is None:
            topic = Topic()
            topics.append(topic)
        topic.members.append(each)
        topic.stems.update(stems)
        topic.documents.update([each.document] if each.document else [])
    place = {id(topic): at for at, topic in enumerate(topics)}
    return sorted(topics, key=lambda topic: (-len(topic.members), place[id(topic)])), weight


def _nearest(
    topics: Sequence[Topic], each: Unanswered, stems: frozenset[str], weight: dict[str, float]
) -> Topic | None:
    best, most = None, ALIKE
    for topic in topics:
        likeness = _likeness(topic, each, stems, weight)
        if likeness > most:
            best, most = topic, likeness
    return best


def _likeness(topic: Topic, each: Unanswered, stems: frozenset[str], weight: dict[str, float]) -> float:
    """The weight of the question's words that the topic's questions have too, by how many of them, as a share of all
    its weight; 0 where they share none."""
    whole = math.fsum(sorted(weight[stem] for stem in stems))
    size = len(topic.members)
    shared = math.fsum(sorted(weight[stem] * topic.stems[stem] / size for stem in stems if stem in topic.stems))
    if not whole or not shared:
        return 0.0
    same = topic.documents[each.document] / size if each.document else 0.0
    return shared / whole + SAME_DOCUMENT * same
