"""The tuning questions: in the golden format, balanced, and true to the documents they were read from."""

import json
import re
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import pypdfium2
import pytest

from evals.golden_questions import GoldenQuestion, load_golden

ROOT = Path(__file__).parents[2]
TUNING = ROOT / "evals" / "tuning"
POLICIES = ROOT / "sandbox" / "policies"
TODAY = date(2026, 11, 20)
QUESTIONS = load_golden(TUNING)
OVER_POLICIES = [question for question in QUESTIONS if question.id.startswith("tuning-policy-")]
OVER_REGULATIONS = [question for question in QUESTIONS if question.id.startswith("tuning-reg-")]

ROLES = {
    "anna": {"staff"},
    "omar": {"analyst", "fraud_desk"},
    "sam": {"supervisor"},
    "sofia": {"supervisor"},
    "carla": {"compliance"},
    "pia": {"policy_owner", "hr"},
    "paul": {"policy_owner", "fraud_desk"},
    "boris": {"staff"},
    "sasha": {"supervisor"},
}
OF_VALE = {"boris", "sasha"}

# First days of the editions of the development data, oldest first.
REGULATIONS = {
    "reg-b": ["2011-12-30", "2018-01-01", "2022-01-01"],
    "reg-dd": ["2011-12-30"],
    "reg-e": ["2013-10-28", "2016-11-14"],
    "reg-f": ["2011-12-30"],
    "reg-m": ["2011-12-30", *(f"{year}-01-01" for year in range(2013, 2019))],
    "reg-p": ["2011-12-30", "2016-08-10"],
    "reg-v": ["2011-12-30"],
}


def _answerable(questions: list[GoldenQuestion]) -> list[GoldenQuestion]:
    return [question for question in questions if question.expect == "answer"]


def _editions(question: GoldenQuestion) -> list[tuple[dict[str, Any], str]]:
    """The editions, with their text, that the question's places name, as far as they are in force for the asker."""
    folder = POLICIES / "vale" if question.persona in OF_VALE else POLICIES
    day = (question.as_of or TODAY).isoformat()
    begun: dict[str, dict[str, Any]] = {}
    for entry in sorted(json.loads((folder / "manifest.json").read_text("utf-8")), key=lambda e: e["effective_from"]):
        if entry["effective_from"] <= day:
            begun[entry["document"]] = entry
    named = [begun[place.document] for place in question.must_cite if place.document in begun]
    current = [entry for entry in named if entry.get("effective_to", "9999-12-31") > day]
    return [(entry, _text(folder / entry["file"])) for entry in current]


def _text(path: Path) -> str:
    if path.suffix == ".md":
        return " ".join(path.read_text(encoding="utf-8").split())
    document = pypdfium2.PdfDocument(path)
    text = " ".join(page.get_textpage().get_text_bounded() for page in document)
    document.close()
    return " ".join(text.split())


def _found(pattern: str, text: str) -> bool:
    return re.search(pattern, text, re.IGNORECASE) is not None


def test_the_set_is_balanced() -> None:
    assert (len(OVER_REGULATIONS), len(OVER_POLICIES), len(QUESTIONS)) == (45, 35, 80)
    assert Counter(question.expect for question in QUESTIONS) == {"answer": 54, "abstain": 26}
    assert sum(len(question.turns) > 1 for question in QUESTIONS) >= 8
    assert sum(question.as_of is not None for question in QUESTIONS) >= 8
    assert sum("Out of scope." in question.note for question in QUESTIONS) == 4
    assert {question.persona for question in QUESTIONS} == set(ROLES)
    cited = {place.document for question in OVER_REGULATIONS for place in question.must_cite}
    assert cited == set(REGULATIONS)


def test_no_id_is_a_golden_one() -> None:
    golden = {question.id for question in load_golden(ROOT / "evals" / "golden")}
    assert golden & {question.id for question in QUESTIONS} == set()


@pytest.mark.parametrize("question", _answerable(OVER_REGULATIONS), ids=lambda question: question.id)
def test_a_regulation_question_cites_the_edition_in_force(question: GoldenQuestion) -> None:
    day = (question.as_of or TODAY).isoformat()
    for place in question.must_cite:
        in_force = [start for start in REGULATIONS[place.document] if start <= day][-1]
        assert place.effective_from == date.fromisoformat(in_force)


@pytest.mark.parametrize("question", _answerable(OVER_POLICIES), ids=lambda question: question.id)
def test_a_policy_question_cites_what_the_asker_may_read_and_what_stands_there(question: GoldenQuestion) -> None:
    editions = _editions(question)

    assert [entry["effective_from"] for entry, _ in editions] == [
        place.effective_from and place.effective_from.isoformat() for place in question.must_cite
    ]
    for entry, _ in editions:
        assert set(entry["audience"]) & ({"*"} | ROLES[question.persona])
    for group in question.must_say:
        assert any(_found(pattern, text) for pattern in group for _, text in editions), group


@pytest.mark.parametrize("question", _answerable(OVER_POLICIES), ids=lambda question: question.id)
def test_only_a_planted_instruction_of_the_cited_edition_must_not_be_said(question: GoldenQuestion) -> None:
    for entry, text in _editions(question):
        hits = [pattern for pattern in question.must_not_say if _found(pattern, text)]
        assert bool(hits) == (entry["document"] in {"wire-transfers", "power-of-attorney"}), hits
