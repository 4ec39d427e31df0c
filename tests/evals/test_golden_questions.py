"""The format of golden questions and the grading of answers, case by case."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.golden_questions import (
    Citation,
    GoldenFileError,
    GoldenQuestion,
    Grade,
    Mark,
    Place,
    grade,
    load_golden,
)

CASH = Place(document="cash", section_contains="2 Identification", effective_from=date(2026, 9, 1))
GOOD = Citation("cash", ("Circular 11", "2 Identification at the counter"), date(2026, 9, 1))


def _question(**changes: Any) -> GoldenQuestion:
    content: dict[str, Any] = {
        "id": "cash-limit",
        "as": "anna",
        "turns": ["From what amount do I ask for ID?"],
        "expect": "answer",
        "note": "2.1",
        "must_cite": [CASH],
        "must_say": [[r"\b2,000\b", "two thousand"]],
        "must_not_say": [r"\b3,000\b"],
    }
    return GoldenQuestion.model_validate(content | changes)


def _abstaining() -> GoldenQuestion:
    return _question(expect="abstain", must_cite=[], must_say=[], must_not_say=[])


def test_right_when_it_cites_the_place_and_says_every_group() -> None:
    assert grade(_question(), "answered", "More than USD 2,000.", [GOOD]) == Grade(
        Mark.RIGHT, "cites the rule and says it"
    )


def test_any_alternative_of_a_group_will_do_in_any_case_and_over_line_breaks() -> None:
    assert grade(_question(), "answered", "Above TWO\n  thousand dollars.", [GOOD]).mark is Mark.RIGHT


def test_any_of_the_citations_may_match_any_of_the_places() -> None:
    question = _question(must_cite=[Place(document="other"), CASH])
    elsewhere = Citation("fees", (), date(2026, 9, 1))
    assert grade(question, "answered", "USD 2,000", [elsewhere, GOOD]).mark is Mark.RIGHT


def test_wrong_when_it_says_what_it_must_not_even_with_the_right_citation() -> None:
    assert grade(_question(), "answered", "USD 2,000, formerly 3,000", [GOOD]) == Grade(
        Mark.WRONG, r"says what it must not: \b3,000\b"
    )


def test_wrong_when_it_neither_cites_nor_says() -> None:
    assert grade(_question(), "answered", "Always ask.", []) == Grade(
        Mark.WRONG, r"cites none of the expected passages and does not say: \b2,000\b or two thousand"
    )


def test_missed_when_it_cites_but_lacks_a_group() -> None:
    question = _question(must_say=[["2,000"], ["photo"]])
    assert grade(question, "answered", "USD 2,000", [GOOD]) == Grade(
        Mark.MISSED, "cites the rule but does not say: photo"
    )


@pytest.mark.parametrize(
    "citation",
    [
        Citation("fees", GOOD.section, GOOD.effective_from),
        Citation("cash", ("Circular 11", "3 Counting"), GOOD.effective_from),
        Citation("cash", GOOD.section, date(2025, 7, 1)),
    ],
    ids=["another document", "another section", "another edition"],
)
def test_missed_when_it_says_it_from_another_place(citation: Citation) -> None:
    assert grade(_question(), "answered", "USD 2,000", [citation]) == Grade(
        Mark.MISSED, "says it but cites none of the expected passages"
    )


def test_a_section_matches_whatever_its_blanks_and_case() -> None:
    squeezed = Citation("cash", ("circular 11", "2IDENTIFICATION at the counter"), date(2026, 9, 1))
    assert grade(_question(), "answered", "USD 2,000", [squeezed]).mark is Mark.RIGHT


@pytest.mark.parametrize("outcome", ["abstained", "refused", "failed", "cancelled", "budget_exceeded"])
def test_missed_when_there_is_no_answer_to_an_answerable_question(outcome: str) -> None:
    assert grade(_question(), outcome, "", []) == Grade(Mark.MISSED, f"no answer: the run ended as {outcome}")


@pytest.mark.parametrize("outcome", ["abstained", "refused"])
def test_right_when_it_abstains_or_refuses_where_that_is_due(outcome: str) -> None:
    assert grade(_abstaining(), outcome, "", []) == Grade(Mark.RIGHT, f"{outcome}, as it should be")


def test_wrong_when_it_answers_where_abstaining_is_due() -> None:
    assert grade(_abstaining(), "answered", "Certainly.", [GOOD]).mark is Mark.WRONG


def test_a_run_that_fails_has_not_abstained() -> None:
    assert grade(_abstaining(), "failed", "", []).mark is Mark.MISSED


@given(text=st.text(), outcome=st.sampled_from(["answered", "abstained", "refused", "failed"]), cited=st.booleans())
def test_only_an_answer_can_be_wrong_and_never_one_that_is_cited_and_clean(
    text: str, outcome: str, cited: bool
) -> None:
    question = _question(must_not_say=[])
    result = grade(question, outcome, text, [GOOD] if cited else [])
    if result.mark is Mark.WRONG:
        assert outcome == "answered"
        assert not cited


@pytest.mark.parametrize(
    "changes",
    [
        {"must_cite": []},
        {"must_say": []},
        {"must_say": [[]]},
        {"must_say": [["("]]},
        {"must_not_say": ["[a"]},
        {"turns": []},
        {"turns": [""]},
        {"id": "Not An Id"},
        {"as": "Anna Keller"},
        {"expect": "abstain"},
        {"expect": "perhaps"},
        {"as_of": "yesterday"},
        {"surprise": 1},
        {"must_cite": [{"document": "cash", "page": 3}]},
    ],
    ids=repr,
)
def test_a_question_that_breaks_the_format_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="validation error"):
        _question(**changes)


FILE = """
- id: {name}
  as: anna
  turns: ["First?", "And then?"]
  as_of: 2026-03-10
  expect: answer
  note: "read in 2.1"
  must_cite: [{{document: cash, effective_from: 2026-09-01}}]
  must_say: [['2,000']]
"""


def test_files_are_loaded_in_the_order_of_their_names(tmp_path: Path) -> None:
    (tmp_path / "b.yaml").write_text(FILE.format(name="second"), encoding="utf-8")
    (tmp_path / "a.yaml").write_text(FILE.format(name="first"), encoding="utf-8")
    (tmp_path / "README.md").write_text("not a question", encoding="utf-8")

    first, second = load_golden(tmp_path)

    assert (first.id, second.id) == ("first", "second")
    assert first == GoldenQuestion(
        id="first",
        persona="anna",
        turns=("First?", "And then?"),
        as_of=date(2026, 3, 10),
        expect="answer",
        note="read in 2.1",
        must_cite=(Place(document="cash", effective_from=date(2026, 9, 1)),),
        must_say=(("2,000",),),
    )


def test_an_id_may_not_be_used_twice(tmp_path: Path) -> None:
    for name in ("a.yaml", "b.yaml"):
        (tmp_path / name).write_text(FILE.format(name="same"), encoding="utf-8")
    with pytest.raises(GoldenFileError, match="used more than once: same"):
        load_golden(tmp_path)


@pytest.mark.parametrize("content", ["- id: [", "id: alone", "- id: x"], ids=["not yaml", "no list", "incomplete"])
def test_a_file_that_cannot_be_used_is_named(tmp_path: Path, content: str) -> None:
    (tmp_path / "broken.yaml").write_text(content, encoding="utf-8")
    with pytest.raises(GoldenFileError, match=r"broken\.yaml"):
        load_golden(tmp_path)
