"""The retrieval task over a corpus of our own, through the product's search."""

import uuid
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from core.database import Database
from evals.retrieval import average_precision, prepared, recall
from evals.retrieval_corpus import CorpusPassage, corpus_of
from retrieval.stages import Stage, Stages
from tests.retrieval.shelf import embed

ROWS = [
    {"id": "a|1", "document": "a", "section": "1.", "text": "ERRORS"},
    {"id": "a|1.1", "document": "a", "section": "1.1", "text": "Error notices\nof customers"},
    {
        "id": "a|1.1.(1)",
        "document": "a",
        "section": "1.1.(1)",
        "text": "A bank must answer an error notice in ten days.",
    },
    {"id": "a|1.1.(1).(a)", "document": "a", "section": "1.1.(1).(a)", "text": "A new account has twenty days."},
    {"id": "b|7)", "document": "b", "section": "7)", "text": "A lost card costs its holder at most fifty dollars."},
]
QUERIES = [
    {"id": "q1", "text": "how long to answer an error notice", "relevant": ["a|1.1.(1)"]},
    {"id": "q2", "text": "what does a lost card cost", "relevant": ["b|7)", "a|1"]},
]


class WordEmbedder:
    name = "words"
    dimension = 384

    async def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return embed(texts)

    def close(self) -> None:
        return None


def test_headings_above_a_passage_make_its_path():
    assert corpus_of(ROWS) == {
        "a": [
            CorpusPassage("a|1", "ERRORS", ("1.",)),
            CorpusPassage("a|1.1", "Error notices\nof customers", ("ERRORS", "1.1")),
            CorpusPassage("a|1.1.(1)", ROWS[2]["text"], ("ERRORS", "Error notices", "1.1.(1)")),
            CorpusPassage("a|1.1.(1).(a)", ROWS[3]["text"], ("ERRORS", "Error notices", "1.1.(1).(a)")),
        ],
        "b": [CorpusPassage("b|7)", ROWS[4]["text"], ("7)",))],
    }


async def figures(database: Database, *, noise: float = 0.0, stages: Stages | None = None) -> dict[str, Any]:
    tenant = f"scratch-{uuid.uuid4().hex[:8]}"
    vectors = embed([row["text"] for row in ROWS])
    bench = await prepared(
        database, WordEmbedder(), corpus_of(ROWS), vectors, noise=noise, stages=stages, tenant=tenant
    )
    return await bench.measure(QUERIES, k=3)


@pytest.mark.parametrize("noise", [0.0, 2.0])
async def test_figures_do_not_depend_on_what_may_not_be_read(database: Database, noise: float):
    report = await figures(database, noise=noise)
    times = (report.pop("p50_ms"), report.pop("p95_ms"))
    assert 0.0 < times[0] <= times[1]
    assert report.pop("p50_cpu_ms") > 0.0
    assert len(report.pop("results_sha256")) == 64
    assert report == {
        "recall_at_k": 0.75,
        "map_at_k": 0.75,
        "k": 3,
        "queries": 2,
        "chunks": 5,
        "unreadable_documents": round(noise * 2),
        "stages": list(Stage),
    }


async def test_the_digest_is_the_same_beside_hidden_documents_and_another_without_a_stage(database: Database):
    alone, beside = await figures(database), await figures(database, noise=3.0)
    without = await figures(database, stages=Stages.without(["phrases"]))
    assert alone["results_sha256"] == beside["results_sha256"] != without["results_sha256"]
    assert "phrases" not in without["stages"]


def test_measures_as_trec_eval_counts_them():
    assert recall(["a", "b", "c"], ["a", "c", "x"]) == pytest.approx(2 / 3)
    assert average_precision(["a", "b", "c"], ["a", "c", "x"]) == pytest.approx((1 + 2 / 3) / 3)
    assert average_precision(["b"], ["a"]) == 0.0
