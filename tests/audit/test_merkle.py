"""The tree against a slow reference written from the RFC's recursive definitions, and proofs against forgeries."""

import hashlib
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit import merkle
from audit.merkle import Frontier, Node, Range

SIZES = st.integers(1, 70)


def leaves(count: int, salt: str = "") -> list[bytes]:
    return [merkle.leaf_hash(f"{salt}{number}".encode()) for number in range(count)]


def mth(entries: Sequence[bytes]) -> bytes:
    """RFC 6962 2.1, over leaf hashes."""
    if not entries:
        return hashlib.sha256(b"").digest()
    if len(entries) == 1:
        return entries[0]
    k = largest_power_below(len(entries))
    return hashlib.sha256(b"\x01" + mth(entries[:k]) + mth(entries[k:])).digest()


def path(m: int, entries: Sequence[bytes]) -> list[bytes]:
    """RFC 6962 2.1.1."""
    if len(entries) == 1:
        return []
    k = largest_power_below(len(entries))
    if m < k:
        return [*path(m, entries[:k]), mth(entries[k:])]
    return [*path(m - k, entries[k:]), mth(entries[:k])]


def subproof(m: int, entries: Sequence[bytes], known: bool) -> list[bytes]:
    """RFC 6962 2.1.2."""
    if m == len(entries):
        return [] if known else [mth(entries)]
    k = largest_power_below(len(entries))
    if m <= k:
        return [*subproof(m, entries[:k], known), mth(entries[k:])]
    return [*subproof(m - k, entries[k:], False), mth(entries[:k])]


def largest_power_below(n: int) -> int:
    k = 1
    while k * 2 < n:
        k *= 2
    return k


def all_nodes(entries: Sequence[bytes]) -> dict[Node, bytes]:
    """Every complete subtree, as a log keeps them: at the leaf that completes it."""
    frontier = Frontier()
    nodes: dict[Node, bytes] = {}
    for position, leaf in enumerate(entries):
        kept = leaf + frontier.append(leaf)
        for level in range(len(kept) // merkle.HASH_BYTES):
            node = Node(level, ((position + 1) >> level) - 1)
            assert node.completed_by == position
            nodes[node] = kept[level * 32 : level * 32 + 32]
    return nodes


def inclusion(entries: Sequence[bytes], position: int) -> list[bytes]:
    return merkle.proof(merkle.inclusion_path(position, len(entries)), all_nodes(entries))


def consistency(entries: Sequence[bytes], old: int) -> list[bytes]:
    return merkle.proof(merkle.consistency_path(old, len(entries)), all_nodes(entries))


def test_the_published_test_vectors_of_certificate_transparency() -> None:
    inputs = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
    roots = [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ]
    frontier = Frontier()
    found: list[str] = []
    for data in inputs:
        frontier.append(merkle.leaf_hash(bytes.fromhex(data)))
        found.append(frontier.root().hex())
    assert found == roots
    assert Frontier().root() == merkle.EMPTY_ROOT == hashlib.sha256(b"").digest()


@given(SIZES)
def test_a_tree_that_grows_has_the_roots_of_the_definition(size: int) -> None:
    entries = leaves(size)
    frontier = Frontier()
    for count, leaf in enumerate(entries, 1):
        frontier.append(leaf)
        assert frontier.root() == mth(entries[:count])
    nodes = all_nodes(entries)
    again = Frontier(size, [nodes[node] for node in merkle.complete_subtrees(Range(0, size))])
    assert (again.root(), again.hashes) == (frontier.root(), frontier.hashes)


def test_a_frontier_of_the_wrong_number_of_hashes_is_refused() -> None:
    with pytest.raises(ValueError, match="3 complete subtrees"):
        Frontier(7, leaves(2))


@given(SIZES, st.data())
def test_inclusion_proofs_are_those_of_the_definition_and_verify(size: int, data: st.DataObject) -> None:
    entries = leaves(size)
    position = data.draw(st.integers(0, size - 1))
    hashes = inclusion(entries, position)
    assert hashes == path(position, entries)
    assert merkle.verify_inclusion(entries[position], position, size, hashes, mth(entries))


@given(SIZES, st.data())
def test_consistency_proofs_are_those_of_the_definition_and_verify(size: int, data: st.DataObject) -> None:
    entries = leaves(size)
    old = data.draw(st.integers(1, size))
    hashes = consistency(entries, old)
    assert hashes == subproof(old, entries, True)
    assert merkle.verify_consistency(old, size, mth(entries[:old]), mth(entries), hashes)


@given(SIZES, st.data())
def test_an_inclusion_proof_proves_nothing_else(size: int, data: st.DataObject) -> None:
    entries = leaves(size)
    position = data.draw(st.integers(0, size - 1))
    hashes, root = inclusion(entries, position), mth(entries)
    other = data.draw(st.integers(-1, size + 1).filter(lambda number: number != position))
    assert not merkle.verify_inclusion(entries[position], other, size, hashes, root)
    assert not merkle.verify_inclusion(merkle.leaf_hash(b"forged"), position, size, hashes, root)
    assert not merkle.verify_inclusion(entries[position], position, size, [*hashes, root], root)
    assert not merkle.verify_inclusion(entries[position], position, size, hashes, merkle.EMPTY_ROOT)
    for at in range(len(hashes)):
        broken = [*hashes[:at], merkle.leaf_hash(b"forged"), *hashes[at + 1 :]]
        assert not merkle.verify_inclusion(entries[position], position, size, broken, root)
        assert not merkle.verify_inclusion(entries[position], position, size, hashes[:at], root)


@given(st.integers(2, 70), st.data())
def test_a_rewritten_past_has_no_consistency_proof(size: int, data: st.DataObject) -> None:
    entries = leaves(size)
    old = data.draw(st.integers(1, size - 1))
    changed = data.draw(st.integers(0, old - 1))
    forged = [*entries[:changed], merkle.leaf_hash(b"forged"), *entries[changed + 1 :]]
    old_root = mth(entries[:old])
    for hashes in (consistency(forged, old), consistency(entries, old)):
        assert not merkle.verify_consistency(old, size, old_root, mth(forged), hashes)
    honest = consistency(entries, old)
    for at in range(len(honest)):
        assert not merkle.verify_consistency(old, size, old_root, mth(entries), honest[:at])
    assert not merkle.verify_consistency(old, size, old_root, mth(entries), [*honest, old_root])


def test_growth_from_nothing_and_no_growth_need_no_proof() -> None:
    root = mth(leaves(5))
    assert merkle.consistency_path(0, 5) == merkle.consistency_path(5, 5) == []
    assert merkle.verify_consistency(0, 5, merkle.EMPTY_ROOT, root, [])
    assert merkle.verify_consistency(5, 5, root, root, [])
    assert not merkle.verify_consistency(5, 5, root, merkle.EMPTY_ROOT, [])
    assert not merkle.verify_consistency(0, 5, merkle.EMPTY_ROOT, root, [root])
    assert not merkle.verify_consistency(0, 5, root, root, [])
    assert not merkle.verify_consistency(6, 5, root, root, [])
    assert not merkle.verify_consistency(3, 5, root, root, [])


@pytest.mark.parametrize(("position", "size"), [(-1, 3), (3, 3), (0, 0)])
def test_a_leaf_that_is_not_there_has_no_path(position: int, size: int) -> None:
    with pytest.raises(ValueError, match="there is no leaf"):
        merkle.inclusion_path(position, size)


def test_a_tree_does_not_begin_with_a_larger_one() -> None:
    with pytest.raises(ValueError, match="can not begin"):
        merkle.consistency_path(4, 3)
