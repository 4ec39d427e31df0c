"""The golden run: which questions are asked, and what the figures count."""

from pathlib import Path
from typing import Any

import pytest

from evals.asking import Reply
from evals.errors import DataError
from evals.golden import Graded, chosen, load, scores
from evals.golden_questions import GoldenQuestion, Grade, Mark, grade

ANSWERABLE: dict[str, Any] = {
    "as": "anna",
    "turns": ["How long?"],
    "expect": "answer",
    "note": "n",
    "must_cite": [{"document": "d"}],
    "must_say": [["ten days"]],
}
NONE: dict[str, Any] = {"as": "anna", "turns": ["What?"], "expect": "abstain", "note": "n"}


def _question(name: str, content: dict[str, Any]) -> GoldenQuestion:
    return GoldenQuestion.model_validate({"id": name, **content})


def _graded(question: GoldenQuestion, outcome: str, text: str = "", code: str = "") -> Graded:
    reply = Reply(outcome, text, code=code)
    return Graded(question, reply, grade(question, outcome, text, ()), 0.25)


def test_counts_useful_over_the_answerable_and_false_over_all() -> None:
    graded = [
        _graded(_question("policy-a", ANSWERABLE), "abstained", code="weak_evidence"),
        _graded(_question("policy-b", ANSWERABLE), "answered", "nine days"),
        _graded(_question("policy-c", NONE), "refused", code="out_of_scope"),
        _graded(_question("policy-d", NONE), "answered", "anything"),
    ]
    result = scores(graded, whole=True)
    entries = result.pop("per_question")
    assert result == {
        "questions": 4,
        "right": 1,
        "wrong": 2,
        "missed": 1,
        "abstained": 2,
        "answerable": 2,
        "found_by_search": 0,
        "useful_rate": 0.0,
        "false_rate": 0.5,
        "miss_rate": 0.75,
        "by_risk": {
            "low": {"questions": 4, "answerable": 2, "useful": 0, "wrong": 2, "missed": 1},
            "standard": {"questions": 0, "answerable": 0, "useful": 0, "wrong": 0, "missed": 0},
            "high": {"questions": 0, "answerable": 0, "useful": 0, "wrong": 0, "missed": 0},
        },
        "by_code": {
            "out_of_scope": {"right": 1, "withheld": 0},
            "weak_evidence": {"right": 0, "withheld": 1},
        },
        "gate": {"useful_rate": 0.7, "false_rate": 0.02},
        "gate_passed": False,
    }
    assert [(entry["id"], entry["mark"]) for entry in entries] == [
        ("policy-a", "missed"),
        ("policy-b", "wrong"),
        ("policy-c", "right"),
        ("policy-d", "wrong"),
    ]
    assert entries[0] == {
        "id": "policy-a",
        "expect": "answer",
        "mark": "missed",
        "outcome": "abstained",
        "reason": "no answer: the run ended as abstained",
        "code": "weak_evidence",
        "risk": "low",
        "found_at": None,
        "seconds": 0.25,
    }


@pytest.mark.parametrize(
    ("useful", "wrong", "passed"), [(7, 0, True), (6, 0, False), (9, 1, False)], ids=["at the bar", "useless", "false"]
)
def test_the_gate_wants_useful_answers_and_hardly_a_false_one(useful: int, wrong: int, passed: bool) -> None:
    marks = [Mark.RIGHT] * useful + [Mark.WRONG] * wrong + [Mark.MISSED] * (10 - useful - wrong)
    question = _question("policy-a", ANSWERABLE)
    given = {Mark.RIGHT: ("answered", "ten days"), Mark.WRONG: ("answered", "a year"), Mark.MISSED: ("failed", "")}
    graded = [Graded(question, Reply(*given[mark]), Grade(mark, "as given"), 0.1) for mark in marks]
    assert scores(graded, whole=True)["gate_passed"] is passed
    assert scores(graded, whole=False)["gate_passed"] is None


def test_leaves_out_questions_over_documents_that_are_not_at_hand() -> None:
    questions = [_question("policy-a", ANSWERABLE), _question("reg-a", ANSWERABLE), _question("reg-none", NONE)]
    assert chosen(questions, data=None, only=None) == (questions[:1], 2)
    assert chosen(questions, data=Path("data"), only=None) == (questions, 0)
    assert chosen(questions, data=Path("data"), only=["reg-n", "policy"]) == ([questions[0], questions[2]], 0)
    with pytest.raises(DataError, match="no question's id begins with other"):
        chosen(questions, data=None, only=["other"])


def test_says_which_file_of_questions_is_wrong(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no such folder"):
        load(tmp_path / "nowhere")
    (tmp_path / "broken.yaml").write_text("- id: [", encoding="utf-8")
    with pytest.raises(DataError, match=r"broken\.yaml"):
        load(tmp_path)
