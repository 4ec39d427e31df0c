"""`python -m evals retrieval --corpus C --queries Q`: the product's search over labelled questions."""

import argparse
import asyncio
import hashlib
import tempfile
import time
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
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
from retrieval.glossary.expander import GlossaryExpander
from retrieval.models import Evidence
from retrieval.search import Searcher
from retrieval.stages import Stage, Stages

Case = dict[str, Any]
_DAY = date(2026, 1, 1)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--corpus", type=Path, required=True, help="JSON Lines {id, document, section, text}")
    parser.add_argument("--queries", type=Path, required=True, help="JSON Lines {id, text, relevant: [id]}")
    parser.add_argument("--k", type=int, default=10, help="how many passages count (default 10)")
    parser.add_argument(
        "--noise-acl", type=float, default=0.0, metavar="F", help="F times as many documents that may not be read"
    )
    parser.add_argument("--vectors", type=Path, help="folder to keep the corpus's vectors in between runs")
    parser.add_argument(
        "--without", action="append", default=[], choices=list(Stage), help="switch a stage off; may be repeated"
    )
    parser.add_argument("--ablations", action="store_true", help="also with each stage switched off in turn")


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Recall and mean average precision at k (trec style) and the time of one search, embedding included."""
    corpus = corpus_of(read_cases(args.corpus))
    return asyncio.run(_measure(corpus, read_cases(args.queries), args))


async def _measure(corpus: Corpus, queries: Sequence[Case], args: argparse.Namespace) -> dict[str, Any]:
    stages = Stages.without(args.without)
    embedder = open_embedder()
    try:
        vectors = await corpus_vectors(embedder, corpus, args.vectors)
        async with scratch_database() as database:
            bench = await prepared(database, embedder, corpus, vectors, noise=args.noise_acl, stages=stages)
            result = await bench.measure(queries, k=args.k)
            if args.ablations:
                result["ablations"] = await _ablations(bench, queries, args.k)
            return result
    finally:
        embedder.close()


async def _ablations(bench: "Bench", queries: Sequence[Case], k: int) -> dict[str, Any]:
    """The same with all stages, with each switched off, and with the simplest search; embeddings are known by now."""
    lists = (Stage.LEXICAL, Stage.PHRASES, Stage.DENSE, Stage.WEIGHTING, Stage.LEARNED, Stage.DIVERSITY)
    single = {f"without {stage}": frozenset({stage}) for stage in (Stage.GLOSSARY, *lists, Stage.NEIGHBOURS)}
    simple = frozenset({Stage.GLOSSARY, Stage.PHRASES, Stage.LEARNED, Stage.DIVERSITY, Stage.NEIGHBOURS})
    variants = {
        "all": frozenset[Stage](),
        **single,
        "without learned and weighting": frozenset({Stage.LEARNED, Stage.WEIGHTING}),
        "words only": simple | {Stage.DENSE},
        "meaning only": simple | {Stage.LEXICAL},
        "words and meaning": simple,
    }
    found: dict[str, Any] = {}
    for name, off in variants.items():
        measured = await bench.without(Stages(off)).measure(queries, k=k)
        found[name] = {key: measured[key] for key in ("recall_at_k", "map_at_k", "p50_cpu_ms")}
    return found


@dataclass(frozen=True, slots=True)
class Bench:
    """A corpus that was indexed, and a searcher over it; `names` are the passages of the readable chunks."""

    database: Database
    embedder: Embedder
    searcher: Searcher
    stages: Stages
    names: Mapping[UUID, str]
    reader: Principal
    hidden: int

    def without(self, stages: Stages) -> "Bench":
        """The same corpus with other stages."""
        return replace(self, searcher=_searcher(self.database, self.embedder, stages, self.searcher), stages=stages)

    async def measure(self, queries: Sequence[Case], *, k: int) -> dict[str, Any]:
        """Ask every question; `results_sha256` is over the passages found, their order and all bits of their scores."""
        chunks = await self.searcher.warm(self.reader, _DAY)
        recalls: list[float] = []
        precisions: list[float] = []
        times: list[tuple[float, float]] = []
        results = hashlib.sha256()
        for done, query in enumerate(queries, 1):
            start = time.perf_counter(), time.process_time()
            evidence = await self.searcher.search(self.reader, query["text"], as_of=_DAY, k=k)
            times.append((time.perf_counter() - start[0], time.process_time() - start[1]))
            results.update(self._line(query, evidence).encode())
            found = [self.names[passage.chunk_id] for passage in evidence.passages if passage.beside is None]
            recalls.append(recall(found, query["relevant"]))
            precisions.append(average_precision(found, query["relevant"]))
            progress("search", done, len(queries))
        wall, cpu = 1000 * np.array(times).T
        return {
            "recall_at_k": round(float(np.mean(recalls)), 4),
            "map_at_k": round(float(np.mean(precisions)), 4),
            "p50_ms": round(float(np.percentile(wall, 50)), 2),
            "p95_ms": round(float(np.percentile(wall, 95)), 2),
            "p50_cpu_ms": round(float(np.percentile(cpu, 50)), 2),
            "k": k,
            "queries": len(queries),
            "chunks": chunks,
            "unreadable_documents": self.hidden,
            "stages": list(self.stages.on),
            "results_sha256": results.hexdigest(),
        }

    def _line(self, query: Case, evidence: Evidence) -> str:
        """A question's passages in order, floats by all their bits; chunk ids differ between runs, names do not."""
        parts = [str(query["id"]), str(evidence.candidates)]
        for passage in evidence.passages:
            scores = (passage.score.hex(), passage.dense.hex(), passage.lexical.hex())
            parts += [self.names[passage.chunk_id], str(passage.beside), *scores]
        return " ".join(parts) + "\n"


async def prepared(
    database: Database,
    embedder: Embedder,
    corpus: Corpus,
    vectors: NDArray[np.float32],
    *,
    noise: float = 0.0,
    stages: Stages | None = None,
    tenant: str = "scratch",
) -> Bench:
    """Index the corpus (vectors in its order) for an empty tenant, for one who reads all but the noise."""
    stages = stages or Stages()
    names = await _index(database, Principal.system(tenant), corpus, vectors, noise)
    return Bench(
        database=database,
        embedder=embedder,
        searcher=_searcher(database, embedder, stages),
        stages=stages,
        names=names,
        reader=Principal(tenant, "reader", roles=frozenset({"staff"})),
        hidden=round(noise * len(corpus)),
    )


def _searcher(database: Database, embedder: Embedder, stages: Stages, like: Searcher | None = None) -> Searcher:
    views = None if like is None else like.views
    expander = GlossaryExpander(database)
    return Searcher(database, embedder, MemoryDense(), expander=expander, stages=stages, views=views)


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


async def corpus_vectors(embedder: Embedder, corpus: Corpus, folder: Path | None) -> NDArray[np.float32]:
    """The vectors of the passages, in the corpus's order; kept in the folder, where one is given."""
    texts = [passage.text for passages in corpus.values() for passage in passages]
    if folder is None:
        return await embed_all(embedder, texts, label="embed")
    file = _kept(folder, digest([embedder.name, texts]))
    if not file.exists():
        np.save(file, await embed_all(embedder, texts, label="embed"))
    return np.load(file)


def _kept(folder: Path, name: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"{name}.npy"


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
