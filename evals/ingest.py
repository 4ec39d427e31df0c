"""`python -m evals ingest`: how fast and in how much memory files come in, and what questions notice of it."""

import argparse
import asyncio
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import numpy as np

from core.database import Database
from core.principal import Principal
from evals.cases_file import MODEL_DIR, open_embedder, own_examples
from evals.errors import CannotMeasure
from evals.ingesting.document import write_manual
from evals.ingesting.run import TENANT, Ingested, ingest
from evals.retrieval import scratch_database
from gateway.embeddings import OnnxEmbedder
from jobs.assembly import available_cores
from retrieval.dense import MemoryDense
from retrieval.search import Searcher

GATE: Final = 0.8
_WITHIN_S: Final = 3600.0
_PAUSE_S: Final = 0.05


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--files", type=Path, nargs="+", default=[], metavar="PATH", help="take these in (default: made-up manuals)"
    )
    parser.add_argument("--rounds", type=int, default=2, help="both sides by turns, so often (default 2)")
    parser.add_argument("--threads", type=int, default=0, help="texts embedded at once (default: one a core)")
    parser.add_argument(
        "--pages", type=int, nargs="*", default=[], metavar="N", help="also the memory for a manual of N pages"
    )
    parser.add_argument("--no-questions", action="store_true", help="leave out what questions notice")


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Chunks a second of `python -m jobs ingest` (parse, chunk, embed, store, publish) and of the embedder alone over
    the same texts with as many threads, by turns; exit 1 below four fifths."""
    threads: int = args.threads or available_cores()
    missing = [str(path) for path in args.files if not path.exists()]
    if missing:
        raise CannotMeasure(f"there is no {missing[0]}")
    with tempfile.TemporaryDirectory(prefix="cs-manuals-") as folder:
        return asyncio.run(_measure(args, Path(folder), threads))


async def _measure(args: argparse.Namespace, folder: Path, threads: int) -> dict[str, Any]:
    rounds = [await _round(args.files or _manuals(folder), threads) for _ in range(args.rounds)]
    ratio = float(np.median([each["ratio"] for each in rounds]))
    result: dict[str, Any] = {
        "threads": threads,
        "chunks": rounds[0]["chunks"],
        "chunks_per_s": round(float(np.median([each["chunks_per_s"] for each in rounds])), 2),
        "embedder_chunks_per_s": round(float(np.median([each["embedder_chunks_per_s"] for each in rounds])), 2),
        "ratio": round(ratio, 3),
        "cpu_ratio": round(float(np.median([each["cpu_ratio"] for each in rounds])), 3),
        "rounds": rounds,
        "gate_passed": ratio >= GATE,
    }
    if args.pages:
        result["memory"] = [await _memory(folder, pages, threads) for pages in args.pages]
    if not args.no_questions:
        result["questions"] = await _questions(folder, threads)
    return result


def _manuals(folder: Path) -> list[Path]:
    """Five files of unlike lengths, so that the end of one overlaps the beginning of the next."""
    files = [folder / f"manual-{pages}.pdf" for pages in (60, 5, 30, 10, 45)]
    for seed, file in enumerate(files):
        write_manual(file, int(file.stem.rpartition("-")[2]), seed)
    return files


async def _round(files: Sequence[Path], threads: int) -> dict[str, Any]:
    """Both sides once, each alone on the machine's cores as far as it is up to us."""
    async with scratch_database() as database:
        whole = await ingest(database, files, threads=threads, within_s=_WITHIN_S)
    seconds, cpu_s = await _alone(whole.texts, threads)
    chunks = len(whole.texts)
    return {
        "chunks": chunks,
        "chunks_per_s": round(chunks / whole.seconds, 2),
        "embedder_chunks_per_s": round(chunks / seconds, 2),
        "ratio": round(seconds / whole.seconds, 3),
        "cpu_ratio": round(cpu_s / whole.cpu_s, 3),
        "reader_mb": round(whole.reader_mb),
        "parser_mb": round(whole.parser_mb),
    }


async def _alone(texts: Sequence[str], threads: int) -> tuple[float, float]:
    """Wall and processor seconds of the embedder alone."""
    embedder = OnnxEmbedder(MODEL_DIR, threads=threads, background=True)
    try:
        await embedder.embed(["Warm up."] * threads)
        begun, cpu = time.perf_counter(), time.process_time()
        await embedder.embed(texts)
        return time.perf_counter() - begun, time.process_time() - cpu
    finally:
        embedder.close()


async def _memory(folder: Path, pages: int, threads: int) -> dict[str, Any]:
    """The most that reader and parser held for one manual of so many pages."""
    file = folder / f"pages-{pages}.pdf"
    await asyncio.to_thread(write_manual, file, pages, pages)
    async with scratch_database() as database:
        whole = await ingest(database, [file], threads=threads, within_s=_WITHIN_S)
    return {
        "pages": pages,
        "file_mb": round(file.stat().st_size / 2**20, 1),
        "chunks": len(whole.texts),
        "reader_mb": round(whole.reader_mb),
        "parser_mb": round(whole.parser_mb),
        "seconds": round(whole.seconds, 1),
    }


@dataclass(slots=True)
class _Asking:
    """A process of questions: the search of the product over what is in force, its embedder apart from the reader's."""

    searcher: Searcher
    reader: Principal
    asked: int = 0

    async def once(self) -> float:
        """Ask something never asked before; milliseconds."""
        self.asked += 1
        question = f"{_QUESTIONS[self.asked % len(_QUESTIONS)]} ({self.asked})"
        begun = time.perf_counter()
        await self.searcher.search(self.reader, question, as_of=datetime.now(UTC).date())
        return 1000 * (time.perf_counter() - begun)

    async def during(self, seconds: float) -> list[float]:
        until = time.perf_counter() + seconds
        times: list[float] = []
        while time.perf_counter() < until:
            times.append(await self.once())
            await asyncio.sleep(_PAUSE_S)
        return times


_QUESTIONS: Final = own_examples("policy_questions")


async def _questions(folder: Path, threads: int) -> dict[str, Any]:
    """The time of a search with its embedding, at rest and while a long manual comes in."""
    first, long = folder / "known.pdf", folder / "long.pdf"
    await asyncio.to_thread(write_manual, first, 20, 101)
    await asyncio.to_thread(write_manual, long, 80, 102)
    embedder = open_embedder()
    try:
        async with scratch_database() as database:
            await ingest(database, [first], threads=threads, within_s=_WITHIN_S)
            asking = _Asking(_searcher(database, embedder), Principal(TENANT, "reader", roles=frozenset({"staff"})))
            await asking.during(2)
            before = await asking.during(10)
            busy, whole = await _while_it_comes_in(asking, database, long, threads)
            after = await asking.during(10)
    finally:
        embedder.close()
    idle = [*before, *after]
    return {
        "idle_p50_ms": _centile(idle, 50),
        "idle_p95_ms": _centile(idle, 95),
        "busy_p50_ms": _centile(busy, 50),
        "busy_p95_ms": _centile(busy, 95),
        "p50_ratio": round(_centile(busy, 50) / _centile(idle, 50), 2),
        "p95_ratio": round(_centile(busy, 95) / _centile(idle, 95), 2),
        "asked_meanwhile": len(busy),
        "chunks_per_s_meanwhile": round(len(whole.texts) / whole.seconds, 2),
    }


def _searcher(database: Database, embedder: OnnxEmbedder) -> Searcher:
    return Searcher(database, embedder, MemoryDense())


async def _while_it_comes_in(
    asking: _Asking, database: Database, file: Path, threads: int
) -> tuple[list[float], Ingested]:
    coming = asyncio.create_task(ingest(database, [file], threads=threads, within_s=_WITHIN_S))
    times: list[float] = []
    while not coming.done():
        times += await asking.during(1)
    return times[len(times) // 10 :], await coming


def _centile(times: Sequence[float], centile: int) -> float:
    return round(float(np.percentile(times, centile)), 2)
