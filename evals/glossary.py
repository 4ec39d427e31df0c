"""`python -m evals glossary [--data DIR]`: does a question find the same with an abbreviation as spelt out?

Each case is asked twice, in its short form and spelt out; `places` say which passages are right. Measured with the
glossary off, in the words only, in the meaning only and in both, as the product has it.
"""

import argparse
import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from pydantic import TypeAdapter

from core.principal import Principal
from evals import places
from evals.cases_file import progress
from evals.places import Named, Text, load_cases, right_among
from evals.shelf import READER, TODAY, Shelf, shelf
from retrieval.dense import MemoryDense
from retrieval.glossary.expander import GlossaryExpander
from retrieval.glossary.models import ExpandedQuery, Expander
from retrieval.search import Searcher

CASES: Final = Path(__file__).parent / "glossary_cases"
TOP: Final = 3


class Case(Named):
    """A question with an abbreviation or another name, and the same question spelt out."""

    short: Text
    spelt: Text


@dataclass(frozen=True, slots=True)
class Partly:
    """The product's expander with one of its two uses left out."""

    inner: Expander
    words: bool
    meaning: bool

    async def expand(self, principal: Principal, text: str) -> ExpandedQuery:
        found = await self.inner.expand(principal, text)
        return replace(found, text=found.text if self.meaning else text, added=found.added if self.words else ())


def add_arguments(parser: argparse.ArgumentParser) -> None:
    places.add_arguments(parser, CASES)


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Shares of cases whose short, spelt-out and both forms find a right passage among the first three."""
    return asyncio.run(_measure(load_cases(args.cases, TypeAdapter(list[Case])), args.data, args.vectors))


async def _measure(cases: Sequence[Case], data: Path | None, vectors: Path | None) -> dict[str, Any]:
    asked = [case for case in cases if data is not None or not case.over_regulations]
    async with shelf(data, vectors) as papers:
        glossary = GlossaryExpander(papers.database)
        ways: dict[str, Expander | None] = {
            "off": None,
            "words": Partly(glossary, words=True, meaning=False),
            "meaning": Partly(glossary, words=False, meaning=True),
            "on": glossary,
        }
        found = {name: await _ask(papers, expander, asked, name) for name, expander in ways.items()}
        known = [bool((await glossary.expand(READER, case.short)).expansions) for case in asked]
    return {
        "cases": len(asked),
        "left_out": len(cases) - len(asked),
        "chunks": papers.chunks,
        "short_known_to_the_glossary": sum(known),
        "top": TOP,
        **{name: _figures(each) for name, each in found.items()},
        "still_missed": [case.id for case, (short, _) in zip(asked, found["on"], strict=True) if not short],
    }


async def _ask(
    papers: Shelf, expander: Expander | None, cases: Sequence[Case], name: str
) -> list[tuple[set[str], set[str]]]:
    """For each case the right passages that its short form found, and those of its spelt-out form."""
    searcher = Searcher(papers.database, papers.embedder, MemoryDense(), expander=expander)
    found: list[tuple[set[str], set[str]]] = []
    for done, case in enumerate(cases, 1):
        short, spelt = [
            right_among(case, (await searcher.search(READER, text, as_of=TODAY, k=TOP)).passages)
            for text in (case.short, case.spelt)
        ]
        found.append((short, spelt))
        progress(name, done, len(cases))
    return found


def _figures(found: Sequence[tuple[set[str], set[str]]]) -> dict[str, float]:
    return {
        "short": _share([bool(short) for short, _ in found]),
        "spelt_out": _share([bool(spelt) for _, spelt in found]),
        "both_the_same": _share([bool(short & spelt) for short, spelt in found]),
    }


def _share(hits: Sequence[bool]) -> float:
    return round(sum(hits) / len(hits), 4) if hits else 0.0
