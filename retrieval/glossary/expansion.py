"""What a question becomes: the terms of a glossary found in it, and what they stand for beside them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from retrieval.glossary.limits import GLOSSARY_LIMITS, GlossaryLimits
from retrieval.glossary.models import ExpandedQuery, Term
from retrieval.glossary.words import Key, Word, long_key, short_key, squeezed, words_of
from retrieval.models import Expansion
from retrieval.terms import stem

_LEAST_WORDS_BACKWARDS: Final = 2
"""A meaning of one word ("overdraft") is what everybody says: it leads to no short form."""


@dataclass(frozen=True, slots=True)
class _Found:
    """A term in a question, by its short form or (`spelt_out`) by what it means."""

    term: Term
    said: str
    start: int
    end: int
    spelt_out: bool


class Glossary:
    """The entries that count for one tenant, arranged for looking them up. Immutable, and a pure function of them."""

    def __init__(self, terms: Iterable[Term], limits: GlossaryLimits = GLOSSARY_LIMITS) -> None:
        self._limits = limits
        self._short: dict[Key, list[Term]] = {}
        self._long: dict[Key, list[Term]] = {}
        for term in terms:
            if not term.meanings:
                continue
            self._short.setdefault(short_key(term.term), []).append(term)
            for meaning in term.meanings:
                key = long_key(meaning)
                if len(key) >= _LEAST_WORDS_BACKWARDS:
                    self._long.setdefault(key, []).append(term)
        self._widths: dict[str, int] = {}
        for key in (*self._short, *self._long):
            for first in {key[0], f"{key[0]}s"}:  # a term of one word may stand in the plural
                self._widths[first] = max(self._widths.get(first, 0), len(key))

    def expand(self, text: str) -> ExpandedQuery:
        """The question with what its terms stand for; itself where it holds none that is known.

        The longest match counts, from left to right; each entry and each phrase once. What the question says already
        is not added.
        """
        found = self._find(text)
        if not found:
            return ExpandedQuery(text)
        has = _Said(text)
        added: dict[Key, str] = {}
        expansions: list[Expansion] = []
        for each in found:
            phrases = _equivalents(each)
            new = [phrase for phrase in phrases if phrase not in has and long_key(phrase) not in added]
            new = new[: self._limits.added - len(added)]
            added |= {long_key(phrase): phrase for phrase in new}
            expansions.append(Expansion(each.said, phrases, tuple(new), each.term.id))
        in_place, beside = _spelt_out(text, found, has)
        return ExpandedQuery(in_place, beside, tuple(added.values()), tuple(expansions))

    def _find(self, text: str) -> list[_Found]:
        read = _Read.of(text)
        found: list[_Found] = []
        known: set[UUID] = set()
        at = 0
        while at < len(read.words) and len(found) < self._limits.matches:
            width, matches = self._longest_at(read, at)
            for match in matches:
                if match.term.id not in known:
                    known.add(match.term.id)
                    found.append(match)
            at += width
        return found[: self._limits.matches]

    def _longest_at(self, read: "_Read", at: int) -> tuple[int, list[_Found]]:
        """How many words the longest match here takes (1 where there is none), and its entries."""
        widest = max(self._widths.get(read.folded[at], 0), self._widths.get(read.stems[at], 0))
        for width in range(min(widest, len(read.words) - at), 0, -1):
            span = read.words[at : at + width]
            said = read.text[span[0].start : span[-1].end]
            short = self._short_forms(read.folded[at : at + width])
            terms = [term for term in short if _is_written(term, span, said)]
            spelt_out = not terms
            if spelt_out:
                terms = self._long.get(read.stems[at : at + width], [])
            if terms:
                return width, [_Found(term, said, span[0].start, span[-1].end, spelt_out) for term in terms]
        return 1, []

    def _short_forms(self, key: Key) -> list[Term]:
        """Terms of these words, the last one also without a plural's s."""
        found = self._short.get(key, [])
        if not found and key[-1].endswith("s"):
            found = self._short.get((*key[:-1], key[-1][:-1]), [])
        return found


@dataclass(frozen=True, slots=True)
class _Read:
    """A text cut into words, each with its letters and its stem, case aside."""

    text: str
    words: tuple[Word, ...]
    folded: Key
    stems: Key

    @classmethod
    def of(cls, text: str) -> "_Read":
        words = tuple(words_of(text))
        folded = tuple(word.letters.casefold() for word in words)
        return cls(text, words, folded, tuple(map(stem, folded)))


class _Said:
    """Which phrases a text holds already."""

    def __init__(self, text: str) -> None:
        self._stems = long_key(text)

    def __contains__(self, phrase: str) -> bool:
        key = long_key(phrase)
        ends = range(len(key), len(self._stems) + 1)
        return any(self._stems[end - len(key) : end] == key for end in ends)


def _is_written(term: Term, span: Sequence[Word], said: str) -> bool:
    """Whether these words are this term: with its own signs between them, and in its case where that matters."""
    own, written = squeezed(term.term), squeezed(said)
    if written not in (own, f"{own}s"):
        return False
    if not term.capitals_only:
        return True
    letters = "".join(word.letters for word in span)
    plain = "".join(word.letters for word in words_of(term.term))
    return letters in (plain, f"{plain}s", plain.upper(), f"{plain.upper()}s")


def _equivalents(found: _Found) -> tuple[str, ...]:
    """What the words found stand for: a term's meanings, or the term of a meaning."""
    term = found.term
    if not found.spelt_out:
        return term.meanings
    said = long_key(found.said)
    return (term.term, *(meaning for meaning in term.meanings if long_key(meaning) != said))


def _spelt_out(text: str, found: Sequence[_Found], has: _Said) -> tuple[str, str]:
    """The text with the preferred meaning in the place of each short form, and with it in brackets behind each; the
    second empty where that changes nothing. What is spelt out stays as it is: the embedding model knows the words and
    not the letters."""
    in_place: list[str] = []
    beside: list[str] = []
    at = 0
    for each in found:
        meaning = each.term.meanings[0]
        if each.spelt_out or meaning in has or each.start < at:
            continue
        in_place += [text[at : each.start], meaning]
        beside += [text[at : each.end], f" ({meaning})"]
        at = each.end
    return "".join([*in_place, text[at:]]), "".join([*beside, text[at:]]) if beside else ""
