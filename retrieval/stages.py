"""The stages of a search, each of which can be switched off, and what each did to one passage."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Self


class Stage(StrEnum):
    """In the order in which they run.

    Without `WEIGHTING` the lists are fused by reciprocal ranks; the rest is simply left out. `GLOSSARY` and `RERANK`
    do nothing where there is no glossary and no reranking model.
    """

    GLOSSARY = "glossary"
    LEXICAL = "lexical"
    PHRASES = "phrases"
    DENSE = "dense"
    WEIGHTING = "weighting"
    LEARNED = "learned"
    RERANK = "rerank"
    DIVERSITY = "diversity"
    NEIGHBOURS = "neighbours"


@dataclass(frozen=True, slots=True)
class Stages:
    """Which stages of a search are switched off."""

    off: frozenset[Stage] = frozenset()

    @classmethod
    def without(cls, names: Iterable[str]) -> Self:
        """All stages but the named ones. Raises ValueError for a name that is none, or when nothing would search."""
        wanted = set(names)
        unknown = sorted(wanted - {stage.value for stage in Stage})
        if unknown:
            raise ValueError(f"There is no stage {', '.join(unknown)}. There are: {', '.join(Stage)}.")
        off = frozenset(Stage(name) for name in wanted)
        if off >= {Stage.LEXICAL, Stage.DENSE}:
            raise ValueError("Switch off lexical or dense, not both: nothing would search.")
        return cls(off)

    def has(self, stage: Stage) -> bool:
        """Whether the stage runs."""
        return stage not in self.off

    @property
    def on(self) -> tuple[Stage, ...]:
        """Those that run, in their order."""
        return tuple(stage for stage in Stage if stage not in self.off)


@dataclass(frozen=True, slots=True)
class StageScore:
    """What one stage made of a passage.

    `score` is the stage's own: raw BM25 of the words or of the phrases, the cosine, the fused score, the learned one.
    `before` and `after` are the passage's ranks, counted from 1, among the candidates before and after the stage; None
    where there was no order yet or the passage did not take part.
    """

    stage: Stage
    score: float | None
    before: int | None
    after: int | None


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a passage stands where it does: the stages that ran, in their order, over `candidates` passages."""

    candidates: int
    stages: tuple[StageScore, ...]
