"""`python -m evals abstention --corpus C --queries Q [--off-topic T]`: does the assistant know when to stop?

Each question is weighed twice, with its relevant passages present and taken away, by the real decision of
`guardrails.sufficiency` at its shipped thresholds. Ranking is the product's own, stage by stage, over an index in
memory (`evals.memory_shelf`); `--sample` bounds the questions.
"""

import argparse
import asyncio
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evals.cases_file import embed_all, open_embedder, progress, read_cases
from evals.logistic import auroc
from evals.memory_shelf import GLOSSARY, MemoryShelf, row_id
from evals.retrieval import corpus_vectors
from evals.retrieval_corpus import corpus_of
from guardrails.risk import Kind, Risk, weigh_risk
from guardrails.sufficiency import Sufficiency, assess, features
from retrieval.models import Passage

_K = 10


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--corpus", type=Path, required=True, help="JSON Lines {id, document, section, text}")
    parser.add_argument("--queries", type=Path, required=True, help="JSON Lines {id, text, relevant: [id]}")
    parser.add_argument("--off-topic", type=Path, help="JSON Lines {text}; cases labelled in_scope are left out")
    parser.add_argument("--sample", type=int, default=0, help="weigh this many questions only (seeded choice)")
    parser.add_argument("--vectors", type=Path, help="folder to keep the corpus's vectors in between runs")


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Shares answered with and without the relevant passages, the area between them, and off-topic answers."""
    cases, strangers = asyncio.run(weighing_cases(args))
    verdicts = [case.assessed() for case in cases]
    present = np.asarray([case.present for case in cases])
    evidence = np.asarray([verdict.evidence for verdict in verdicts])
    answered = np.asarray([bool(verdict) for verdict in verdicts])
    wrong = [bool(case.assessed()) for case in strangers]
    risks = np.asarray([case.risk.value for case in cases])
    return {
        "questions": len(cases) // 2,
        "answered_with": float(answered[present].mean()),
        "answered_without": float(answered[~present].mean()),
        "auroc": auroc(evidence, present),
        "off_topic_answered": float(np.mean(wrong)) if wrong else None,
        "by_risk": {
            risk.value: {
                "questions": int((risks == risk.value).sum()) // 2,
                "answered_with": _share(answered[present & (risks == risk.value)]),
                "answered_without": _share(answered[~present & (risks == risk.value)]),
            }
            for risk in Risk
        },
    }


def _share(answered: NDArray[np.bool_]) -> float | None:
    return float(answered.mean()) if len(answered) else None


@dataclass(frozen=True, slots=True)
class WeighingCase:
    """A question with what search found for it, its relevant passages `present` in the corpus or not."""

    text: str
    found: list[Passage]
    common: tuple[str, ...]
    present: bool
    holds: bool = False
    """Whether a relevant passage is among those found: then they answer."""
    document: str = ""
    """The document of the first relevant passage; questions over one document are neighbours."""

    @property
    def risk(self) -> Risk:
        """As a question about the documents."""
        return weigh_risk(self.text, Kind.POLICY_QUESTION).risk

    def assessed(self) -> Sufficiency:
        """The product's decision, as strict as the question's risk demands."""
        return assess(self.text, self.found, GLOSSARY.expand(self.text).expansions, self.common, self.risk)

    def features(self) -> dict[str, float]:
        """What it decides by."""
        return features(self.text, self.found, GLOSSARY.expand(self.text).expansions, self.common)


async def weighing_cases(args: argparse.Namespace) -> tuple[list[WeighingCase], list[WeighingCase]]:
    """Each question twice, with its relevant passages and without; and the off-topic ones."""
    documents, queries = corpus_of(read_cases(args.corpus)), read_cases(args.queries)
    if args.sample:
        queries = Random(0).sample(queries, min(args.sample, len(queries)))  # noqa: S311 - a seeded choice of cases
    strangers = [c for c in read_cases(args.off_topic) if c.get("label") != "in_scope"] if args.off_topic else []
    embedder = open_embedder()
    shelf = MemoryShelf(documents, await corpus_vectors(embedder, documents, args.vectors))
    asked = await embed_all(embedder, [_meant(query) for query in queries], label="questions")
    off = await embed_all(embedder, [_meant(case) for case in strangers], label="off-topic")
    embedder.close()
    cases: list[WeighingCase] = []
    for done, (query, vector) in enumerate(zip(queries, asked, strict=True), 1):
        gold = [shelf.place[i] for i in query["relevant"] if i in shelf.place]
        text, common = query["text"], shelf.common(query["text"])
        document = shelf.document(gold[0]) if gold else ""
        found, ids = shelf.find(text, vector, _K), {row_id(row) for row in gold}
        holds = any(passage.chunk_id in ids for passage in found)
        cases += [
            WeighingCase(text, found, common, True, holds, document),
            WeighingCase(text, shelf.find(text, vector, _K, gold), common, False, False, document),
        ]
        progress("search", done, len(queries))
    return cases, [
        WeighingCase(c["text"], shelf.find(c["text"], v, _K), shelf.common(c["text"]), present=False)
        for c, v in zip(strangers, off, strict=True)
    ]


def _meant(case: dict[str, Any]) -> str:
    """The question as the product embeds it."""
    return GLOSSARY.expand(case["text"]).text
