"""As many chunks as are asked for: the real ones first, then some made from their sentences and their vectors.

Made texts repeat real words as often as real texts do, so postings are as long as in a corpus of that size; each also
brings a reference number of its own, as growing shelves bring new words. Made vectors lie between two real ones with
some noise, so that questions have many near neighbours, as they do among editions of one rule.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from retrieval.postings import Keys, LexicalBlock, block_of, keys_of
from retrieval.sentences import sentences
from retrieval.terms import path_terms, terms

Vectors = NDArray[np.float32]
AUDIENCES = {"0.1 %": 1000, "1 %": 100, "10 %": 10, "100 %": 1}
"""Each audience's documents are every so many-th."""
NEWCOMER = "half"
"""A fifth audience, of every other document, that asks when all is in memory."""
_SECTION = "Reference"


def role(audience: str) -> str:
    """The role that reads the audience's documents."""
    return f"reads-{AUDIENCES[audience]}"


@dataclass(frozen=True, slots=True)
class MadeEdition:
    """One document with one edition; `chunk_ids` are (n, 16) bytes."""

    number: int
    audience: tuple[str, ...]
    section: str
    texts: list[str]
    chunk_ids: NDArray[np.uint8]
    vectors: Vectors
    postings: LexicalBlock


class Sentences:
    """The sentences that made texts are put together from, with their terms.

    Only those that begin with a letter, so that the terms of a text are those of its sentences, one after another.
    """

    def __init__(self, texts: Sequence[str]) -> None:
        found = [text[start:end] for text in texts for start, end in sentences(text)]
        self.texts = [text for text in dict.fromkeys(found) if text[0].isalpha() and 20 < len(text) < 600]
        self.keys = [keys_of(terms(text)) for text in self.texts]


class Made:
    """`chunks` chunks in editions of one size, always the same for the same corpus and number."""

    def __init__(self, texts: Sequence[str], vectors: Vectors, chunks: int) -> None:
        self._texts, self._vectors = texts, vectors
        self._pool = Sentences(texts)
        self.per_edition = max(10, min(100, chunks // 1000))
        self.editions = chunks // self.per_edition
        self.chunks = self.editions * self.per_edition
        self._order = np.random.default_rng(chunks).permutation(self.chunks)

    def edition(self, number: int) -> MadeEdition:
        """The edition of this number."""
        random = np.random.default_rng([self.chunks, number])
        source = self._order[number * self.per_edition : (number + 1) * self.per_edition]
        made = [self._text(int(at), random) for at in source]
        vectors = np.stack([self._vector(int(at), random) for at in source])
        section = f"{_SECTION} {number // 10}"
        path = keys_of(path_terms((title(number), section)))
        ids = random.integers(0, 256, (len(source), 16), dtype=np.uint8)
        roles = tuple(role(name) for name, every in AUDIENCES.items() if number % every == 0)
        return MadeEdition(
            number,
            (*roles, NEWCOMER) if number % 2 else roles,
            section,
            [text for text, _ in made],
            ids,
            vectors,
            block_of([keys for _, keys in made], [path] * len(made)),
        )

    def _text(self, at: int, random: np.random.Generator) -> tuple[str, Keys]:
        if at < len(self._texts):
            return self._texts[at], keys_of(terms(self._texts[at]))
        chosen: list[int] = random.integers(0, len(self._pool.texts), int(random.integers(1, 6))).tolist()
        reference = f"Case {at}."
        parts = [self._pool.keys[one] for one in chosen]
        text = "\n".join([*(self._pool.texts[one] for one in chosen), reference])
        return text, np.concatenate([*parts, keys_of(terms(reference))])

    def _vector(self, at: int, random: np.random.Generator) -> Vectors:
        if at < len(self._vectors):
            return self._vectors[at]
        pair: list[int] = random.integers(0, len(self._vectors), 2).tolist()
        one, other = self._vectors[pair]
        noise = random.standard_normal(len(one), dtype=np.float32)
        mixed: Vectors = one + np.float32(random.uniform(0.3, 0.8)) * other
        mixed += noise * np.float32(0.5 / np.sqrt(len(noise)))
        return (mixed / np.linalg.norm(mixed)).astype(np.float32, copy=False)


def title(number: int) -> str:
    """The title of the edition of this number."""
    return f"Working instruction {number}"
