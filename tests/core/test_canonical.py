"""One byte form per value: the order of keys and the way a number is written do not matter."""

import json
from typing import Any, cast

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st
from rfc8785 import CanonicalizationError

from core.canonical import canonical_json, digest, sha256_hex

scalars = (
    st.none()
    | st.booleans()
    | st.integers(min_value=-(2**53) + 1, max_value=2**53 - 1)
    | st.floats(min_value=-(2**53) + 1, max_value=2**53 - 1)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
)
keys = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
values = st.recursive(scalars, lambda v: st.lists(v, max_size=4) | st.dictionaries(keys, v, max_size=4), max_leaves=12)


def test_the_rfcs_own_example() -> None:
    value = {
        "numbers": [333333333.33333329, 1e30, 4.50, 2e-3, 0.000000000000000000000000001],
        "string": "\u20ac$\u000f\u000aA'\u0042\u0022\u005c\\\"/",
        "literals": [None, True, False],
    }
    assert canonical_json(value).decode() == (
        '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],'
        '"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}'
    )


def test_a_digest_is_the_hash_of_the_canonical_bytes() -> None:
    assert digest({"b": 1, "a": [1.0]}) == sha256_hex(b'{"a":[1],"b":1}')


@given(st.dictionaries(keys, values, max_size=5))
def test_the_order_of_keys_does_not_matter(value: dict[str, object]) -> None:
    assert digest(dict(reversed(value.items()))) == digest(value)


@given(values)
def test_a_value_survives_its_bytes(value: object) -> None:
    assert canonical_json(json.loads(canonical_json(value))) == canonical_json(value)


@given(values, values)
def test_different_bytes_have_different_digests(one: object, other: object) -> None:
    assert (digest(one) == digest(other)) is (canonical_json(one) == canonical_json(other))


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 2**53, {1: "a"}, object()])
def test_what_json_cannot_hold_is_refused(value: object) -> None:
    with pytest.raises(CanonicalizationError):
        canonical_json(value)


_TEXT = st.text(st.characters(exclude_categories=["Cs"]))
_PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | _TEXT,
    lambda inner: st.lists(inner) | st.dictionaries(_TEXT, inner),
)


@given(_PLAIN)
def test_the_quick_way_gives_the_bytes_of_the_standard(value: object) -> None:
    assert canonical_json(value) == rfc8785.dumps(cast("Any", value))
