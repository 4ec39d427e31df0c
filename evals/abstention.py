"""`python -m evals abstention --corpus C --queries Q [--off-topic T]`: does the assistant know when to stop?

Each question is weighed twice, with its relevant passages present and taken away, by the real decision of
`guardrails.sufficiency` at its shipped thresholds. Ranking is the product's own, stage by stage, over an index in
memory (`evals.memory_shelf`); `--sample` bounds the questions, `--dump` writes the features for fitting.
"""

import argparse
import asyncio
from pathlib import Path
from random import Random
from typing import Any

import numpy as np

from evals.cases_file import embed_all, open_embedder, progress, read_cases
from evals.logistic import auroc
from evals.memory_shelf import GLOSSARY, MemoryShelf
from evals.retrieval import corpus_vectors
from evals.retrieval_corpus import corpus_of
from guardrails.sufficiency import assess, features
from retrieval.models import Passage

_K = 10


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--corpus", type=Path, required=True, help="JSON Lines {id, document, section, text}")
    parser.add_argument("--queries", type=Path, required=True, help="JSON Lines {id, text, relevant: [id]}")
    parser.add_argument("--off-topic", type=Path, help="JSON Lines {text}; cases labelled in_scope are left out")
    parser.add_argument("--sample", type=int, default=0, help="weigh this many questions only (seeded choice)")
    parser.add_argument("--vectors", type=Path, help="folder to keep the corpus's vectors in between runs")
    parser.add_argument("--dump", type=Path, help="write features and labels as .npz")


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Shares answered with and without the relevant passages, the area between them, and off-topic answers."""
    return asyncio.run(_measure(args))


async def _measure(args: argparse.Namespace) -> dict[str, Any]:
    documents, queries = corpus_of(read_cases(args.corpus)), read_cases(args.queries)
    if args.sample:
        queries = Random(0).sample(queries, min(args.sample, len(queries)))  # noqa: S311 - a seeded choice of cases
    strangers = [c for c in read_cases(args.off_topic) if c.get("label") != "in_scope"] if args.off_topic else []
    embedder = open_embedder()
    corpus = MemoryShelf(documents, await corpus_vectors(embedder, documents, args.vectors))
    asked = await embed_all(embedder, [_meant(query) for query in queries], label="questions")
    off = await embed_all(embedder, [_meant(case) for case in strangers], label="off-topic")
    embedder.close()
    found: list[list[Passage]] = []
    for done, (query, vector) in enumerate(zip(queries, asked, strict=True), 1):
        gold = [corpus.place[i] for i in query["relevant"] if i in corpus.place]
        found += [corpus.find(query["text"], vector, _K), corpus.find(query["text"], vector, _K, gold)]
        progress("weighing", done, len(queries))
    texts = [query["text"] for query in queries for _ in range(2)]
    verdicts = [assess(text, passages) for text, passages in zip(texts, found, strict=True)]
    present = np.arange(len(verdicts)) % 2 == 0
    evidence = np.asarray([verdict.evidence for verdict in verdicts])
    answered = np.asarray([bool(verdict) for verdict in verdicts])
    if args.dump:
        x = np.asarray([list(features(text, passages).values()) for text, passages in zip(texts, found, strict=True)])
        np.savez(args.dump, x=x, present=present)
    wrong = [bool(assess(c["text"], corpus.find(c["text"], v, _K))) for c, v in zip(strangers, off, strict=True)]
    return {
        "questions": len(queries),
        "answered_with": float(answered[present].mean()),
        "answered_without": float(answered[~present].mean()),
        "auroc": auroc(evidence, present),
        "off_topic_answered": float(np.mean(wrong)) if wrong else None,
    }


def _meant(case: dict[str, Any]) -> str:
    """The question as the product embeds it."""
    return GLOSSARY.expand(case["text"]).text
