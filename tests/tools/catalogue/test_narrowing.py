"""An argument's schema in the catalogue may allow less than the operation's, never more."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from tools.catalogue.narrowing import widening

AMOUNT = {"type": "integer", "minimum": 0, "maximum": 100}
KIND = {"type": "string", "enum": ["a", "b"]}


@pytest.mark.parametrize(
    ("given_schema", "own", "wider"),
    [
        ({}, AMOUNT, False),
        ({"description": "Whole dollars."}, AMOUNT, False),
        ({"minimum": 1, "maximum": 99}, AMOUNT, False),
        ({"minimum": -1}, AMOUNT, True),
        ({"maximum": 101}, AMOUNT, True),
        ({"maximum": True}, AMOUNT, True),
        ({"type": "number"}, AMOUNT, True),
        ({"enum": ["a"]}, KIND, False),
        ({"enum": ["a", "c"]}, KIND, True),
        ({"enum": []}, KIND, True),
        ({"enum": [1, 2]}, AMOUNT, False),
        ({"pattern": "^x$"}, {"type": "string"}, False),
        ({"pattern": "^x$"}, {"type": "string", "pattern": "^y$"}, True),
        ({"anyOf": [{}]}, AMOUNT, True),
        ({"$ref": "#/x"}, AMOUNT, True),
    ],
)
def test_wider_is_told_from_narrower(given_schema: dict[str, Any], own: dict[str, Any], *, wider: bool) -> None:
    assert (widening(given_schema, own) is not None) is wider


BOUNDS = st.fixed_dictionaries({}, optional={"minimum": st.integers(-5, 5), "maximum": st.integers(-5, 5)})
LENGTHS = st.fixed_dictionaries({}, optional={"minLength": st.integers(0, 4), "maxLength": st.integers(0, 4)})


@given(
    catalogue=BOUNDS | LENGTHS,
    own=BOUNDS | LENGTHS,
    value=st.integers(-8, 8) | st.text(max_size=6),
)
def test_what_a_narrower_schema_takes_the_operation_takes(
    catalogue: dict[str, Any], own: dict[str, Any], value: int | str
) -> None:
    if widening(catalogue, own) is None and Draft202012Validator({**own, **catalogue}).is_valid(value):
        assert Draft202012Validator(own).is_valid(value)
