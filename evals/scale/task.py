"""`python -m evals scale`: search over ten thousand, a hundred thousand and a million chunks, by small and large
audiences: its times, its memory, and whether it finds what an exact search finds."""

import argparse
import asyncio
import multiprocessing
import tempfile
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

from core.canonical import digest
from core.database import Database
from core.principal import Principal
from deploy import embedded_postgres
from deploy.migrate import prepare
from evals.cases_file import embed_all, open_embedder, progress, read_cases
from evals.scale.corpus import Made, Vectors
from evals.scale.plot import plot
from evals.scale.probe import Plan, probe
from evals.scale.store import store_editions, stored_editions

_DATA = Path("../shared/data/retrieval")
_BATCH_CHUNKS = 5_000
_QUERIES = 200


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--chunks", type=int, nargs="+", default=[10_000, 100_000], help="how many; several one by one")
    parser.add_argument("--corpus", type=Path, default=_DATA / "obliqa-corpus.jsonl.gz", help="real chunks {text}")
    parser.add_argument("--queries", type=Path, default=_DATA / "obliqa-dev.jsonl", help="questions {text}")
    parser.add_argument("--vectors", type=Path, help="folder to keep the real texts' vectors in between runs")
    parser.add_argument("--folder", type=Path, help="keep the database here, and go on with what it has")
    parser.add_argument("--svg", type=Path, help="draw how the times grow to this file")


def run(args: argparse.Namespace) -> dict[str, Any]:
    """The figures by number of chunks."""
    texts = [str(row["text"]) for row in read_cases(args.corpus)]
    asked = [str(row["text"]) for row in read_cases(args.queries)]
    chosen: list[int] = np.random.default_rng(5).permutation(len(asked))[:_QUERIES].tolist()
    queries = [asked[at] for at in chosen]
    if args.folder is not None:
        return _measure(args, texts, queries, args.folder)
    with tempfile.TemporaryDirectory(prefix="cs-") as folder:
        return _measure(args, texts, queries, Path(folder))


def _measure(args: argparse.Namespace, texts: Sequence[str], queries: Sequence[str], folder: Path) -> dict[str, Any]:
    kept = args.vectors if args.vectors is not None else folder
    kept.mkdir(parents=True, exist_ok=True)
    folder.mkdir(parents=True, exist_ok=True)
    vectors, _ = asyncio.run(_embedded(texts, kept))
    questions, questions_file = asyncio.run(_embedded(queries, kept))
    assert len(questions) == len(queries)
    server = embedded_postgres.start(folder / "pg")
    try:
        urls = server.urls("scale")
        prepare(urls)
        found: dict[str, Any] = {}
        for chunks in args.chunks:
            made = Made(texts, vectors, chunks)
            plan = Plan(
                url=urls.app,
                tenant=f"scale-{chunks}",
                vectors=folder / f"{chunks}.vectors",
                ids=folder / f"{chunks}.ids",
                per_edition=made.per_edition,
                count=made.chunks,
                queries=queries,
                questions=questions_file,
            )
            asyncio.run(_fill(plan, made))
            asyncio.run(_count_rows(urls.owner))
            found[str(made.chunks)] = _apart(plan)
    finally:
        server.stop()
    if args.svg is not None:
        args.svg.write_text(plot(found), encoding="utf-8")
    return {"sizes": found, "queries": len(queries), "corpus": len(texts)}


def _apart(plan: Plan) -> dict[str, Any]:
    """Measured in a process of its own, so that memory is that of one search process."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return pool.submit(probe, plan).result()


async def _embedded(texts: Sequence[str], folder: Path) -> tuple[Vectors, Path]:
    embedder = open_embedder()
    try:
        file = folder / f"{digest([embedder.name, list(texts)])}.npy"
        if not file.exists():
            np.save(file, await embed_all(embedder, texts, label="embed"))
        return np.load(file), file
    finally:
        embedder.close()


async def _fill(plan: Plan, made: Made) -> None:
    """Store what the tenant lacks yet; each edition's vectors and ids go to the files too, for the reference."""
    system = Principal.system(plan.tenant)
    database = await Database(plan.url).open()
    try:
        async with database.transaction(system) as tx:
            done = await stored_editions(tx)
        step = max(1, _BATCH_CHUNKS // made.per_edition)
        with (
            _at(plan.vectors, done * made.per_edition * 4 * 384) as vectors,
            _at(plan.ids, done * made.per_edition * 16) as ids,
        ):
            for first in range(done, made.editions, step):
                batch = [made.edition(number) for number in range(first, min(first + step, made.editions))]
                for edition in batch:
                    vectors.write(edition.vectors.tobytes())
                    ids.write(edition.chunk_ids.tobytes())
                vectors.flush()
                ids.flush()
                async with database.transaction(system) as tx:
                    await store_editions(tx, batch)
                progress(f"store {made.chunks}", first + len(batch), made.editions)
    finally:
        await database.close()


async def _count_rows(owner_url: str) -> None:
    """What the server does by itself some minutes after much has come: without it, it plans for empty tables."""
    database = await Database(owner_url).open()
    try:
        async with database.connect() as conn:
            await conn.execute("ANALYZE")
    finally:
        await database.close()


def _at(path: Path, position: int) -> Any:
    file = path.open("r+b" if path.exists() else "w+b")
    file.truncate(position)
    file.seek(position)
    return file
