"""The golden questions themselves: enough of each kind, and true to the policies they were read from."""

import json
import re
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import pypdfium2
import pytest

from evals.golden_questions import GoldenQuestion, Place, load_golden

ROOT = Path(__file__).parents[2]
GOLDEN = ROOT / "evals" / "golden"
POLICIES = ROOT / "sandbox" / "policies"
TODAY = date(2026, 11, 20)
QUESTIONS = load_golden(GOLDEN)
OVER_POLICIES = [question for question in QUESTIONS if question.id.startswith("policy-")]
OVER_REGULATIONS = [question for question in QUESTIONS if question.id.startswith("reg-")]

PERSONAS = {
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

# The editions of the development data, newest last.
REGULATIONS = {
    "reg-b": ["2011-12-30", "2018-01-01", "2022-01-01"],
    "reg-dd": ["2011-12-30"],
    "reg-e": ["2013-10-28", "2016-11-14"],
    "reg-f": ["2011-12-30"],
    "reg-m": [
        "2011-12-30",
        "2013-01-01",
        "2014-01-01",
        "2015-01-01",
        "2016-01-01",
        "2017-01-01",
        "2018-01-01",
    ],
    "reg-p": ["2011-12-30", "2016-08-10"],
    "reg-v": ["2011-12-30"],
}


def _answerable(questions: list[GoldenQuestion]) -> list[GoldenQuestion]:
    return [question for question in questions if question.expect == "answer"]


def _folder(question: GoldenQuestion) -> Path:
    return POLICIES / "vale" if question.persona in OF_VALE else POLICIES


def _edition_in_force(folder: Path, document: str, day: date) -> dict[str, Any] | None:
    entries = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    begun = [
        entry
        for entry in entries
        if entry["document"] == document and date.fromisoformat(entry["effective_from"]) <= day
    ]
    newest = max(begun, key=lambda entry: entry["effective_from"], default=None)
    if newest is None or date.fromisoformat(newest.get("effective_to", "9999-12-31")) <= day:
        return None
    return newest


def _expected_editions(question: GoldenQuestion) -> list[tuple[Place, dict[str, Any]]]:
    found = [
        (place, _edition_in_force(_folder(question), place.document, question.as_of or TODAY))
        for place in question.must_cite
    ]
    return [(place, edition) for place, edition in found if edition is not None]


def _text(path: Path) -> str:
    if path.suffix == ".md":
        return " ".join(path.read_text(encoding="utf-8").split())
    document = pypdfium2.PdfDocument(path)
    text = " ".join(page.get_textpage().get_text_bounded() for page in document)
    document.close()
    return " ".join(text.split())


def test_there_are_enough_questions_of_every_kind() -> None:
    assert {question.id.partition("-")[0] for question in QUESTIONS} == {"policy", "reg"}
    assert len(OVER_REGULATIONS) >= 25
    assert len(OVER_POLICIES) >= 15
    assert sum(question.expect == "abstain" for question in QUESTIONS) >= 10
    assert sum(len(question.turns) > 1 for question in QUESTIONS) >= 3
    assert sum(question.as_of is not None for question in QUESTIONS) >= 5
    assert any("mortgage" in question.turns[-1] for question in QUESTIONS if question.expect == "abstain")
    assert {question.persona for question in QUESTIONS} <= set(PERSONAS)
    assert Counter(question.persona == "anna" for question in QUESTIONS)[False] >= 10


@pytest.mark.parametrize("question", _answerable(OVER_REGULATIONS), ids=lambda question: question.id)
def test_a_regulation_question_cites_the_edition_in_force(question: GoldenQuestion) -> None:
    day = (question.as_of or TODAY).isoformat()
    for place in question.must_cite:
        in_force = [start for start in REGULATIONS[place.document] if start <= day][-1]
        assert place.effective_from == date.fromisoformat(in_force)


@pytest.mark.parametrize("question", _answerable(OVER_POLICIES), ids=lambda question: question.id)
def test_a_policy_question_cites_editions_in_force_that_the_persona_may_read(question: GoldenQuestion) -> None:
    expected = _expected_editions(question)

    assert len(expected) == len(question.must_cite)
    for place, edition in expected:
        assert place.effective_from == date.fromisoformat(edition["effective_from"])
        assert set(edition["audience"]) & ({"*"} | PERSONAS[question.persona])


@pytest.mark.parametrize("question", _answerable(OVER_POLICIES), ids=lambda question: question.id)
def test_what_a_policy_answer_must_say_stands_in_the_cited_editions(question: GoldenQuestion) -> None:
    texts = [_text(_folder(question) / edition["file"]) for _, edition in _expected_editions(question)]
    for group in question.must_say:
        assert any(re.search(pattern, text, re.IGNORECASE) for pattern in group for text in texts), group


@pytest.mark.parametrize("question", _answerable(OVER_POLICIES), ids=lambda question: question.id)
def test_quoting_the_cited_editions_is_never_wrong_but_for_planted_instructions(
    question: GoldenQuestion,
) -> None:
    for place, edition in _expected_editions(question):
        text = _text(_folder(question) / edition["file"])
        hits = [pattern for pattern in question.must_not_say if re.search(pattern, text, re.IGNORECASE)]
        assert bool(hits) == (place.document in {"wire-transfers", "power-of-attorney"}), hits


def test_what_must_not_be_said_stands_in_another_edition_or_document() -> None:
    everything = " ".join(_text(path) for path in sorted(POLICIES.rglob("*-20*.*")) if "source" not in path.parts)
    idle = {
        question.id
        for question in OVER_POLICIES
        if question.must_not_say
        and not any(re.search(pattern, everything, re.IGNORECASE) for pattern in question.must_not_say)
    }
    assert idle == set()
