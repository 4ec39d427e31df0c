"""Sentences about arguments that do not fit; and that nothing odd passes."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.catalogue.arguments import problems
from tools.catalogue.load import CORE_BANKING, load

TOOLS = load(CORE_BANKING).tools
NOTE = {"case_id": "C-1042", "text": "Address proof is missing."}
LIMIT = {"customer_id": "31-7750", "kind": "daily_card", "amount": 2500}
TASK = {"title": "Call back"}


@pytest.mark.parametrize(
    ("tool", "args", "expected"),
    [
        ("case_add_note", NOTE, []),
        ("case_add_note", {**NOTE, "text": "Two\nlines."}, []),
        ("case_add_note", {}, ["These are missing: Case, Note."]),
        ("case_add_note", {"case_id": "C-1042"}, ["Note is missing."]),
        ("case_add_note", {**NOTE, "text": ""}, ["Note is empty."]),
        ("case_add_note", {**NOTE, "text": "x" * 1001}, ["Note is too long: at most 1,000 characters."]),
        ("case_add_note", {**NOTE, "urgent": True}, ["There is more than this takes, which is Case, Note."]),
        (
            "case_add_note",
            {**NOTE, "case_id": "1042"},
            ["Case is too short."],
        ),
        (
            "case_add_note",
            {**NOTE, "case_id": "K-1042"},
            ["Case does not have the right form: The case number, such as C-1042."],
        ),
        ("limit_change", {**LIMIT, "amount": -1}, ["New limit in dollars must be at least 0."]),
        ("limit_change", {**LIMIT, "amount": 100_001}, ["New limit in dollars must be at most 100,000."]),
        ("limit_change", {**LIMIT, "amount": "2500"}, ["New limit in dollars must be a whole number."]),
        ("limit_change", {**LIMIT, "amount": 25.5}, ["New limit in dollars must be a whole number."]),
        ("limit_change", {**LIMIT, "amount": True}, ["New limit in dollars must be a whole number."]),
        ("limit_change", {**LIMIT, "kind": "weekly"}, ["Limit must be one of daily card, daily transfer."]),
        ("task_create", {**TASK, "due_on": "2026-02-30"}, ["Due on is not a date such as 2026-12-01."]),
        ("task_create", {**TASK, "due_on": None}, ["Due on must be a text."]),
    ],
)
def test_a_sentence_names_the_argument(tool: str, args: dict[str, Any], expected: list[str]) -> None:
    assert problems(TOOLS[tool], args) == expected


@pytest.mark.parametrize("text", ["pay\u202eyap", "a\u200bb", "a\x00b", "a\x07", "a\u2028b", " ", "\n"], ids=ascii)
def test_a_note_that_would_show_otherwise_than_it_is_does_not_fit(text: str) -> None:
    assert problems(TOOLS["case_add_note"], {**NOTE, "text": text})


@pytest.mark.parametrize("case_id", ["C-1042\n", "С-1042", "C-１042", "C-1042 ", "../C-1042", "C-1042/notes"])
def test_a_case_number_that_only_looks_right_does_not_fit(case_id: str) -> None:
    assert problems(TOOLS["case_lookup"], {"case_id": case_id})


@pytest.mark.parametrize("args", [{"text": float("nan")}, {"text": object()}, {"text": "\ud800"}, {1: 2}])
def test_what_is_no_json_is_refused_and_raises_nothing(args: Any) -> None:
    assert problems(TOOLS["case_add_note"], args)


def test_arguments_beyond_any_use_are_refused_unread() -> None:
    assert problems(TOOLS["case_add_note"], {**NOTE, "text": "x" * 40_000}) == ["The arguments are too long."]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@given(
    args=st.dictionaries(st.sampled_from(["case_id", "text", "amount", "x"]) | st.text(max_size=5), JSON, max_size=4),
    name=st.sampled_from(sorted(TOOLS)),
)
def test_whatever_a_model_sends_gets_sentences_and_no_error(args: dict[str, Any], name: str) -> None:
    found = problems(TOOLS[name], args)
    assert all(text.endswith(".") or ": " in text for text in found)
    extra = set(args) - set(TOOLS[name].labels)
    assert found or not extra
