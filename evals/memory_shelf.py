"""A corpus in memory, ranked by the product's own stages: candidates, fusion, learned ranking, diversity.

For measurements that look at one question many times, or at what ranking sees; `evals.retrieval` goes through the
database.
"""

from collections.abc import Sequence
from datetime import date
from functools import cached_property
from typing import Final
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from evals.retrieval_corpus import Corpus
from retrieval.dense import top_rows
from retrieval.diversity import diverse
from retrieval.glossary.built_in import built_in
from retrieval.glossary.expansion import Glossary
from retrieval.learned import RankingModel, packaged
from retrieval.lexical import LexicalIndex, lexical_block
from retrieval.matching import match
from retrieval.models import Passage
from retrieval.pool import FEATURES, Pool, candidate_rows, pool_of
from retrieval.ranking import rank
from retrieval.stages import Stages
from retrieval.thresholds import DIVERSITY, FUSION

GLOSSARY: Final = Glossary(built_in())
"""What a bank without entries of its own has."""
_NIL = UUID(int=0)


def row_id(row: int) -> UUID:
    """The id of the passage in that row."""
    return UUID(int=row)


class MemoryShelf:
    """The passages of a corpus, in its order, with both indexes; `vectors` is (passages, d)."""

    def __init__(self, corpus: Corpus, vectors: NDArray[np.float32]) -> None:
        self._passages = [(document, passage) for document, members in corpus.items() for passage in members]
        self._vectors = vectors
        self._starts = np.cumsum([0, *(len(members) for members in corpus.values())])
        self.lexical = LexicalIndex(
            [
                lexical_block(document, [(passage.path, passage.text) for passage in members])
                for document, members in corpus.items()
            ]
        )
        self.place = {passage.id: row for row, (_, passage) in enumerate(self._passages)}
        """The row of each passage."""

    @cached_property
    def _model(self) -> RankingModel:
        return packaged(FEATURES)

    @property
    def size(self) -> int:
        """The number of passages."""
        return len(self._passages)

    def document(self, row: int) -> str:
        """The document that the passage in that row stands in."""
        return self._passages[row][0]

    def edition_starts(self) -> NDArray[np.int64]:
        """Where each document's rows start, and where the last one's end."""
        return self._starts

    def pool(self, text: str, added: Sequence[str], vector: NDArray[np.float32], without: Sequence[int] = ()) -> Pool:
        """The candidates of a question, with the phrases `added` to it, among the rows but `without`."""
        matches = match(self.lexical, text, added, Stages())
        cosines = np.einsum("ij,j->i", self._vectors, vector)
        for scores in (matches.words, matches.phrases, matches.both):
            scores[list(without)] = 0.0
        reachable = cosines.copy()
        reachable[list(without)] = -2.0
        rows = candidate_rows(matches, top_rows(reachable, FUSION.candidates), FUSION.candidates)
        rows = np.setdiff1d(rows, without)
        return pool_of(self, matches, rows, cosines[rows])

    def find(self, text: str, vector: NDArray[np.float32], k: int, without: Sequence[int] = ()) -> list[Passage]:
        """The `k` best passages but those in the rows `without`; `vector` is that of the question as expanded."""
        pool = self.pool(text, GLOSSARY.expand(text).added, vector, without)
        ranking = rank(pool, Stages(), self._model, k + DIVERSITY.spare)
        texts = [self._passages[int(pool.rows[at])][1].text for at in ranking.order]
        kept = diverse(texts, ranking.scores.tolist(), k)
        return [
            self._passage(ref, pool, int(ranking.order[at]), float(ranking.scores[at]))
            for ref, at in enumerate(kept, 1)
        ]

    def common(self, text: str) -> tuple[str, ...]:
        """The question's terms that stand in many of the passages."""
        return match(self.lexical, text, (), Stages()).common

    def _passage(self, ref: int, pool: Pool, at: int, score: float) -> Passage:
        document, passage = self._passages[int(pool.rows[at])]
        return Passage(
            ref=ref,
            chunk_id=row_id(int(pool.rows[at])),
            edition_id=_NIL,
            document=document,
            title="",
            version="",
            library="evals",
            section=passage.path,
            page=None,
            effective_from=date(2000, 1, 1),
            effective_to=None,
            text=passage.text,
            sha256="",
            score=score,
            dense=float(pool.cosines[at]),
            lexical=float(pool.lexical[at]),
        )
