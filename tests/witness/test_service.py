"""What a witness cosigns and what it refuses, whoever asks."""

from collections.abc import Generator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit import merkle
from audit.notes import LogKey, Note, Signature, cosignatures, open_checkpoint
from audit.notes import Verifier as LogVerifier
from tests.witness.log import KEY, NOW, ORIGIN, Log, log_of, request, verified, witness_of
from witness.growth import only_grew
from witness.memory import MAX_EVIDENCE
from witness.service import SIZE_TYPE, Reply, Witness

SIZES = st.integers(0, 40)


@pytest.fixture
def witness(tmp_path: Path) -> Generator[Witness]:
    witness = witness_of(tmp_path)
    yield witness
    witness.memory.close()


def known(size: int) -> Reply:
    return Reply(409, f"{size}\n".encode(), SIZE_TYPE)


def reasons(witness: Witness) -> list[str]:
    return [reason for _, _, reason, _ in witness.memory.evidence()]


def test_a_log_that_grows_is_cosigned_each_time(witness: Witness) -> None:
    log = log_of(20)
    for old, new in ((0, 1), (1, 7), (7, 8), (8, 20), (20, 20)):
        assert verified(witness, witness.add_checkpoint(log.request(old, new)), log.checkpoint(new)) == NOW
    note = Note.parse(witness.checkpoint(ORIGIN).body)
    assert open_checkpoint(note, KEY.verifier) == log.checkpoint(20)
    assert len(cosignatures(note.text, note.signatures, [LogVerifier.parse(witness.key.verifier)])) == 1
    assert reasons(witness) == []


def test_nothing_is_known_of_a_log_that_never_asked(witness: Witness) -> None:
    assert witness.checkpoint(ORIGIN).status == 404


def test_another_old_size_is_answered_with_the_known_one(witness: Witness) -> None:
    log = log_of(9)
    assert witness.add_checkpoint(log.request(3, 9)) == known(0)
    assert witness.add_checkpoint(log.request(0, 5)).status == 200
    for old in (0, 4, 6):
        assert witness.add_checkpoint(log.request(old, 9)) == known(5)
    assert witness.add_checkpoint(log.request(5, 9)).status == 200


def test_a_rollback_is_refused(witness: Witness) -> None:
    log = log_of(9)
    witness.add_checkpoint(log.request(0, 9))
    for old, new in ((0, 4), (4, 4), (4, 8)):
        assert witness.add_checkpoint(log.request(old, new)) == known(9)
    assert witness.add_checkpoint(request(9, [], KEY.sign(log.checkpoint(4)))).status == 400


def test_a_replayed_request_changes_nothing(witness: Witness) -> None:
    log = log_of(9)
    first = log.request(0, 4)
    assert witness.add_checkpoint(first).status == 200
    assert witness.add_checkpoint(log.request(4, 9)).status == 200
    assert witness.add_checkpoint(first) == known(9)
    assert open_checkpoint(Note.parse(witness.checkpoint(ORIGIN).body), KEY.verifier).size == 9


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 40), st.integers(0, 20), st.data())
def test_no_fork_is_cosigned_whatever_proof_it_brings(old: int, more: int, data: st.DataObject) -> None:
    """The log's own key signs a history in which one past record differs."""
    honest = log_of(old + more)
    changed = data.draw(st.integers(0, old - 1))
    fork = Log([*honest.texts[:changed], "forged", *honest.texts[changed + 1 :]])
    size, root = old, honest.checkpoint(old).root
    head = fork.checkpoint()
    proofs = [fork.proof(old), honest.proof(old), [], [root], [head.root, root]]
    assert not any(only_grew(size, root, head.size, head.root, proof) for proof in proofs)


def test_a_fork_is_refused_and_kept_as_evidence(witness: Witness) -> None:
    honest, fork = log_of(6), Log([*log_of(5).texts, "forged", "more"])
    assert witness.add_checkpoint(honest.request(0, 6)).status == 200
    assert witness.add_checkpoint(fork.request(6, 7)).status == 422
    assert witness.add_checkpoint(request(6, honest.proof(6), KEY.sign(fork.checkpoint(7)))).status == 422
    assert witness.add_checkpoint(fork.request(6, 6)) == known(6)
    assert witness.add_checkpoint(fork.request(0, 6)) == known(6)
    assert verified(witness, witness.add_checkpoint(honest.request(6, 6)), honest.checkpoint(6)) == NOW
    assert reasons(witness) == [
        "no proof that it begins with what was cosigned",
        "no proof that it begins with what was cosigned",
        "another root for the same size",
        "another root for the same size",
    ]


def test_evidence_is_bounded(witness: Witness) -> None:
    witness.add_checkpoint(log_of(3).request(0))
    for number in range(MAX_EVIDENCE + 5):
        witness.add_checkpoint(log_of(3, salt=f"fork {number} ").request(3))
    assert len(reasons(witness)) == MAX_EVIDENCE


def test_another_origin_is_not_known(witness: Witness) -> None:
    stranger = log_of(3, key=LogKey("bank.example/vale", bytes(range(32))))
    assert witness.add_checkpoint(stranger.request(0)).status == 404


def test_a_checkpoint_of_another_key_is_forbidden(witness: Witness) -> None:
    log = log_of(3, key=LogKey(ORIGIN, bytes(32)))
    assert witness.add_checkpoint(log.request(0)).status == 403
    good = KEY.sign(log_of(3).checkpoint())
    [signature] = good.signatures
    for forged in (
        Signature(signature.name, signature.key_id, bytes(64)),
        Signature(signature.name, b"abcd", signature.value),
        Signature("bank.example/other", signature.key_id, signature.value),
    ):
        assert witness.add_checkpoint(request(0, [], Note(good.text, (forged,)))).status == 403
    assert (
        witness.add_checkpoint(request(0, [], Note(good.text.replace("\n3\n", "\n4\n"), good.signatures))).status == 403
    )
    assert witness.checkpoint(ORIGIN).status == 404


def test_foreign_signatures_are_neither_trusted_nor_kept(witness: Witness) -> None:
    good = KEY.sign(log_of(3).checkpoint())
    strangers = tuple(Signature(f"s{number}", b"abcd", b"x" * 64) for number in range(30))
    assert witness.add_checkpoint(request(0, [], Note(good.text, (*strangers, *good.signatures)))).status == 200
    assert len(Note.parse(witness.checkpoint(ORIGIN).body).signatures) == 2


def test_a_huge_proof_is_refused(witness: Witness) -> None:
    log = log_of(9)
    witness.add_checkpoint(log.request(0, 4))
    for proof in ([bytes(32)] * 64, [*log.proof(4, 9), *[bytes(32)] * 1000]):
        assert witness.add_checkpoint(request(4, proof, KEY.sign(log.checkpoint(9)))).status == 400
    assert witness.add_checkpoint(request(4, [bytes(32)] * 63, KEY.sign(log.checkpoint(9)))).status == 422
    huge = log_of(4)
    claim = type(log.checkpoint())(ORIGIN, 2**62, bytes(32))
    assert witness.add_checkpoint(request(4, [bytes(32)] * 60, huge.key.sign(claim))).status == 422
    assert open_checkpoint(Note.parse(witness.checkpoint(ORIGIN).body), KEY.verifier).size == 4


BENT: list[tuple[bytes, bytes]] = [
    (b"old ", b"Old "),
    (b"old 0\n", b"old 00\n"),
    (b"old 0\n", b"old -1\n"),
    (b"old 0\n", b"old 0"),
    (b"old 0\n", b"old 0\n!!!!\n"),
    (b"old 0\n", b"old 0\nAAAA\n"),
    (b"old 0\n", b"old 0\n\xff\n"),
    (b"old 0\n", b"old 99999999999999999999\n"),
    (b"\n3\n", b"\n03\n"),
    (b"\n3\n", b"\n\n"),
    (b"\n", b"\r\n"),
    (b"\nbank.example/harbour\n", b"\n\n"),
    (b"=\n", b"=\x00\n"),
    (b"=\n", b"=\nmore\n"),
]


@pytest.mark.parametrize(("part", "other"), BENT)
def test_what_is_no_request_is_refused(witness: Witness, part: bytes, other: bytes) -> None:
    body = log_of(3).request(0)
    assert part in body
    assert witness.add_checkpoint(body.replace(part, other)).status in (400, 403)
    assert witness.checkpoint(ORIGIN).status == 404


def test_half_a_request_is_refused(witness: Witness) -> None:
    body = log_of(3).request(0)
    assert {witness.add_checkpoint(body[:end]).status for end in range(len(body))} == {400}


@given(st.binary(max_size=300))
def test_any_bytes_get_an_answer(body: bytes) -> None:
    assert Witness.add_checkpoint(_blind(), body).status == 400


def _blind() -> Witness:
    """A witness that reaches neither its memory nor its key: what is no request touches neither."""
    return object.__new__(Witness)


@given(SIZES, SIZES, st.data())
def test_both_implementations_agree_on_every_proof(old: int, new: int, data: st.DataObject) -> None:
    old, new = min(old, new), max(old, new)
    log = log_of(new)
    proof = log.proof(old)
    if proof and data.draw(st.booleans()):
        at = data.draw(st.integers(0, len(proof) - 1))
        proof = data.draw(
            st.sampled_from([proof[:at], [*proof, proof[at]], [*proof[:at], bytes(32), *proof[at + 1 :]], proof[::-1]])
        )
    old_root, new_root = log.checkpoint(old).root, log.checkpoint(new).root
    agreed = merkle.verify_consistency(old, new, old_root, new_root, proof)
    assert only_grew(old, old_root, new, new_root, proof) is agreed
    assert agreed or proof != log.proof(old)
