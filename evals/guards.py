"""`python -m evals guards`: what each guard of a turn costs beside the embedding of the question.

The golden questions over the sandbox's policies, one after another, through the guards as a turn asks them; their
claims are those of the built-in writer, as they are and reworded. Processor time of the whole process is measured,
which hardly depends on what else the machine does, and what the question's own embedding takes is told apart.
"""

import argparse
import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from evals.cases_file import open_embedder
from evals.golden_questions import load_golden
from evals.shelf import READER, TODAY, shelf
from gateway.embeddings import Embedder
from gateway.writers.extractive import ExtractiveWriter
from gateway.writers.ports import ClaimDraft, WritingTask
from graph.limits import TURN_LIMITS
from graph.sources import as_texts
from guardrails.claims import check
from guardrails.fail_closed import sound_vectors
from guardrails.sufficiency import assess
from jobs import assembly
from prompts import loader
from retrieval.dense import MemoryDense
from retrieval.search import Searcher
from retrieval.sentences import sentences
from retrieval.terms import terms

T = TypeVar("T")

BAR_MS: Final = 25.0
"""At p50, of all guards together beside the embedding of the question."""

QUESTIONS: Final = Path(__file__).parent / "golden"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--rounds", type=int, default=2, metavar="N", help="the first is not counted (default: 2)")


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Milliseconds of processor time by guard; the gate is the sum with the claims as the writer gives them."""
    meter = asyncio.run(_measure(args.rounds))
    told = {name: _told(values) for name, values in meter.spent.items()}
    sums = {name: _told(values) for name, values in meter.sums().items()}
    met = sums["all_guards"]["p50_ms"] <= BAR_MS
    return {
        "task": "guards",
        "turns": len(meter.spent["screening"]),
        "by_guard": told,
        **sums,
        "bar_p50_ms": BAR_MS,
        "gate_passed": met,
    }


@dataclass(slots=True)
class Meter:
    """Milliseconds by guard, one entry a turn; `asked` is the question whose embedding is told apart."""

    inner: Embedder
    asked: str = ""
    embedding_ms: float = 0.0
    spent: dict[str, list[float]] = field(default_factory=dict[str, list[float]])

    async def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        begun = time.process_time()
        vectors = await self.inner.embed(texts)
        if list(texts) == [self.asked]:
            self.embedding_ms += (time.process_time() - begun) * 1000
        return vectors

    async def timed(self, work: Callable[[], Awaitable[T]]) -> tuple[T, float]:
        """What the work came to, and its milliseconds without the question's embedding."""
        before, begun = self.embedding_ms, time.process_time()
        came = await work()
        return came, (time.process_time() - begun) * 1000 - (self.embedding_ms - before)

    def note(self, turn: dict[str, float]) -> None:
        for name, value in turn.items():
            self.spent.setdefault(name, []).append(value)

    def sums(self) -> dict[str, list[float]]:
        """By turn: all guards with quoted claims, and with every claim reworded."""
        common = ("screening", "scope", "sufficiency")
        turns = range(len(self.spent["screening"]))
        return {
            name: [sum(self.spent[guard][turn] for guard in (*common, claims)) for turn in turns]
            for name, claims in (("all_guards", "claims_quoted"), ("all_guards_reworded", "claims_reworded"))
        }


async def _measure(rounds: int) -> Meter:
    async with shelf(None, None) as papers:
        meter = Meter(papers.embedder)
        for _ in range(rounds):
            embedder = open_embedder()  # nothing remembered from the last round
            meter = Meter(embedder)
            try:
                searcher = Searcher(papers.database, embedder, MemoryDense())
                await _turns(meter, searcher, ExtractiveWriter(embedder, sentences, terms))
            finally:
                embedder.close()
    return meter


async def _turns(meter: Meter, searcher: Searcher, writer: ExtractiveWriter) -> None:
    guards = assembly.guards(_Metered(meter))
    embed = sound_vectors(meter.embed)
    for question in load_golden(QUESTIONS):
        text, *more = question.turns
        if question.id.startswith("reg-") or more:
            continue
        meter.asked, before = text, meter.embedding_ms
        turn = dict[str, float]()
        _, turn["screening"] = await meter.timed(lambda text=text: guards.screener.screen(text))
        _, turn["scope"] = await meter.timed(lambda text=text: guards.scope.judge(text))
        found = await searcher.search(READER, text, k=TURN_LIMITS.passages, as_of=TODAY)
        begun = time.process_time()
        enough = assess(text, found.passages, found.expansions, found.common)
        turn["sufficiency"] = (time.process_time() - begun) * 1000
        if not enough:
            continue
        sources = as_texts(found.passages)
        task = WritingTask(text, sources, loader.get("answer").text)
        drafts = [item async for item in writer.write(task) if isinstance(item, ClaimDraft)]
        by_ref = {source.ref: source for source in sources}

        async def checked(drafts: Sequence[ClaimDraft], text: str = text, by_ref: Any = by_ref) -> None:
            for draft in drafts:
                await check(draft, by_ref, text, embed, guards.personal_data)

        reworded = [replace(d, text=f"By the policy, {d.text[0].lower()}{d.text[1:]}", quote=False) for d in drafts]
        _, turn["claims_quoted"] = await meter.timed(lambda drafts=drafts: checked(drafts))
        _, turn["claims_reworded"] = await meter.timed(lambda reworded=reworded: checked(reworded))
        turn["question_embedding"] = meter.embedding_ms - before
        meter.note(turn)


@dataclass(slots=True)
class _Metered:
    """The embedder of the guards, timed."""

    meter: Meter

    @property
    def name(self) -> str:
        return self.meter.inner.name

    @property
    def dimension(self) -> int:
        return self.meter.inner.dimension

    async def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return await self.meter.embed(texts)

    def close(self) -> None:
        """Whoever opened it closes it."""


def _told(values: Sequence[float]) -> dict[str, float]:
    cuts = statistics.quantiles(values, n=20, method="inclusive")
    return {"p50_ms": round(cuts[9], 2), "p95_ms": round(cuts[18], 2)}
