"""`python -m evals followups [--data DIR]`: does a follow-up find what it means?

Each case is a conversation; its last question is searched for as asked, as the rules of `graph.followups` make it
stand alone, and as a person would (`alone`). `switches`: it is about something else, so nothing may be carried along.
"""

import argparse
import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Final

from pydantic import Field, TypeAdapter

from evals import places
from evals.cases_file import progress
from evals.places import Named, Text, load_cases, right_among
from evals.shelf import READER, TODAY, Shelf, shelf
from graph.followups import stand_alone
from retrieval.dense import MemoryDense
from retrieval.glossary.expander import GlossaryExpander
from retrieval.search import Searcher
from runs.models import Exchange

CASES: Final = Path(__file__).parent / "followup_cases"
TOP: Final = 3


class Case(Named):
    """A conversation, its last question in words that need nothing before it, and whether that changes the subject."""

    turns: Annotated[tuple[Text, ...], Field(min_length=2)]
    alone: Text
    switches: bool = False

    @property
    def rewritten(self) -> str:
        """The last question as the rules make it stand alone."""
        *earlier, last = self.turns
        return stand_alone(last, [Exchange(question, "") for question in earlier])


def add_arguments(parser: argparse.ArgumentParser) -> None:
    places.add_arguments(parser, CASES)


def run(args: argparse.Namespace) -> dict[str, Any]:
    """Shares of conversations whose last question finds a right passage among the first three."""
    return asyncio.run(_measure(load_cases(args.cases, TypeAdapter(list[Case])), args.data, args.vectors))


async def _measure(cases: Sequence[Case], data: Path | None, vectors: Path | None) -> dict[str, Any]:
    asked = [case for case in cases if data is not None or not case.over_regulations]
    async with shelf(data, vectors) as papers:
        as_asked = await _found(papers, asked, [case.turns[-1] for case in asked])
        by_rules = await _found(papers, asked, [case.rewritten for case in asked])
        by_hand = await _found(papers, asked, [case.alone for case in asked])
    leans, switches = ([case.switches is wanted for case in asked] for wanted in (False, True))
    return {
        "cases": len(asked),
        "switches": sum(switches),
        "left_out": len(cases) - len(asked),
        "chunks": papers.chunks,
        "top": TOP,
        "as_asked": _figures(as_asked, leans, switches),
        "by_rules": _figures(by_rules, leans, switches),
        "by_hand": _figures(by_hand, leans, switches),
        "switches_left_alone": _share([case.rewritten == case.turns[-1] for case in asked], switches),
        "missed_by_rules": [
            {"id": case.id, "searched_for": case.rewritten, "found_by_hand": hand}
            for case, rules, hand in zip(asked, by_rules, by_hand, strict=True)
            if not rules
        ],
    }


async def _found(papers: Shelf, cases: Sequence[Case], texts: Sequence[str]) -> list[bool]:
    searcher = Searcher(papers.database, papers.embedder, MemoryDense(), expander=GlossaryExpander(papers.database))
    found: list[bool] = []
    for done, (case, text) in enumerate(zip(cases, texts, strict=True), 1):
        evidence = await searcher.search(READER, text, as_of=TODAY, k=TOP)
        found.append(bool(right_among(case, evidence.passages)))
        progress("ask", done, len(cases))
    return found


def _figures(found: Sequence[bool], leans: Sequence[bool], switches: Sequence[bool]) -> dict[str, float]:
    return {
        "all": _share(found, [True] * len(found)),
        "follow_ups": _share(found, leans),
        "switches": _share(found, switches),
    }


def _share(hits: Sequence[bool], among: Sequence[bool]) -> float:
    counted = [hit for hit, counts in zip(hits, among, strict=True) if counts]
    return round(sum(counted) / len(counted), 4) if counted else 0.0
