from hypothesis import given
from hypothesis import strategies as st

from retrieval.parsing.sections import SectionTracker


def paths(*lines: tuple[str, float]) -> list[str]:
    """The marker paths of paragraphs given as text and indent."""
    tracker = SectionTracker()
    return [" ".join(tracker.paragraph(text, indent)) for text, indent in lines]


def test_markers_nest_by_their_series_where_nothing_is_indented() -> None:
    flush = ["(a) x", "(1) x", "(i) x", "(ii) x", "(A) x", "(iii) x", "(2) x", "(b) x", "plain", "(c) x"]
    assert paths(*((text, 0.0) for text in flush)) == [
        "(a)",
        "(a) (1)",
        "(a) (1) (i)",
        "(a) (1) (ii)",
        "(a) (1) (ii) (A)",
        "(a) (1) (iii)",
        "(a) (2)",
        "(b)",
        "",
        "(c)",
    ]


def test_letters_that_are_numerals_too_follow_their_neighbours() -> None:
    assert paths(*((f"({letter}) x", 0.0) for letter in "ghijk")) == ["(g)", "(h)", "(i)", "(j)", "(k)"]
    assert paths(("(c) x", 0.0), ("(i) x", 0.0), ("(ii) x", 0.0), ("(d) x", 0.0)) == [
        "(c)",
        "(c) (i)",
        "(c) (ii)",
        "(d)",
    ]


def test_indentation_decides_where_there_is_some() -> None:
    assert paths(("(h) x", 0), ("(1) x", 17), ("(i) x", 34), ("(i) x", 0), ("plain", 17), ("(2) x", 17)) == [
        "(h)",
        "(h) (1)",
        "(h) (1) (i)",
        "(i)",
        "(i)",
        "(i) (2)",
    ]


def test_compound_markers_open_every_level() -> None:
    assert paths(
        ("(a) x", 0),
        ("(b)(1)(i) x", 0),
        ("(ii) x", 34),
        ("(2) x", 17),
        ("(b)(3) x", 0),
        ("(c) (1) x", 0),
        ("(2) x", 17),
    ) == ["(a)", "(b) (1) (i)", "(b) (1) (ii)", "(b) (2)", "(b) (3)", "(c) (1)", "(c) (2)"]


def test_reserved_items_leave_gaps_and_lists_begin_anew() -> None:
    assert paths(("(a) x", 0), ("(d) x", 0), ("1. x", 17), ("2. x", 17), ("1. x", 17)) == [
        "(a)",
        "(d)",
        "(d) 1.",
        "(d) 2.",
        "(d) 1.",
    ]


def test_other_styles_of_marker() -> None:
    assert paths(("4.2 Staff", 0), ("4.3 Staff", 0), ("a) x", 17), ("b) x", 17), ("iv. x", 34), ("v. x", 34)) == [
        "4.2",
        "4.3",
        "4.3 a)",
        "4.3 b)",
        "4.3 b) iv.",
        "4.3 b) v.",
    ]


def test_words_and_amounts_are_no_markers() -> None:
    assert (
        paths(*((text, 0.0) for text in ["(the bank) x", "14.00 EUR", "2016 was", "e.g. x", "(see) x", "I am"]))
        == [""] * 6
    )


def test_a_heading_closes_deeper_headings_and_all_markers() -> None:
    tracker = SectionTracker()
    tracker.heading(1, "Part A")
    tracker.heading(2, "§ 1")
    tracker.run_in_title("Paragraph 1(a)", 17)
    assert tracker.paragraph("1. x", 34) == ("Part A", "§ 1", "Paragraph 1(a)", "1.")
    assert tracker.run_in_title("Paragraph 1(b)", 17) == ("Part A", "§ 1", "Paragraph 1(b)")
    assert tracker.heading(2, "§ 2") == ("Part A", "§ 2")
    assert tracker.heading(1, "Part B") == ("Part B",)


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["(a)", "(b)", "(i)", "(v)", "(1)", "(2)", "(A)", "1.", "ii.", "(b)(1)", "3.1", ""]),
            st.sampled_from([0.0, 14.0, 28.0]),
        ),
        max_size=30,
    )
)
def test_a_marked_paragraph_ends_its_own_path(lines: list[tuple[str, float]]) -> None:
    tracker = SectionTracker()
    for marker, indent in lines:
        path = tracker.paragraph(f"{marker} Text", indent)
        if marker:
            assert "".join(path).endswith(marker)
