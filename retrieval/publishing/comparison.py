"""What changed from one edition to the next: passages added, removed, changed or moved, in the new order.

Sentences are aligned, not chunks: where a chunk ends depends on the length of what stands before it, so a word more
would make every later chunk another. Sentences that stand once in each edition and in the same order are anchors (the
longest such row, "patience"); between anchors sentences are paired by likeness, in order, those of the same section
sooner. What stays unpaired was removed or added, or moved where the other edition has the very sentence elsewhere.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby, pairwise
from uuid import UUID

from retrieval.documents.models import TextPassage
from retrieval.publishing.limits import COMPARISON
from retrieval.publishing.words import Change, Part, all_of, compared, words
from retrieval.sentences import sentences


class PassageChangeKind(StrEnum):
    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"
    MOVED = "moved"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a change stands in one of the editions."""

    chunk_id: UUID
    page: int | None


@dataclass(frozen=True, slots=True)
class PassageChange:
    """Neighbouring sentences of one section that changed. `before` None: nothing stood here; `after` None: nothing
    does. `figures`: a number, amount or date among them went or came."""

    kind: PassageChangeKind
    section: tuple[str, ...]
    before: Place | None
    after: Place | None
    parts: tuple[Part, ...]
    figures: bool


@dataclass(frozen=True, slots=True)
class Comparison:
    changes: tuple[PassageChange, ...]
    unchanged: int
    """Sentences that stand in both."""


@dataclass(frozen=True, slots=True)
class _Sentence:
    text: str
    key: str
    """The text with its spaces made one: lines may break elsewhere in another edition."""
    section: tuple[str, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class _Pair:
    """A sentence of either edition or of both."""

    old: _Sentence | None
    new: _Sentence | None

    @property
    def section(self) -> tuple[str, ...]:
        standing = self.new or self.old
        return () if standing is None else standing.section


@dataclass(slots=True)
class _Work:
    """What is left of the work that one comparison may take."""

    pairs: int = COMPARISON.pairs
    word_pairs: int = COMPARISON.word_pairs

    def allows_pairs(self, count: int) -> bool:
        if count > min(self.pairs, COMPARISON.pairs_at_once):
            return False
        self.pairs -= count
        return True

    def allows_words(self, count: int) -> bool:
        if count > min(self.word_pairs, COMPARISON.word_pairs_at_once):
            return False
        self.word_pairs -= count
        return True


def compare(before: Sequence[TextPassage], after: Sequence[TextPassage]) -> Comparison:
    """The changes from the passages of one edition to those of the next. Bounded work; for a thread."""
    old, new, work = list(_sentences(before)), list(_sentences(after)), _Work()
    pairs = list(_aligned(old, new, work))
    kinds = _kinds(pairs)
    came_from = {pair.old.key: pair.old.place for pair in pairs if pair.old is not None and pair.new is None}
    changes: list[PassageChange] = []
    for (kind, _, _), group in groupby(
        zip(pairs, kinds, strict=True), key=lambda each: (each[1], each[0].section, each[0].new is None)
    ):
        found = [pair for pair, _ in group]
        # A moved sentence is shown where it stands now.
        if kind is not None and not (kind is PassageChangeKind.MOVED and found[0].new is None):
            changes.append(_change(kind, found, came_from, work))
    return Comparison(tuple(changes), kinds.count(None))


def _kinds(pairs: Sequence["_Pair"]) -> list[PassageChangeKind | None]:
    """What became of each pair; None where nothing did. Of a sentence that went twice and came once, one has moved."""
    gone = Counter(pair.old.key for pair in pairs if pair.old is not None and pair.new is None)
    come = Counter(pair.new.key for pair in pairs if pair.new is not None and pair.old is None)
    moved = gone & come
    left_here, left_there = moved.copy(), moved.copy()
    kinds: list[PassageChangeKind | None] = []
    for pair in pairs:
        if pair.old is not None and pair.new is not None:
            kinds.append(None if pair.old.key == pair.new.key else PassageChangeKind.CHANGED)
        elif pair.old is not None:
            left_here[pair.old.key] -= 1
            kinds.append(PassageChangeKind.MOVED if left_here[pair.old.key] >= 0 else PassageChangeKind.REMOVED)
        elif pair.new is not None:
            left_there[pair.new.key] -= 1
            kinds.append(PassageChangeKind.MOVED if left_there[pair.new.key] >= 0 else PassageChangeKind.ADDED)
    return kinds


def _sentences(passages: Sequence[TextPassage]) -> Iterator[_Sentence]:
    header = ""
    for passage in passages:
        place = Place(passage.chunk_id, passage.page)
        for number, (start, end) in enumerate(sentences(passage.text)):
            text = passage.text[start:end]
            if number == 0:
                # The further parts of a long table repeat its header row.
                repeats, header = text == header and " | " in text, text
                if repeats:
                    continue
            yield _Sentence(text, " ".join(text.split()), passage.section, place)


def _aligned(old: Sequence[_Sentence], new: Sequence[_Sentence], work: _Work) -> Iterator[_Pair]:
    anchors = [(-1, -1), *_anchors(old, new), (len(old), len(new))]
    for (i0, j0), (i1, j1) in pairwise(anchors):
        if i0 >= 0:
            yield _Pair(old[i0], new[j0])
        yield from _between(old[i0 + 1 : i1], new[j0 + 1 : j1], work)


def _anchors(old: Sequence[_Sentence], new: Sequence[_Sentence]) -> list[tuple[int, int]]:
    """The longest row of sentences that stand once in each edition, in the order of both."""
    in_old, in_new = Counter(each.key for each in old), Counter(each.key for each in new)
    places = {each.key: place for place, each in enumerate(new)}
    common = [
        (i, places[each.key]) for i, each in enumerate(old) if in_old[each.key] == 1 and in_new.get(each.key) == 1
    ]
    ends: list[int] = []
    row: list[int] = []
    came_from: list[int | None] = []
    for index, (_, j) in enumerate(common):
        length = bisect_left(ends, j)
        came_from.append(row[length - 1] if length else None)
        if length == len(ends):
            ends.append(j)
            row.append(index)
        else:
            ends[length], row[length] = j, index
    found: list[tuple[int, int]] = []
    at = row[-1] if row else None
    while at is not None:
        found.append(common[at])
        at = came_from[at]
    return found[::-1]


def _between(old: Sequence[_Sentence], new: Sequence[_Sentence], work: _Work) -> Iterator[_Pair]:
    """Pairs in order with the greatest likeness in sum; alone what is like nothing."""
    if not old or not new or not work.allows_pairs(len(old) * len(new)):
        yield from (_Pair(each, None) for each in old)
        yield from (_Pair(None, each) for each in new)
        return
    best = _best(old, new)
    i = j = 0
    while i < len(old) or j < len(new):
        if i < len(old) and best[i][j] == best[i + 1][j]:
            yield _Pair(old[i], None)
            i += 1
        elif j < len(new) and best[i][j] == best[i][j + 1]:
            yield _Pair(None, new[j])
            j += 1
        else:
            yield _Pair(old[i], new[j])
            i, j = i + 1, j + 1


def _best(old: Sequence[_Sentence], new: Sequence[_Sentence]) -> list[list[float]]:
    """`[i][j]`: the greatest likeness in sum of `old[i:]` paired with `new[j:]`."""
    bags_old, bags_new = [_bag(each) for each in old], [_bag(each) for each in new]
    best = [[0.0] * (len(new) + 1) for _ in range(len(old) + 1)]
    for i in range(len(old) - 1, -1, -1):
        for j in range(len(new) - 1, -1, -1):
            alike = _likeness(bags_old[i], bags_new[j])
            paired = 0.0
            if alike >= COMPARISON.alike:
                paired = best[i + 1][j + 1] + alike + (0.1 if old[i].section == new[j].section else 0.0)
            best[i][j] = max(best[i + 1][j], best[i][j + 1], paired)
    return best


def _bag(sentence: _Sentence) -> frozenset[str]:
    return frozenset(word.lower() for word in words(sentence.text) if not word.isspace())


def _likeness(one: frozenset[str], other: frozenset[str]) -> float:
    """The share of words that two sentences have in common, 0 to 1."""
    return 2 * len(one & other) / (len(one) + len(other))


def _change(
    kind: PassageChangeKind, pairs: Sequence[_Pair], came_from: Mapping[str, Place], work: _Work
) -> PassageChange:
    parts: list[Part] = []
    for number, pair in enumerate(pairs):
        if number:
            parts.append(Part(Change.SAME, " "))
        parts += _parts(kind, pair, work)
    old = next((pair.old.place for pair in pairs if pair.old is not None), None)
    new = next((pair.new for pair in pairs if pair.new is not None), None)
    if kind is PassageChangeKind.MOVED and new is not None:
        old = came_from[new.key]
    figures = any(part.figure for part in parts)
    return PassageChange(kind, pairs[0].section, old, None if new is None else new.place, tuple(parts), figures)


def _parts(kind: PassageChangeKind, pair: _Pair, work: _Work) -> tuple[Part, ...]:
    if pair.old is not None and pair.new is not None:
        old, new = words(pair.old.text), words(pair.new.text)
        if work.allows_words(len(old) * len(new)):
            return compared(old, new)
        return (*all_of(old, Change.REMOVED), *all_of(new, Change.ADDED))
    if pair.old is not None:
        return all_of(words(pair.old.text), Change.REMOVED)
    came = [] if pair.new is None else words(pair.new.text)
    return all_of(came, Change.SAME if kind is PassageChangeKind.MOVED else Change.ADDED)
