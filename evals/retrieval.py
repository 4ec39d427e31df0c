"""`python -m evals retrieval --corpus C --queries Q`: the product's search over labelled questions."""

import argparse
import asyncio
import tempfile
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from core.canonical import digest
from core.database import Database
from core.principal import Principal
from deploy import embedded_postgres
from deploy.migrate import prepare
from evals.cases_file import embed_all, open_embedder, progress, read_cases
from evals.retrieval_corpus import Corpus, corpus_of, store_document
from gateway.embeddings import Embedder
from retrieval.dense import MemoryDense
from retrieval.search import Searcher

_DAY = date(2026, 1, 1)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--corpus", type=Path, required=True, help="JSON Lines {id, document, section, text}")
    parser.add_argument("--queries", type=Path, required=True, help="JSON Lines {id, text, relevant: [id]}")
    parser.add_argument("--k", type=int, default=10, help="how many passages count (default 10)")
    parser.add_argument(
        "--noise-acl", type=float, default=0.0, metavar="F", help="F times as many documents that may not be read"
    )
    parser.add_argument("--vectors", type=Path, help="folder to keep the corpus's vectors in between runs")


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Recall and mean average precision at k (trec style) and the time of one search, embedding included."""
    corpus = corpus_of(read_cases(args.corpus))
    if args.vectors is not None:
        args.vectors.mkdir(parents=True, exist_ok=True)
    return asyncio.run(_measure(corpus, read_cases(args.queries), args.k, args.noise_acl, args.vectors))


async def _measure(
    corpus: Corpus, queries: Sequence[dict[str, Any]], k: int, noise: float, folder: Path | None
) -> dict[str, Any]:
    embedder = open_embedder()
    try:
        vectors = await _vectors(embedder, corpus, folder)
        async with scratch_database() as database:
            return await measure(database, embedder, corpus, vectors, queries, k=k, noise=noise)
    finally:
        embedder.close()


async def measure(
    database: Database,
    embedder: Embedder,
    corpus: Corpus,
    vectors: NDArray[np.float32],
    queries: Sequence[dict[str, Any]],
    *,
    k: int,
    noise: float,
    tenant: str = "scratch",
) -> dict[str, Any]:
    """Index the corpus (vectors in its order) for an empty tenant and search it as one who reads all but the noise."""
    names = await _index(database, Principal.system(tenant), corpus, vectors, noise)
    reader = Principal(tenant, "reader", roles=frozenset({"staff"}))
    searcher = Searcher(database, embedder, MemoryDense())
    chunks = await searcher.warm(reader, _DAY)
    recalls: list[float] = []
    precisions: list[float] = []
    times: list[float] = []
    for done, query in enumerate(queries, 1):
        start = time.perf_counter()
        evidence = await searcher.search(reader, query["text"], as_of=_DAY, k=k)
        times.append(1000 * (time.perf_counter() - start))
        found = [names[passage.chunk_id] for passage in evidence.passages]
        recalls.append(recall(found, query["relevant"]))
        precisions.append(average_precision(found, query["relevant"]))
        progress("search", done, len(queries))
    return {
        "recall_at_k": round(float(np.mean(recalls)), 4),
        "map_at_k": round(float(np.mean(precisions)), 4),
        "p50_ms": round(float(np.percentile(times, 50)), 2),
        "p95_ms": round(float(np.percentile(times, 95)), 2),
        "k": k,
        "queries": len(queries),
        "chunks": chunks,
        "unreadable_documents": round(noise * len(corpus)),
    }


def recall(found: Sequence[str], relevant: Sequence[str]) -> float:
    """The share of the relevant passages that were found."""
    return len(set(found) & set(relevant)) / len(set(relevant))


def average_precision(found: Sequence[str], relevant: Sequence[str]) -> float:
    """Precision at each relevant passage found, over the number of relevant passages (trec_eval's map_cut)."""
    wanted, hits, total = set(relevant), 0, 0.0
    for rank, name in enumerate(found, 1):
        if name in wanted:
            hits += 1
            total += hits / rank
    return total / len(wanted)


async def _index(
    database: Database, system: Principal, corpus: Corpus, vectors: NDArray[np.float32], noise: float
) -> dict[UUID, str]:
    """Publish every document, and `noise` times as many copies for another audience; chunk id -> passage id."""
    names: dict[UUID, str] = {}
    documents = list(corpus.items())
    ends = np.cumsum([0, *(len(passages) for _, passages in documents)])
    copies = round(noise * len(documents))
    for number in range(len(documents) + copies):
        at = number % len(documents)
        key, passages = documents[at]
        hidden = number >= len(documents)
        async with database.transaction(system) as tx:
            stored = await store_document(
                tx,
                f"hidden-{number}-{key}" if hidden else key,
                passages,
                vectors[ends[at] : ends[at + 1]],
                ("nobody",) if hidden else ("staff",),
            )
        if not hidden:
            names |= stored
        progress("index", number + 1, len(documents) + copies)
    return names


async def _vectors(embedder: Embedder, corpus: Corpus, folder: Path | None) -> NDArray[np.float32]:
    texts = [passage.text for passages in corpus.values() for passage in passages]
    if folder is None:
        return await embed_all(embedder, texts, label="embed")
    file = folder / f"{digest([embedder.name, texts])}.npy"
    if not file.exists():
        np.save(file, await embed_all(embedder, texts, label="embed"))
    return np.load(file)


@asynccontextmanager
async def scratch_database() -> AsyncGenerator[Database]:
    """An empty migrated database on a server of its own, deleted afterwards."""
    with tempfile.TemporaryDirectory(prefix="cs-") as folder:
        server = embedded_postgres.start(Path(folder) / "pg")
        try:
            urls = server.urls("scratch")
            prepare(urls)
            database = await Database(urls.app).open()
            try:
                yield database
            finally:
                await database.close()
        finally:
            server.stop()
