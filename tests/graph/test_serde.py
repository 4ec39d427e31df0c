"""Checkpoints open with their run's key only, and build plain values only."""

import os
import pickle
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import ormsgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from langgraph.types import Interrupt

from core.crypto import Keyring, SealBroken
from graph.serde import SEALED, SealedSerializer

RUN = UUID(int=7)
KEYRING = Keyring(bytes(range(32)))
KEY, WRAPPED = KEYRING.new_data_key("harbour", "thread")
SERDE = SealedSerializer(KEY, "harbour", RUN)

values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False)
    | st.text(max_size=10)
    | st.binary(max_size=10),
    lambda v: st.lists(v, max_size=3) | st.dictionaries(st.text(max_size=5), v, max_size=3),
    max_leaves=10,
)


@given(values)
def test_plain_values_survive(value: Any) -> None:
    kind, sealed = SERDE.dumps_typed(value)
    assert kind == SEALED
    assert SERDE.loads_typed((kind, sealed)) == value


def test_what_an_approval_leaves_survives() -> None:
    interrupts = (Interrupt(value={"question": "sign?"}, id="abc"),)
    assert SERDE.loads_typed(SERDE.dumps_typed(interrupts)) == list(interrupts)


def test_the_sealed_form_shows_nothing() -> None:
    assert b"marker" not in SERDE.dumps_typed({"text": "marker"})[1]


@pytest.mark.parametrize(
    "other",
    [
        SealedSerializer(KEY, "harbour", uuid4()),
        SealedSerializer(KEY, "vale", RUN),
        SealedSerializer(KEYRING.new_data_key("harbour", "thread")[0], "harbour", RUN),
    ],
    ids=["another run", "another tenant", "another key"],
)
def test_a_foreign_checkpoint_does_not_open(other: SealedSerializer) -> None:
    with pytest.raises(SealBroken):
        SERDE.loads_typed(other.dumps_typed({"a": 1}))


@pytest.mark.parametrize("kind", ["msgpack", "json", "pickle", "null", "bytes", ""])
def test_an_unsealed_row_is_refused_whatever_it_calls_itself(kind: str) -> None:
    with pytest.raises(ValueError, match="was not written by this service"):
        SERDE.loads_typed((kind, JsonPlusSerializer().dumps_typed({"a": 1})[1]))


def test_an_altered_row_is_refused() -> None:
    kind, sealed = SERDE.dumps_typed({"a": 1})
    with pytest.raises(SealBroken):
        SERDE.loads_typed((kind, sealed[:-1] + bytes([sealed[-1] ^ 1])))


class Touch:
    """Pickles into a call that makes a file: proof that something was executed."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> Any:
        return (os.mkdir, (str(self.path),))


def sealed_by_ourselves(kind: str, content: bytes) -> tuple[str, bytes]:
    """What an attacker with the thread's key could write: the seal alone must not be the only wall."""
    return SEALED, KEY.seal(kind.encode() + b"\0" + content, f"checkpoint|harbour|{RUN}")


def test_a_sealed_pickle_is_not_executed(tmp_path: Path) -> None:
    target = tmp_path / "made"
    with pytest.raises(NotImplementedError):
        SERDE.loads_typed(sealed_by_ourselves("pickle", pickle.dumps(Touch(target))))
    assert not target.exists()


@pytest.mark.parametrize("code", [0, 1, 2, 3, 4, 5])
def test_a_sealed_extension_that_names_a_callable_is_not_executed(tmp_path: Path, code: int) -> None:
    """CVE-2026-28277: the stock decoder called whatever the row named."""
    target = tmp_path / "made"
    payloads = [
        ("os", "mkdir", str(target)),
        ("os", "mkdir", [str(target)]),
        ("os", "mkdir", {"path": str(target)}),
        ("os", "mkdir", [str(target)], {}, "x"),
        ("pathlib", "Path", str(target), "mkdir"),
        ("subprocess", "check_call", [["mkdir", str(target)]], {}),
    ]
    for payload in payloads:
        crafted = ormsgpack.packb(ormsgpack.Ext(code, ormsgpack.packb(payload)))
        try:
            value = SERDE.loads_typed(sealed_by_ourselves("msgpack", crafted))
        except (ValueError, TypeError, KeyError):
            value = None
        assert not target.exists()
        assert not callable(value)
