from hypothesis import given
from hypothesis import strategies as st

from retrieval.diversity import distinct, diverse
from retrieval.thresholds import DiversityWeights

ERRORS = "The bank answers a notice of error within ten business days."
AGAIN = "The bank answers a notice of error within ten business days of receiving it from the customer."
OTHER = "A lost card costs its holder fifty dollars at most."


def test_near_duplicates_go_and_the_first_stays():
    text = "The bank must resolve an error within ten business days of receiving the notice."
    assert distinct([text, "Another rule on lost cards.", text.upper(), text + " "], 9) == [0, 1]


def test_one_changed_figure_is_no_duplicate():
    rule = "The institution resolves an error within {} business days of the notice of error."
    assert distinct([rule.format("ten"), rule.format("20")], 9) == [0, 1]


def test_empty_texts_are_duplicates_of_each_other():
    assert distinct(["", " "], 9) == [0]


def test_enough_is_enough():
    assert distinct(["one", "one", "two", "three"], 2) == [0, 2]


def test_what_repeats_gives_way_to_what_is_new():
    weights = DiversityWeights(repetition=0.5)
    assert diverse([ERRORS, AGAIN, OTHER], [0.9, 0.8, 0.7], 3, weights) == [0, 2, 1]
    assert diverse([ERRORS, AGAIN, OTHER], [0.9, 0.8, 0.7], 2, weights) == [0, 2]


def test_a_much_better_score_outweighs_repetition():
    assert diverse([ERRORS, AGAIN, OTHER], [0.9, 0.8, 0.1], 3, DiversityWeights(repetition=0.5)) == [0, 1, 2]


texts = st.lists(st.sampled_from(["card", "error", "loss", "card error", "notice of loss"]), max_size=8)


@given(texts, st.integers(1, 9), st.floats(0.01, 1.0))
def test_the_scale_of_the_scores_does_not_matter(found: list[str], limit: int, scale: float):
    scores = [1.0 / rank for rank in range(1, len(found) + 1)]
    shrunk = [score * 2.0 ** -round(9 * scale) for score in scores]
    assert diverse(found, scores, limit) == diverse(found, shrunk, limit)


@given(texts, st.integers(1, 9))
def test_without_a_price_for_repetition_it_is_the_order_that_was(found: list[str], limit: int):
    scores = [1.0 / rank for rank in range(1, len(found) + 1)]
    assert diverse(found, scores, limit, DiversityWeights(repetition=0.0)) == distinct(found, limit)
