from typing import Any

import pytest

from tests.tools.catalogue_sample import NOTE, tool
from tools.catalogue.models import Catalogue
from tools.models import Effect
from tools.planning.builtin import BuiltInPlanner
from tools.planning.hints import HintsError, read_words


def planner(**changes: Any) -> BuiltInPlanner:
    made = tool("case_add_note", **changes)
    return BuiltInPlanner(Catalogue("v1", "Core Banking", {made.name: made}))


def test_a_tool_without_hints_is_known_by_its_title_and_patterns() -> None:
    schema = {
        "type": "object",
        "required": ["case_id"],
        "properties": {"case_id": NOTE.schema["properties"]["case_id"]},
    }
    bare = planner(title="Close the case", schema=schema)
    assert bare.recognises("Please close case C-1042")
    assert not bare.recognises("Please reopen case C-1042")


def test_what_no_rule_can_find_is_never_planned() -> None:
    """A required text that no hint names."""
    assert not planner().recognises("Add a note to case C-1042: done")
    assert planner(hints={"text": "text"}).recognises("Add a note to case C-1042: done")


@pytest.mark.parametrize(
    ("hints", "problem"),
    [
        ({"verb": ["add"]}, "case_add_note: hints can't have verb"),
        ({"verbs": "add"}, "case_add_note: hints.verbs must be a list of words"),
        ({"case.before": ["case"]}, "case_add_note: hints can't have case.before"),
        ({"case_id.before": "case"}, "case_add_note: hints.case_id.before must be a list of words"),
    ],
)
def test_a_wrong_hint_names_the_tool(hints: dict[str, Any], problem: str) -> None:
    with pytest.raises(HintsError) as raised:
        planner(hints=hints)
    assert str(raised.value) == problem


def test_how_an_argument_is_asked_for_without_hints() -> None:
    properties = {
        "case_id": {"type": "string", "pattern": "^C-[0-9]{4}$", "description": "The case number, such as C-1042."},
        "last4": {"type": "string", "pattern": "^[0-9]{4}$"},
        "reason": {"type": "string", "enum": ["lost", "suspected_fraud"]},
        "amount": {"type": "integer"},
        "due_on": {"type": "string", "format": "date"},
        "text": {"type": "string"},
        "extra": {"type": "object"},
    }
    words = read_words(
        tool(
            "any",
            effect=Effect.WRITE,
            labels={"case_id": "Case"},
            schema={"properties": properties},
            hints={"text": "text"},
        )
    )
    assert [argument.ask for argument in words.arguments] == [
        "Say the case: it looks like C-1042.",
        "Say the last4.",
        "Say the reason: lost or suspected fraud.",
        "Say the amount as a whole number, such as 2,500.",
        "Say the due on in the form 2026-11-30.",
        "Write the text after a colon.",
        "Say the extra.",
    ]
    assert [argument.bare for argument in words.arguments] == [False, True, False, False, False, False, False]
