"""Matching, the pool and the ranking over it, on a shelf small enough to reckon by hand."""

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.learned import RankingModel, from_json, packaged, to_json
from retrieval.lexical import LexicalIndex, lexical_block
from retrieval.matching import match
from retrieval.pool import FEATURES, Pool, candidate_rows, features, pool_of, ranks
from retrieval.ranking import fused_scores, rank
from retrieval.stages import Stage, Stages

ERRORS = ("The bank answers an error notice.", "The notice names the card.", "Leave is granted.")
CARDS = ("A lost card is reported to the bank.", "The daily card limit is 500 dollars.")


class Rows:
    """Two editions as rows."""

    def __init__(self, *editions: tuple[str, ...]) -> None:
        self.lexical = LexicalIndex([lexical_block("", [((), text) for text in texts]) for texts in editions])
        self._starts = np.cumsum([0, *(len(texts) for texts in editions)])
        self.size = int(self._starts[-1])

    def edition_starts(self):
        return self._starts


SHELF = Rows(ERRORS, CARDS)
EVEN = RankingModel(FEATURES, np.zeros(len(FEATURES)), 0.0, "")


def pool(query: str, cosines: list[float], shelf: Rows = SHELF) -> Pool:
    matches = match(shelf.lexical, query, (), Stages())
    return pool_of(shelf, matches, np.arange(shelf.size), np.array(cosines, dtype=np.float32))


def test_words_and_phrases_make_up_the_score():
    matches = match(SHELF.lexical, "daily card limit", (), Stages())
    assert matches.both.tolist() == pytest.approx(SHELF.lexical.scores("daily card limit").tolist())
    assert matches.ceiling == pytest.approx(SHELF.lexical.ceiling("daily card limit"))
    assert (matches.phrases > 0.0).tolist() == [False, False, False, False, True]
    words = match(SHELF.lexical, "daily card limit", (), Stages.without(["phrases"]))
    assert words.both.tolist() == matches.words.tolist()
    assert words.phrase_ceiling == 0.0
    nothing = match(SHELF.lexical, "daily card limit", (), Stages.without(["lexical"]))
    assert (nothing.both.tolist(), nothing.ceiling, nothing.terms) == ([0.0] * 5, 0.0, ())


def test_added_phrases_count_less_than_the_questions_own_words():
    asked = match(SHELF.lexical, "notice", (), Stages())
    added = match(SHELF.lexical, "notice", ("daily limit",), Stages())
    own = match(SHELF.lexical, "daily limit", (), Stages())
    assert added.both[:4].tolist() == asked.both[:4].tolist()
    assert 0.0 < added.both[4] < own.both[4]
    assert asked.ceiling < added.ceiling < asked.ceiling + own.ceiling
    assert len(added.terms) == len(asked.terms) == 1


def test_candidates_are_those_of_either_list_once():
    matches = match(SHELF.lexical, "leave", (), Stages())
    assert candidate_rows(matches, np.array([4, 2, 0]), 200).tolist() == [0, 2, 4]
    assert candidate_rows(matches, np.array([], dtype=np.int64), 200).tolist() == [2]


def test_neighbours_stay_within_their_edition():
    found = pool("card", [0.1] * 5)
    scores = SHELF.lexical.scores("card").tolist()
    assert found.editions.tolist() == [0, 0, 0, 1, 1]
    assert found.previous.tolist() == pytest.approx([0.0, scores[0], scores[1], 0.0, scores[3]])
    assert found.following.tolist() == pytest.approx([scores[1], scores[2], 0.0, scores[4], 0.0])


def test_features_of_a_passage_that_has_all_the_words():
    found = pool("daily card limit", [0.1, 0.2, -0.1, 0.3, 0.9])
    named = dict(zip(FEATURES, features(found, fused_scores(found, Stages()))[4].tolist(), strict=True))
    assert named["coverage"] == named["terms_found"] == named["rarest_found"] == 1.0
    assert named["rarest_missed"] == named["lexical_rank"] == named["cosine_rank"] == named["following"] == 0.0
    assert named["cosine"] == pytest.approx(0.9)
    assert named["edition_best"] == named["fused"]
    assert named["near_best"] > 0.0


def test_a_question_of_unknown_words_has_features_too():
    found = pool("zebra", [0.1, 0.2, -0.1, 0.3, 0.9])
    assert np.isfinite(features(found, fused_scores(found, Stages()))).all()


def test_equal_scores_stand_in_the_order_of_the_rows():
    assert ranks(np.array([0.5, 0.7, 0.5, 0.7])).tolist() == [2, 0, 3, 1]
    alike = Rows(("Leave is asked.", "Leave is granted.", "Leave is refused."), ("Leave is ended.", "Leave is begun."))
    found = pool("zebra", [0.5, 0.75, 0.5, 0.75, -0.25], alike)
    assert rank(found, Stages.without(["learned"]), EVEN, 9).order.tolist() == [1, 3, 0, 2]
    assert rank(found, Stages(), EVEN, 9).order.tolist() == [0, 1, 2, 3]


def test_the_learned_ranking_reorders_and_its_scores_lie_between_zero_and_one():
    far = replace(EVEN, weights=np.array([-1e9 if name == "cosine" else 0.0 for name in FEATURES]))
    found = pool("card", [0.5, 0.7, 0.6, 0.1, 0.2])
    ranking = rank(found, Stages(), far, 3)
    assert ranking.order.tolist() == [0, 1, 2]
    assert all(0.0 <= score <= 1.0 for score in ranking.scores)
    gentle = replace(EVEN, weights=np.array([-1.0 if name == "cosine" else 0.0 for name in FEATURES]))
    assert rank(found, Stages(), gentle, 2).order.tolist() == [3, 4]
    assert [step.stage for step in ranking.steps] == [
        Stage.LEXICAL,
        Stage.PHRASES,
        Stage.DENSE,
        Stage.WEIGHTING,
        Stage.LEARNED,
    ]


@given(st.permutations(range(5)), st.lists(st.floats(-1, 1, width=32), min_size=5, max_size=5))
def test_a_candidates_features_depend_on_no_order_of_arithmetic(order: list[int], cosines: list[float]):
    """The same chunks asked twice give the same bits, whatever was asked in between."""
    one = features(pool("card notice limit", cosines), fused_scores(pool("card notice limit", cosines), Stages()))
    pool(" ".join(str(each) for each in order), cosines)
    other = features(pool("card notice limit", cosines), fused_scores(pool("card notice limit", cosines), Stages()))
    assert one.tobytes() == other.tobytes()


def test_a_model_survives_being_written():
    model = RankingModel(FEATURES, np.arange(len(FEATURES)) / 8.0, -1.5, "by hand")
    again = from_json(to_json(model), FEATURES)
    assert (again.features, again.weights.tolist(), again.bias, again.provenance) == (
        model.features,
        model.weights.tolist(),
        model.bias,
        model.provenance,
    )


@pytest.mark.parametrize(
    "spoilt",
    [
        {"weights": {"other": 1.0}},
        {"weights": dict.fromkeys(reversed(FEATURES), 1.0)},
        {"weights": dict.fromkeys(FEATURES, float("nan"))},
    ],
)
def test_a_model_over_other_features_or_without_numbers_is_refused(spoilt: dict[str, object]):
    content = json.dumps({"provenance": "", "bias": 0.0, **spoilt})
    with pytest.raises(ValueError, match="ranking model"):
        from_json(content, FEATURES)


def test_the_packaged_model_fits_the_features_and_says_where_it_came_from():
    model = packaged(FEATURES)
    assert len(model.weights) == len(FEATURES)
    assert model.provenance.startswith("python -m evals ranking-training")
