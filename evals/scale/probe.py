"""What one process needs to search a tenant, in a process of its own: its memory is then that of search alone."""

import asyncio
import time
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.database import Database
from core.principal import Principal
from evals.cases_file import open_embedder
from evals.errors import CannotMeasure
from evals.retrieval_corpus import CorpusPassage, store_document
from evals.scale.corpus import AUDIENCES, NEWCOMER, role
from retrieval.access import Scope
from retrieval.dense import MemoryDense, SqlDense
from retrieval.documents.store import editions_of
from retrieval.editions.store import withdraw_edition
from retrieval.index.cache import DEFAULT_BYTES, Views
from retrieval.search import Searcher

DAY = date(2026, 1, 1)
_AT_ONCE = 4
_SQL_QUERIES = 20
_SLICE = 65_536
_EQUAL = 1e-6
Vectors = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Plan:
    """What to measure: a tenant, whose vectors lie in a file in the order of its editions, and the questions."""

    url: str
    tenant: str
    vectors: Path
    ids: Path
    per_edition: int
    count: int
    queries: Sequence[str]
    questions: Path
    cache_bytes: int = DEFAULT_BYTES


class Ready:
    """An embedder whose vectors are there already: what search costs without embedding."""

    def __init__(self, vectors: dict[str, Vectors]) -> None:
        self._vectors = vectors

    async def embed(self, texts: Sequence[str]) -> Vectors:
        return np.stack([self._vectors[text] for text in texts])


def probe(plan: Plan) -> dict[str, Any]:
    """The figures of one tenant."""
    return asyncio.run(_probe(plan))


async def _probe(plan: Plan) -> dict[str, Any]:
    database = await Database(plan.url).open()
    try:
        vectors = np.load(plan.questions)
        ready = Ready(dict(zip(plan.queries, vectors, strict=True)))
        found: dict[str, Any] = {"memory_before_mb": _memory()}
        found |= await _growth(plan, database, ready)
        found["audiences"] = {
            name: await _audience(plan, database, _person(plan, name), name, ready) for name in AUDIENCES
        }
        return found
    finally:
        await database.close()


async def _growth(plan: Plan, database: Database, ready: Ready) -> dict[str, Any]:
    """How long the first search of each audience takes in a fresh process, the smallest first, and what stays held."""
    searcher = Searcher(database, ready, MemoryDense(), cache_bytes=plan.cache_bytes)
    cold = {name: await _timed(_search(searcher, _person(plan, name), plan.queries[0])) for name in AUDIENCES}
    held = _memory()
    newcomer = Principal(plan.tenant, "newcomer", roles=frozenset({NEWCOMER}))
    found = {
        "first_search_s": cold,
        "first_search_of_new_audience_ms": 1000 * await _timed(_search(searcher, newcomer, plan.queries[0])),
        "memory_mb": held,
        "peak_memory_mb": _memory("VmHWM"),
    }
    return found | await _change(plan, database, searcher)


async def _change(plan: Plan, database: Database, searcher: Searcher) -> dict[str, Any]:
    """The first search of all chunks after an edition came, and after it went."""
    system, everyone = Principal.system(plan.tenant), _person(plan, "100 %")
    key = f"late-{time.time_ns()}"
    passages = [CorpusPassage(str(n), f"{plan.queries[0]} Note {n}.", ("Late",)) for n in range(10)]
    async with database.transaction(system) as tx:
        vector = np.full((10, 384), 384**-0.5, dtype=np.float32)
        await store_document(tx, key, passages, vector, (role("100 %"),))
        edition = (await editions_of(tx, key))[0].edition_id
    came = await _timed(_search(searcher, everyone, plan.queries[0]))
    async with database.transaction(system) as tx:
        await withdraw_edition(tx, edition)
    went = await _timed(_search(searcher, everyone, plan.queries[0]))
    return {"first_search_after_change_ms": [1000 * came, 1000 * went]}


async def _audience(plan: Plan, database: Database, person: Principal, name: str, ready: Ready) -> dict[str, Any]:
    """Times of searches with and without embedding, alone and several at once, and whether the nearest are found."""
    searcher = Searcher(database, ready, MemoryDense(), cache_bytes=plan.cache_bytes)
    chunks = await searcher.warm(person, DAY)
    half = len(plan.queries) // 2
    without = await _times(searcher, person, plan.queries[:half])
    embedder = open_embedder()  # a new one, which has answered none of these questions yet
    try:
        fresh = Searcher(database, embedder, MemoryDense(), cache_bytes=plan.cache_bytes)
        fresh._views = searcher._views  # what it holds has been measured; nothing is held twice
        alone = await _times(fresh, person, plan.queries[half:])
    finally:
        embedder.close()
    return {
        "chunks": chunks,
        "without_embedding": without,
        "with_embedding": alone,
        "at_once": await _together(searcher, person, plan.queries[:half]),
        "recall_at_10": await _recall(plan, searcher._views, person, name, ready),
        "pgvector": await _sql(plan, database, person, ready),
    }


async def _times(searcher: Searcher, person: Principal, queries: Sequence[str]) -> dict[str, float]:
    """Milliseconds on the clock, and of this process's own work, which neighbours on the machine disturb less."""
    clock: list[float] = []
    work: list[float] = []
    for query in queries:
        started, used = time.perf_counter(), time.process_time()
        await _search(searcher, person, query)
        clock.append(1000 * (time.perf_counter() - started))
        work.append(1000 * (time.process_time() - used))
    return {**_percentiles("ms", clock), **_percentiles("cpu_ms", work)}


async def _together(searcher: Searcher, person: Principal, queries: Sequence[str]) -> dict[str, float]:
    clock: list[float] = []
    waiting = list(queries)

    async def one_after_another() -> None:
        while waiting:
            clock.append(1000 * await _timed(_search(searcher, person, waiting.pop())))

    used = time.perf_counter()
    await asyncio.gather(*(one_after_another() for _ in range(_AT_ONCE)))
    return {**_percentiles("ms", clock), "per_s": round(len(queries) / (time.perf_counter() - used), 1)}


async def _recall(plan: Plan, views: Views, person: Principal, name: str, ready: Ready) -> float:
    """The share of what the index calls the ten nearest that float64, over the vectors as they were made, does too.

    Among equals, such as a paragraph that stands in several documents, any will do.
    """
    scope = Scope.of(person, DAY, None)
    view = await views.of(scope)
    questions = await ready.embed(plan.queries[:: max(1, len(plan.queries) // 50)])
    expected = nearest_ids(plan, name, questions)
    hits = wanted = 0
    for question, ids in zip(questions, expected, strict=True):
        nearest = await MemoryDense().nearest(scope, view, question, 10)
        hits += len({found.bytes for found in view.ids_of(nearest.rows)} & ids)
        wanted += len(nearest.rows)
    return hits / wanted


def nearest_ids(plan: Plan, name: str, questions: Vectors) -> list[set[bytes]]:
    """The chunks at least as near as the tenth, for each question."""
    vectors = np.memmap(plan.vectors, dtype=np.float32, mode="r").reshape(plan.count, -1)
    ids = np.memmap(plan.ids, dtype=np.uint8, mode="r").reshape(plan.count, 16)
    rows = np.flatnonzero(np.arange(plan.count) // plan.per_edition % AUDIENCES[name] == 0)
    parts = [rows[start : start + _SLICE] for start in range(0, len(rows), _SLICE)]
    cosines = np.concatenate([vectors[part].astype(np.float64) @ questions.T.astype(np.float64) for part in parts])
    tenth = np.partition(cosines, len(rows) - 10, axis=0)[len(rows) - 10]
    return [{ids[row].tobytes() for row in rows[cosines[:, at] >= tenth[at] - _EQUAL]} for at in range(len(questions))]


async def _sql(plan: Plan, database: Database, person: Principal, ready: Ready) -> dict[str, float]:
    """The same search with pgvector's exact scan under row-level security as its dense index."""
    searcher = Searcher(database, ready, SqlDense(database), cache_bytes=plan.cache_bytes)
    await searcher.warm(person, DAY)
    await _search(searcher, person, plan.queries[0])
    return await _times(searcher, person, plan.queries[1 : 1 + _SQL_QUERIES])


async def _search(searcher: Searcher, person: Principal, query: str) -> None:
    await searcher.search(person, query, as_of=DAY, k=10)


async def _timed(work: Awaitable[None]) -> float:
    started = time.perf_counter()
    await work
    return round(time.perf_counter() - started, 4)


def _person(plan: Plan, audience: str) -> Principal:
    return Principal(plan.tenant, "reader", roles=frozenset({role(audience)}))


def _percentiles(name: str, values: Sequence[float]) -> dict[str, float]:
    return {f"p{at}_{name}": round(float(np.percentile(values, at)), 2) for at in (50, 95)}


def _memory(field: str = "VmRSS") -> int:
    """This process's memory in MB, now or (`VmHWM`) at most so far."""
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith(f"{field}:"):
            return round(int(line.split()[1]) / 1024)
    raise CannotMeasure(f"the system does not tell {field}")
