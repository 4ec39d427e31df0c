"""`python -m evals abstention --corpus C --queries Q [--off-topic T]`: does the assistant know when to stop?

Each question is weighed twice, with its relevant passages present and taken away, by the real decision of
`guardrails.sufficiency` at its shipped thresholds. Ranking is the product's own (`retrieval.lexical`, `fusion`,
`distinct`) over an index in memory; `--sample` bounds the questions, `--dump` writes the features for fitting.
"""

import argparse
import asyncio
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from evals.cases_file import embed_all, open_embedder, progress, read_cases
from evals.logistic import auroc
from guardrails.sufficiency import assess, features
from retrieval.fusion import distinct, fuse
from retrieval.lexical import LexicalIndex, lexical_block
from retrieval.models import Passage
from retrieval.thresholds import FUSION

_NIL = UUID(int=0)
_K = 10


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--corpus", type=Path, required=True, help="JSON Lines {id, document, section, text}")
    parser.add_argument("--queries", type=Path, required=True, help="JSON Lines {id, text, relevant: [id]}")
    parser.add_argument("--off-topic", type=Path, help="JSON Lines {text}; cases labelled in_scope are left out")
    parser.add_argument("--sample", type=int, default=0, help="weigh this many questions only (seeded choice)")
    parser.add_argument("--dump", type=Path, help="write features and labels as .npz")


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Shares answered with and without the relevant passages, the area between them, and off-topic answers."""
    return asyncio.run(_measure(args))


class Corpus:
    """Passages in memory with both indexes."""

    def __init__(self, rows: Sequence[dict[str, Any]], vectors: NDArray[np.float32]) -> None:
        self._rows = rows
        self._vectors = vectors
        self._lexical = LexicalIndex([lexical_block("", [((str(r["section"]),), r["text"]) for r in rows])])
        self.place = {row["id"]: i for i, row in enumerate(rows)}

    def find(self, text: str, vector: NDArray[np.float32], without: Sequence[int] = ()) -> list[Passage]:
        """The ten best passages, those at the places `without` taken away."""
        dense = np.einsum("ij,j->i", self._vectors, vector)
        lexical = self._lexical.scores(text)
        fused = fuse(lexical, dense, self._lexical.lengths, self._lexical.ceiling(text))
        fused[list(without)] = -1.0
        best = [int(at) for at in np.argsort(-fused, kind="stable")[: _K + FUSION.spare]]
        kept = [best[at] for at in distinct([self._rows[at]["text"] for at in best], _K)]
        return [
            self._passage(ref, at, float(fused[at]), float(dense[at]), float(lexical[at]))
            for ref, at in enumerate(kept, 1)
        ]

    def _passage(self, ref: int, at: int, score: float, dense: float, lexical: float) -> Passage:
        row = self._rows[at]
        return Passage(
            ref=ref,
            chunk_id=_NIL,
            edition_id=_NIL,
            document=str(row["document"]),
            title="",
            version="",
            library="evals",
            section=(str(row["section"]),),
            page=None,
            effective_from=date(2000, 1, 1),
            effective_to=None,
            text=row["text"],
            sha256="",
            score=score,
            dense=dense,
            lexical=lexical,
        )


async def _measure(args: argparse.Namespace) -> dict[str, Any]:
    rows, queries = read_cases(args.corpus), read_cases(args.queries)
    if args.sample:
        queries = Random(0).sample(queries, min(args.sample, len(queries)))  # noqa: S311 - a seeded choice of cases
    strangers = [c for c in read_cases(args.off_topic) if c.get("label") != "in_scope"] if args.off_topic else []
    embedder = open_embedder()
    corpus = Corpus(rows, await embed_all(embedder, [row["text"] for row in rows], label="corpus"))
    asked = await embed_all(embedder, [query["text"] for query in queries], label="questions")
    off = await embed_all(embedder, [case["text"] for case in strangers], label="off-topic")
    embedder.close()
    found: list[list[Passage]] = []
    for done, (query, vector) in enumerate(zip(queries, asked, strict=True), 1):
        gold = [corpus.place[i] for i in query["relevant"] if i in corpus.place]
        found += [corpus.find(query["text"], vector), corpus.find(query["text"], vector, gold)]
        progress("weighing", done, len(queries))
    texts = [query["text"] for query in queries for _ in range(2)]
    verdicts = [assess(text, passages) for text, passages in zip(texts, found, strict=True)]
    present = np.arange(len(verdicts)) % 2 == 0
    evidence = np.asarray([verdict.evidence for verdict in verdicts])
    answered = np.asarray([bool(verdict) for verdict in verdicts])
    if args.dump:
        x = np.asarray([list(features(text, passages).values()) for text, passages in zip(texts, found, strict=True)])
        np.savez(args.dump, x=x, present=present)
    wrong = [bool(assess(c["text"], corpus.find(c["text"], v))) for c, v in zip(strangers, off, strict=True)]
    return {
        "questions": len(queries),
        "answered_with": float(answered[present].mean()),
        "answered_without": float(answered[~present].mean()),
        "auroc": auroc(evidence, present),
        "off_topic_answered": float(np.mean(wrong)) if wrong else None,
    }
