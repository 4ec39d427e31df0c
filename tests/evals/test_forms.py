"""Counting the items of a checklist by their places."""

import pytest

from evals import forms
from evals.forms import CASES, Counted, Request, count, load, place, scores
from evals.gates import FORMS_GATE


def test_the_requests_load_and_have_names_of_their_own() -> None:
    requests = load(CASES)
    assert len(requests) >= 20
    assert len({request.id for request in requests}) == len(requests)
    assert any(request.held_out for request in requests)
    assert not [request.id for request in requests if request.items & request.optional]


@pytest.mark.parametrize(
    ("section", "mark", "text", "expected"),
    [
        (["3 Politically exposed persons"], "3.3", "The relationship is approved.", "3.3"),
        (["3 Politically exposed persons"], "P1", "P1 | Statement | employee", "3:P1"),
        (["4 Periodic review"], None, "Low | 5 years | employee", "4:Low"),
        ([], None, "No heading", ":No heading"),
    ],
)
def test_an_item_is_known_by_its_place(section: list[str], mark: str | None, text: str, expected: str) -> None:
    assert place(section, mark, text) == expected


def answer(*items: tuple[str, str, int]) -> dict[str, object]:
    sources = [
        {"ref": 1, "document": "kyc", "section": ["3 Persons"]},
        {"ref": 2, "document": "other", "section": ["3 Cards"]},
    ]
    fields = [
        {
            "id": f"item{at}",
            "text": text,
            "mark": mark,
            "source": "passage",
            "citations": [ref],
            "claim": at,
            "quote": True,
            "basis": "word_for_word",
            "confidence": 1.0,
        }
        for at, (mark, text, ref) in enumerate(items)
    ]
    return {"sources": sources, "structured": {"kind": "checklist", "title": "x", "items": fields}}


def test_what_is_missing_and_what_is_wrong_both_count() -> None:
    request = Request(id="x", ask="x", document="kyc", items=frozenset({"3.1", "3.2"}), optional=frozenset({"3.4"}))
    given = answer(("3.1", "One.", 1), ("3.4", "Four.", 1), ("3.9", "Nine.", 1), ("3.2", "Of another document.", 2))
    counted = count(request, "answered", given)
    assert counted == Counted(request, "answered", frozenset({"3.1"}), ("kyc 3.9", "other 3.2"))
    assert (counted.recall, counted.precision) == (0.5, 1 / 3)
    assert scores([counted], whole=True)["gate_passed"] is (FORMS_GATE.recall <= 0.5)
    nothing = count(request, "abstained", None)
    assert (nothing.recall, nothing.precision) == (0.0, 0.0)
    assert forms.scores([counted, nothing], whole=False)["gate_passed"] is None
