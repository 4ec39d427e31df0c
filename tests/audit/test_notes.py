"""Notes as the specification's own examples have them, and nothing that only looks like one."""

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from audit import notes
from audit.notes import Checkpoint, LogKey, Note, NoteError, Signature, Verifier

SEED = bytes(range(32))
KEY = LogKey("bank.example/harbour", SEED)
ROOT = bytes(range(100, 132))
CHECKPOINT = Checkpoint("bank.example/harbour", 7, ROOT)
SIGNED = KEY.sign(CHECKPOINT).content()

GO_NOTE = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
    "\n"
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)
"""The example of Go's golang.org/x/mod/sumdb/note documentation, with its key below."""
GO_VERIFIER = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"


def witness(name: str = "witness.example/w") -> tuple[Verifier, Ed25519PrivateKey]:
    key = Ed25519PrivateKey.from_private_bytes(bytes(32))
    return Verifier(name, key.public_key().public_bytes_raw(), notes.WITNESS), key


def cosign(text: str, at: int) -> Signature:
    verifier, key = witness()
    value = at.to_bytes(8) + key.sign(f"cosignature/v1\ntime {at}\n{text}".encode())
    return Signature(verifier.name, verifier.key_id, value)


def test_a_note_that_others_signed_is_read_and_verified() -> None:
    note = Note.parse(GO_NOTE.encode())
    verifier = Verifier.parse(GO_VERIFIER)
    [signature] = verifier.signatures_on(note)
    assert verifier.check(note.text, signature) is None
    assert (str(verifier), note.content().decode()) == (GO_VERIFIER, GO_NOTE)


def test_a_signed_checkpoint_has_the_form_of_the_specification() -> None:
    lines = SIGNED.decode().split("\n")
    assert lines[:4] == ["bank.example/harbour", "7", base64.b64encode(ROOT).decode(), ""]
    assert lines[4].startswith("— bank.example/harbour ")
    assert lines[5:] == [""]
    assert notes.open_checkpoint(Note.parse(SIGNED), KEY.verifier) == CHECKPOINT


def test_a_verifier_key_reads_back() -> None:
    for verifier in (KEY.verifier, witness()[0]):
        assert Verifier.parse(str(verifier)) == verifier


def test_a_cosignature_tells_its_time() -> None:
    text = CHECKPOINT.text()
    signature = cosign(text, 1_700_000_000)
    stranger = Signature("other.example", b"abcd", b"x" * 72)
    assert notes.cosignatures(text, [stranger, signature], [witness()[0]]) == [(signature, 1_700_000_000)]
    assert notes.cosignatures(text, [stranger], [witness()[0]]) == []


@given(st.integers(0, 71), st.integers(1, 255))
def test_a_changed_cosignature_does_not_hold(at: int, flip: int) -> None:
    text = CHECKPOINT.text()
    good = cosign(text, 1_700_000_000)
    value = bytearray(good.value)
    value[at] ^= flip
    with pytest.raises(NoteError):
        notes.cosignatures(text, [Signature(good.name, good.key_id, bytes(value))], [witness()[0]])


def test_a_logs_signature_is_not_taken_for_a_witnesses() -> None:
    with pytest.raises(NoteError, match="is a log's"):
        notes.cosignatures(CHECKPOINT.text(), KEY.sign(CHECKPOINT).signatures, [KEY.verifier])


@given(st.integers(0, len(SIGNED) - 1), st.integers(1, 255))
def test_no_changed_byte_of_a_signed_checkpoint_is_accepted(at: int, flip: int) -> None:
    changed = bytearray(SIGNED)
    changed[at] ^= flip
    with pytest.raises(NoteError):
        notes.open_checkpoint(Note.parse(bytes(changed)), KEY.verifier)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"text\n",
        b"text\n\n",
        b"\n\xe2\x80\x94 a AAAAAAAA\n",
        b"text\n\n\xe2\x80\x94 a AAAAAAAA",
        b"text\n\n- a AAAAAAAA\n",
        b"text\n\n\xe2\x80\x94 a+b AAAAAAAA\n",
        b"text\n\n\xe2\x80\x94  a AAAAAAAA\n",
        b"text\n\n\xe2\x80\x94 a\xc2\xa0b AAAAAAAA\n",
        b"text\n\n\xe2\x80\x94 a AAAA\n",
        b"text\n\n\xe2\x80\x94 a AAAAAAB=\n",
        b"text\n\n\xe2\x80\x94 a AAAAAA==AAAA\n",
        b"text\n\n\xe2\x80\x94 a AAAAAA-_\n",
        b"text\r\n\n\xe2\x80\x94 a AAAAAAAA\n",
        b"te\x00xt\n\n\xe2\x80\x94 a AAAAAAAA\n",
        b"te\xffxt\n\n\xe2\x80\x94 a AAAAAAAA\n",
        b"text\n\n" + b"\xe2\x80\x94 a AAAAAAAA\n" * 33,
        b"x" * 40_000 + b"\n\n\xe2\x80\x94 a AAAAAAAA\n",
    ],
)
def test_what_is_no_note_is_refused(content: bytes) -> None:
    with pytest.raises(NoteError):
        Note.parse(content)


def test_empty_lines_belong_to_the_text() -> None:
    note = Note.parse(b"a\n\nb\n\n\xe2\x80\x94 a AAAAAAAA\n")
    assert note.text == "a\n\nb\n"


GOOD_ROOT = base64.b64encode(ROOT).decode()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a\n",
        f"\n7\n{GOOD_ROOT}\n",
        f"a\n07\n{GOOD_ROOT}\n",
        f"a\n-1\n{GOOD_ROOT}\n",
        f"a\n7 \n{GOOD_ROOT}\n",
        f"a\n٧\n{GOOD_ROOT}\n",
        f"a\n{10**19}\n{GOOD_ROOT}\n",
        f"a\n7\n{GOOD_ROOT}\nextension\n",
        f"a\n7\n{GOOD_ROOT}\n\n",
        f"a\n7\n{GOOD_ROOT[:-4]}\n",
        "a\n7\n\n",
    ],
)
def test_what_is_no_checkpoint_is_refused(text: str) -> None:
    with pytest.raises(NoteError):
        Checkpoint.parse(text)


def test_a_checkpoint_is_opened_by_its_own_logs_key_only() -> None:
    note = Note.parse(SIGNED)
    namesake = LogKey("bank.example/harbour", bytes(32)).verifier
    with pytest.raises(NoteError, match="not signed"):
        notes.open_checkpoint(note, namesake)
    other = LogKey("bank.example/vale", SEED)
    with pytest.raises(NoteError, match=r"of bank.example/harbour, not of bank.example/vale"):
        notes.open_checkpoint(note, other.verifier)
    with pytest.raises(NoteError, match="does not sign for"):
        other.sign(CHECKPOINT)
    forged = Note(note.text, (Signature(KEY.verifier.name, KEY.verifier.key_id, bytes(64)), *note.signatures))
    with pytest.raises(NoteError, match="does not hold"):
        notes.open_checkpoint(forged, KEY.verifier)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a+b",
        "PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "PeterNeuman+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "PeterNeumann+C74F20A3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "PeterNeumann+c74f20a3+AhpcAAAA",
    ],
)
def test_what_is_no_verifier_key_is_refused(text: str) -> None:
    with pytest.raises(NoteError):
        Verifier.parse(text)


def test_a_key_needs_a_whole_seed_and_a_plain_name() -> None:
    for name, seed in (("a b", SEED), ("", SEED), ("a+b", SEED), ("a", SEED[:31])):
        with pytest.raises(NoteError):
            LogKey(name, seed)
