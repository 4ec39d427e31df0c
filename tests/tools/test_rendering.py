"""The words about a call: filled templates and values, exactly and without surprises."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.rendering import has_stray_braces, placeholders, render, value_text, visible

ARGS = {"case_id": "C-1042", "amount": 12000, "reason": "suspected_fraud", "empty": "", "tags": ["a", "b"]}
RESULT = {
    "id": "N-9",
    "limits": {"daily_card": 5000},
    "notes": [{"text": "first"}, {"text": "last"}],
    "cards": [{"last4": "4411", "state": "active"}, {"last4": "9920", "state": "blocked"}],
    "cases": ["C-1042", "C-2001"],
}


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("Add a note to case {case_id}", "Add a note to case C-1042"),
        ("to ${amount}", "to $12,000"),
        ("because of {reason}", "because of suspected fraud"),
        ("{result.id}, {result.limits.daily_card}", "N-9, 5,000"),
        ("{result.notes[0].text} to {result.notes[-1].text}", "first to last"),
        ("{result.notes[7].text}", "–"),
        ("{result.cards}", "last4: 4411, state: active; last4: 9920, state: blocked"),
        ("{result.cases}", "C-1042, C-2001"),
        ("{tags}", "a, b"),
        ("{empty} {nothing} {result.nothing.more}", "– – –"),
        ("no placeholder", "no placeholder"),
    ],
)
def test_a_template_is_filled(template: str, expected: str) -> None:
    assert render(template, ARGS, RESULT) == expected


@pytest.mark.parametrize(
    "template",
    [
        "{case_id.__class__}",
        "{case_id!r}",
        "{case_id:>99999999}",
        "{0}",
        "{}",
        "{{case_id}}",
        "{case_id.upper}",
        "{result[id]}",
        "{result.__init__.__globals__}",
    ],
)
def test_a_template_runs_nothing(template: str) -> None:
    text = render(template, ARGS, RESULT)
    assert "class" not in text.replace("__class__", "")
    assert len(text) <= len(template) + len("C-1042")


def test_what_is_filled_in_is_never_a_template() -> None:
    assert render("{case_id}", {"case_id": "{amount}", "amount": 1}) == "{amount}"


def test_a_result_is_only_read_under_its_name() -> None:
    assert render("{id}", {}, {"id": "N-9"}) == "–"
    assert render("{result.id}", {"result": {"id": "forged"}}, None) == "–"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, "–"),
        ("", "–"),
        ([], "–"),
        ({}, "–"),
        (0, "0"),
        (False, "no"),
        (True, "yes"),
        (-1234567, "-1,234,567"),
        ("1234567", "1234567"),
        (["a", None], "a, –"),
        ({"last4": "4411", "kind": "debit"}, "last4: 4411, kind: debit"),
        ("daily_card", "daily_card"),
        ("a\nb", "a\nb"),
        ("pay\u202e1000", "pay\\u202e1000"),
        ("C\u200b-1042", "C\\u200b-1042"),
        ("a\u3164b", "a\\u3164b"),
        ("a\ufe01b", "a\\ufe01b"),
        ("a\U000e0141b", "a\\ue0141b"),
        ("tab\there", "tab\\u0009here"),
        ("naïve – “ok”", "naïve – “ok”"),
    ],
)
def test_a_value_is_shown_exactly(value: Any, expected: str) -> None:
    assert value_text(value) == expected


@given(st.text(max_size=40))
def test_two_texts_that_differ_are_shown_differently_unless_codes_are_typed_out(text: str) -> None:
    shown = visible(text)
    if "\\u" not in text:
        assert visible(shown) == shown
        assert (shown == text) == all(character in shown for character in text)


def test_the_placeholders_of_a_template_can_be_listed() -> None:
    assert placeholders("{a} {result.b[0].c} {d!r}") == ["a", "result.b[0].c"]
    assert not has_stray_braces("{a} and {result.b}")
    assert has_stray_braces("{a} and {b")
    assert has_stray_braces("{a:>3}")
