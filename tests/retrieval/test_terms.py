from concurrent.futures import ThreadPoolExecutor

from hypothesis import given
from hypothesis import strategies as st

from retrieval.terms import path_terms, stem, terms


def test_words_are_stemmed_and_function_words_dropped():
    assert terms("The institution must be investigating errors") == ["institut", "must", "investig", "error"]


def test_negation_and_obligation_stay():
    assert terms("may not only must no") == ["not", "onli", "must", "no"]


def test_a_citation_gives_itself_and_its_ancestors():
    assert terms("see § 1005.11(c)(1).") == ["see", "§", "1005.11", "1005.11(c)", "1005.11(c)(1)"]


def test_figures_lose_their_thousands_separators_and_a_closing_stop():
    assert terms("$1,000.50 and 10.") == ["1000.50", "10"]


def test_possessives_hyphens_and_ligatures():
    assert terms("the bank's co\u2011operation, e\ufb03cient") == ["bank", "co", "oper", "effici"]


def test_invisible_marks_inside_citations_vanish():
    assert terms("Rule \u200e3.8.1(b)") == ["rule", "3.8.1", "3.8.1(b)"]


def test_a_path_continues_the_citation_of_its_numbered_heading():
    path = ("§ 1005.11 Resolving errors", "(c) Time limits", "(1)")
    assert path_terms(path) == [
        "§", "1005.11", "resolv", "error", "(c)", "time", "limit", "1005.11(c)", "(1)", "1005.11(c)(1)",
    ]  # fmt: skip


def test_a_marker_without_a_number_stands_alone():
    assert path_terms(("General", "(iv)")) == ["general", "(iv)"]


@given(st.text())
def test_any_text_gives_terms_in_lower_case_without_blanks(text: str):
    assert all(term and not any(c.isspace() for c in term) for term in terms(text))
    assert terms(text) == terms(text)


def test_threads_stem_alike():
    words = [f"{root}{end}" for root in ("regul", "investig", "notif") for end in ("ation", "ating", "ates", "ied")]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(stem.__wrapped__, words * 50))
    assert found == [stem(word) for word in words] * 50
