import pytest

from retrieval.spelling import one_spelling
from retrieval.terms import stem


@pytest.mark.parametrize(
    ("british", "us"),
    [
        ("authorised", "authorized"),
        ("authorisation", "authorization"),
        ("recognising", "recognizing"),
        ("analysed", "analyzed"),
        ("behaviour", "behavior"),
        ("favourably", "favorably"),
        ("honours", "honors"),
        ("cancelled", "canceled"),
        ("travellers", "travelers"),
        ("cheques", "checks"),
        ("programme", "program"),
        ("instalments", "installments"),
        ("licences", "licenses"),
    ],
)
def test_both_spellings_are_one_term(british: str, us: str):
    assert one_spelling(british) == one_spelling(us)
    assert stem(british) == stem(us)


@pytest.mark.parametrize("word", ["four", "hour", "hours", "your", "tour", "filled", "called", "billing", "wise"])
def test_ordinary_words_stay(word: str):
    assert one_spelling(word) == word


@pytest.mark.parametrize(
    ("one", "other"), [("filled", "filed"), ("rise", "raise"), ("price", "prize"), ("four", "for")]
)
def test_different_words_stay_apart(one: str, other: str):
    assert one_spelling(one) != one_spelling(other)


def test_endings_of_one_word_stay_together():
    assert {stem(word) for word in ("exercise", "exercised", "exercising")} == {"exercis"}
    assert stem("bill") == stem("billing")


def test_what_is_authorised_is_not_the_authority():
    assert stem("authorized") != stem("authority")
