"""A sealed value opens with its key, in its place, unaltered; and in no other way."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.crypto import Keyring, SealBroken

MASTER = bytes(range(32))
KEYRING = Keyring(MASTER)
KEY, WRAPPED = KEYRING.new_data_key("harbour", "thread-1")
texts = st.binary(max_size=200)
contexts = st.text(max_size=30)


@given(texts, contexts)
def test_what_was_sealed_opens(plaintext: bytes, context: str) -> None:
    assert KEY.open(KEY.seal(plaintext, context), context) == plaintext
    assert KEYRING.open(KEYRING.seal(plaintext, context), context) == plaintext
    assert KEYRING.unwrap("harbour", "thread-1", WRAPPED).open(KEY.seal(plaintext, context), context) == plaintext


@given(texts, contexts)
def test_the_same_text_is_never_sealed_to_the_same_bytes(plaintext: bytes, context: str) -> None:
    assert KEY.seal(plaintext, context) != KEY.seal(plaintext, context)


@given(texts, st.data())
def test_any_flipped_bit_breaks_the_seal(plaintext: bytes, data: st.DataObject) -> None:
    sealed = bytearray(KEY.seal(plaintext, "place"))
    bit = data.draw(st.integers(0, len(sealed) * 8 - 1))
    sealed[bit // 8] ^= 1 << bit % 8
    with pytest.raises(SealBroken):
        KEY.open(bytes(sealed), "place")


@given(texts, st.data())
def test_any_cut_breaks_the_seal(plaintext: bytes, data: st.DataObject) -> None:
    sealed = KEY.seal(plaintext, "place")
    length = data.draw(st.integers(0, len(sealed) - 1))
    with pytest.raises(SealBroken):
        KEY.open(sealed[:length], "place")


@given(texts, contexts, contexts)
def test_another_place_does_not_open_it(plaintext: bytes, place: str, other: str) -> None:
    if place != other:
        with pytest.raises(SealBroken):
            KEY.open(KEY.seal(plaintext, place), other)


def test_another_key_does_not_open_it() -> None:
    other, _ = KEYRING.new_data_key("harbour", "thread-1")
    sealed = KEY.seal(b"text", "place")
    for attempt in (other.open, KEYRING.open, Keyring(bytes(32)).open):
        with pytest.raises(SealBroken):
            attempt(sealed, "place")


@pytest.mark.parametrize(
    ("keyring", "tenant", "owner"),
    [
        (KEYRING, "vale", "thread-1"),
        (KEYRING, "harbour", "thread-2"),
        (KEYRING, "harbour|thread-1", ""),
        (Keyring(bytes(32)), "harbour", "thread-1"),
    ],
)
def test_a_wrapped_key_is_its_owners_alone(keyring: Keyring, tenant: str, owner: str) -> None:
    with pytest.raises(SealBroken):
        keyring.unwrap(tenant, owner, WRAPPED)


@given(st.text(), st.text())
def test_commitments_tell_texts_and_keys_apart(one: str, another: str) -> None:
    other, _ = KEYRING.new_data_key("harbour", "thread-1")
    assert (KEY.commit(one) == KEY.commit(another)) is (one == another)
    assert KEY.commit(one) == KEYRING.unwrap("harbour", "thread-1", WRAPPED).commit(one)
    assert KEY.commit(one) != other.commit(one)


@given(texts, texts, contexts, contexts)
def test_digests_tell_values_places_and_keys_apart(one: bytes, another: bytes, place: str, other: str) -> None:
    digest = KEYRING.digest(one, place)
    assert (digest == KEYRING.digest(another, other)) is ((one, place) == (another, other))
    assert digest == Keyring(MASTER).digest(one, place)
    assert digest != Keyring(bytes(32)).digest(one, place)


def test_a_digest_is_no_plain_hash_and_its_place_has_an_end() -> None:
    assert KEYRING.digest(b"bc", "a") != KEYRING.digest(b"c", "ab")
    assert KEYRING.digest(b"text", "") != hashlib.sha256(b"text").hexdigest()


def test_a_key_does_not_show_itself() -> None:
    assert MASTER.hex() not in repr(KEYRING)
    assert repr(KEY).count("object at") == 1 or "commitment" not in repr(KEY)


@pytest.mark.parametrize("length", [0, 16, 31, 33])
def test_a_master_key_has_32_bytes(length: int) -> None:
    with pytest.raises(ValueError, match=f"32 bytes, not {length}"):
        Keyring(bytes(length))
