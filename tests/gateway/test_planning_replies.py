import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.canonical import canonical_json
from gateway.errors import ModelNonsense
from gateway.limits import PLANNING
from gateway.planning.ports import Plan, PlannedCall
from gateway.planning.replies import plan_of, read_arguments
from gateway.writers.ports import Usage
from tests.gateway.planning_tasks import FIRST, NOTE_ARGS, SECOND

USAGE = Usage(model="openai:scripted", input_tokens=1, output_tokens=1, calls=1)
GOOD = json.dumps(NOTE_ARGS)
ESCAPED = "\\" + "u"

HOSTILE: dict[str, str] = {
    "no JSON": "case C-1042",
    "empty": "",
    "half": '{"case_id": "C-1042", "text": "a',
    "two objects": GOOD + GOOD,
    "a string": '"C-1042"',
    "an array": '[{"case_id": "C-1042", "text": "a"}]',
    "a number": "7",
    "null": "null",
    "a key twice": '{"case_id": "C-1042", "text": "a", "case_id": "C-1043"}',
    "a key twice, escaped": '{"case_id": "C-1042", "text": "a", "case' + ESCAPED + '005fid": "C-1043"}',
    "a key twice, deeper": '{"case_id": "C-1042", "text": "a", "tags": [{"x": 1, "x": 2}]}',
    "too deep": '{"case_id": "C-1042", "text": "a", "tags": [[[["x"]]]]}',
    "far too deep": '{"case_id": "C-1042", "text": "a", "tags": ' + "[" * 7000 + "]" * 7000 + "}",
    "not closed": "[" * 15_000,
    "huge": json.dumps({**NOTE_ARGS, "text": "a" * PLANNING.arguments_characters}),
    "not a number": '{"case_id": "C-1042", "text": "a", "tags": [NaN]}',
    "infinite": '{"case_id": "C-1042", "text": "a", "tags": [-Infinity]}',
    "a fraction": '{"case_id": "C-1042", "text": "a", "tags": [2500.5]}',
    "a whole number as a fraction": '{"case_id": "C-1042", "text": "a", "tags": [2500.0]}',
    "an unsafe number": '{"case_id": "C-1042", "text": "a", "tags": [9007199254740993]}',
    "a number of 5,000 digits": '{"case_id": "C-1042", "text": "a", "tags": [' + "9" * 5000 + "]}",
    "half a character": '{"case_id": "C-1042", "text": "a' + ESCAPED + 'd800"}',
    "a zero byte": '{"case_id": "C-1042", "text": "a' + ESCAPED + '0000"}',
    "an escape sequence": '{"case_id": "C-1042", "text": "a' + ESCAPED + '001b[2J"}',
    "an unknown argument": json.dumps({**NOTE_ARGS, "approved": True}),
    "a required one missing": '{"case_id": "C-1042"}',
}


@pytest.mark.parametrize("arguments", HOSTILE.values(), ids=HOSTILE)
def test_hostile_arguments_are_nonsense(arguments: str) -> None:
    with pytest.raises(ModelNonsense):
        plan_of(FIRST, [("case_add_note", arguments)], USAGE)


@pytest.mark.parametrize("arguments", [[], "x", 7, None, {"case_id": float("nan")}, {"case_id": b"C-1042"}, {1: "a"}])
def test_arguments_that_the_client_has_read_are_no_safer(arguments: object) -> None:
    with pytest.raises(ModelNonsense):
        plan_of(FIRST, [("case_add_note", arguments)], USAGE)


@pytest.mark.parametrize("name", ["", "case_delete", "CASE_ADD_NOTE", "case_add_note ", "functions.case_add_note"])
def test_a_tool_that_was_not_offered_is_nonsense(name: str) -> None:
    with pytest.raises(ModelNonsense):
        plan_of(FIRST, [(name, GOOD)], USAGE)


def test_one_wrong_call_spoils_the_plan() -> None:
    with pytest.raises(ModelNonsense):
        plan_of(FIRST, [("case_add_note", GOOD), ("case_lookup", "[]")], USAGE)


@pytest.mark.parametrize("count", [PLANNING.calls + 1, 500])
def test_more_calls_than_anyone_asks_for_are_nonsense(count: int) -> None:
    with pytest.raises(ModelNonsense):
        plan_of(FIRST, [("case_add_note", GOOD)] * count, USAGE)


def test_several_calls_in_order() -> None:
    calls = [("case_lookup", {"case_id": "C-1042"}), ("case_add_note", GOOD)]
    assert plan_of(FIRST, calls, USAGE) == Plan(
        calls=(PlannedCall("case_lookup", {"case_id": "C-1042"}), PlannedCall("case_add_note", NOTE_ARGS)),
        usage=USAGE,
        planner="openai:scripted",
    )


def test_no_call_is_the_end_only_after_a_result() -> None:
    assert plan_of(SECOND, [], USAGE) == Plan(usage=USAGE, planner="openai:scripted")
    with pytest.raises(ModelNonsense):
        plan_of(FIRST, [], USAGE)


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@given(st.dictionaries(st.text(max_size=8), PLAIN, max_size=4))
def test_what_is_read_has_one_canonical_form_and_no_other_meaning(value: dict[str, Any]) -> None:
    text = json.dumps(value)
    try:
        read = read_arguments(text)
    except ModelNonsense:
        return
    assert read == value
    canonical_json(read)


@given(st.text(max_size=200) | st.text(alphabet='{}[]":,\\u0123 aE.-', max_size=200))
def test_any_text_is_read_or_is_nonsense(text: str) -> None:
    try:
        assert isinstance(read_arguments(text), dict)
    except ModelNonsense:
        return
