"""From candidates to an order: words and meaning fused into one score, the best of them ranked by what was learned."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from retrieval.fusion import fuse, reciprocal
from retrieval.learned import RankingModel
from retrieval.pool import Pool, features, ranks
from retrieval.stages import Stage, Stages
from retrieval.thresholds import FUSION

Numbers = NDArray[np.float64]
Rows = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Step:
    """What one stage made of the pool: its score of each candidate and their ranks from 1 before and after it, (n,);
    a NaN score and rank 0 where a candidate took no part."""

    stage: Stage
    scores: Numbers
    before: Rows
    after: Rows


@dataclass(frozen=True, slots=True)
class Ranking:
    """Positions in the pool, best first, their scores (0..1), and the steps that led there."""

    order: Rows
    scores: Numbers
    steps: tuple[Step, ...]


def rank(pool: Pool, stages: Stages, model: RankingModel, limit: int) -> Ranking:
    """The `limit` best candidates. Equal scores stand in the order of the rows."""
    fused = fused_scores(pool, stages)
    standing = np.flatnonzero(fused > 0.0)
    order = standing[np.lexsort((standing, -fused[standing]))]
    steps = [*_lists(pool, stages), _step(Stage.WEIGHTING, pool, fused, order, before=None)]
    scores = fused
    if stages.has(Stage.LEARNED) and len(order):
        scores, learned = _learned(pool, fused, order[: max(FUSION.learned, limit)], model)
        steps.append(_step(Stage.LEARNED, pool, scores, learned, before=steps[-1]))
        order = learned
    return Ranking(order[:limit], scores[order[:limit]], tuple(steps))


def fused_scores(pool: Pool, stages: Stages) -> Numbers:
    """The fused score of each candidate, 0..1: weighted, or by reciprocal ranks where weighting is switched off."""
    if stages.has(Stage.WEIGHTING):
        lexical, cosines = pool.lexical.astype(np.float32), pool.cosines.astype(np.float32)
        return fuse(lexical, cosines, pool.lengths, pool.ceiling)
    return reciprocal([pool.lexical, pool.cosines])


def _learned(pool: Pool, fused: Numbers, among: Rows, model: RankingModel) -> tuple[Numbers, Rows]:
    scores = np.full(pool.size, np.nan)
    scores[among] = model.scores(features(pool, fused)[among])
    return scores, among[np.lexsort((among, -scores[among]))]


def _lists(pool: Pool, stages: Stages) -> list[Step]:
    """The lists that fusion starts from: by words, the same with phrases, and by meaning."""
    steps: list[Step] = []
    if stages.has(Stage.LEXICAL):
        steps.append(_list(Stage.LEXICAL, pool.words, pool.words, None))
        if stages.has(Stage.PHRASES):
            steps.append(_list(Stage.PHRASES, pool.phrases, pool.lexical, steps[-1]))
    if stages.has(Stage.DENSE):
        steps.append(_list(Stage.DENSE, pool.cosines, pool.cosines, None))
    return steps


def _list(stage: Stage, scores: Numbers, ordering: Numbers, before: Step | None) -> Step:
    after = np.where(ordering > 0.0, ranks(ordering) + 1, 0)
    return Step(stage, scores, np.zeros_like(after) if before is None else before.after, after)


def _step(stage: Stage, pool: Pool, scores: Numbers, order: Rows, before: Step | None) -> Step:
    after = np.zeros(pool.size, dtype=np.int64)
    after[order] = np.arange(1, len(order) + 1)
    return Step(stage, scores, np.zeros_like(after) if before is None else before.after, after)
