"""Merkle trees as RFC 6962 section 2 hashes them: leaves under 0x00, nodes under 0x01.

A complete subtree is a `Node(level, number)`: it covers the leaves from `number << level` up to, not with,
`(number + 1) << level`. All that a root or a proof needs are some complete subtrees, so a log that keeps each of them
when it is completed finds a proof among a million leaves with some twenty reads.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

HASH_BYTES = 32
MAX_PROOF = 63
"""A tree of 2^63 leaves has no longer proof; the witness protocol allows no more."""

_sha256 = hashlib.sha256


class Node(NamedTuple):
    """A complete subtree."""

    level: int
    number: int

    @property
    def completed_by(self) -> int:
        """The position of its last leaf."""
        return ((self.number + 1) << self.level) - 1


class Range(NamedTuple):
    """The leaves `[start, end)`: a subtree of the kind that the RFC splits a tree into."""

    start: int
    end: int


EMPTY_ROOT = _sha256(b"").digest()


def leaf_hash(data: bytes) -> bytes:
    return _sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return _sha256(b"\x01" + left + right).digest()


class Frontier:
    """A tree that only grows, held as its complete subtrees, largest first: a few hashes whatever its size."""

    __slots__ = ("hashes", "size")

    def __init__(self, size: int = 0, hashes: Iterable[bytes] = ()) -> None:
        self.size = size
        self.hashes = list(hashes)
        if len(self.hashes) != size.bit_count():
            raise ValueError(f"a tree of {size} leaves has {size.bit_count()} complete subtrees")

    def append(self, leaf: bytes) -> bytes:
        """Add a leaf hash. Returns the hashes of the larger subtrees that it completes, smallest first, joined."""
        hashes = self.hashes
        hashes.append(leaf)
        self.size += 1
        completed = b""
        size = self.size
        while not size & 1:
            size >>= 1
            right = hashes.pop()
            # What `node_hash` does, in place: a walk over a million leaves comes here a million times.
            parent = _sha256(b"\x01" + hashes[-1] + right).digest()
            hashes[-1] = parent
            completed += parent
        return completed

    def root(self) -> bytes:
        return _fold(self.hashes)


def _fold(hashes: Sequence[bytes]) -> bytes:
    """The hash over complete subtrees that stand side by side, largest first."""
    if not hashes:
        return EMPTY_ROOT
    above = hashes[-1]
    for left in reversed(hashes[:-1]):
        above = node_hash(left, above)
    return above


def complete_subtrees(span: Range) -> list[Node]:
    """What a range is made of, largest first."""
    nodes: list[Node] = []
    start, end = span
    while start < end:
        level = (end - start).bit_length() - 1
        nodes.append(Node(level, start >> level))
        start += 1 << level
    return nodes


def inclusion_path(position: int, size: int) -> list[Range]:
    """The ranges whose hashes prove that a leaf stands at `position`, from the leaf upwards (RFC 6962 2.1.1)."""
    if not 0 <= position < size:
        raise ValueError(f"there is no leaf {position} in a tree of {size}")
    path: list[Range] = []
    start, end = 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if position < middle:
            path.append(Range(middle, end))
            end = middle
        else:
            path.append(Range(start, middle))
            start = middle
    return path[::-1]


def consistency_path(old: int, new: int) -> list[Range]:
    """The ranges whose hashes prove that the tree of `new` leaves begins with that of `old` (RFC 6962 2.1.2)."""
    if not 0 <= old <= new:
        raise ValueError(f"a tree of {new} can not begin with one of {old}")
    if old in (0, new):
        return []
    path: list[Range] = []
    start, end, known = 0, new, True
    while old != end:
        middle = start + _split(end - start)
        if old <= middle:
            path.append(Range(middle, end))
            end = middle
        else:
            path.append(Range(start, middle))
            start, known = middle, False
    return [*([] if known else [Range(start, end)]), *path[::-1]]


def _split(size: int) -> int:
    """The largest power of two below `size`."""
    return 1 << ((size - 1).bit_length() - 1)


def needed(path: Iterable[Range]) -> list[Node]:
    """The complete subtrees that `proof` asks for."""
    return [node for span in path for node in complete_subtrees(span)]


def proof(path: Iterable[Range], nodes: Mapping[Node, bytes]) -> list[bytes]:
    """One hash per range. Raises `KeyError` for a subtree that is not there."""
    return [_fold([nodes[node] for node in complete_subtrees(span)]) for span in path]


def verify_inclusion(leaf: bytes, position: int, size: int, hashes: Sequence[bytes], root: bytes) -> bool:
    """Whether the proof leads from the leaf hash at `position` to the root of a tree of `size` (RFC 9162 2.1.3.2)."""
    if not 0 <= position < size:
        return False
    here, last, found = position, size - 1, leaf
    for step in hashes:
        if last == 0:
            return False
        if here & 1 or here == last:
            found = node_hash(step, found)
            while here and not here & 1:
                here, last = here >> 1, last >> 1
        else:
            found = node_hash(found, step)
        here, last = here >> 1, last >> 1
    return last == 0 and found == root


def verify_consistency(old: int, new: int, old_root: bytes, new_root: bytes, hashes: Sequence[bytes]) -> bool:
    """Whether the tree of `new` leaves begins with that of `old` (RFC 9162 2.1.4.2)."""
    if not 0 <= old <= new:
        return False
    if old == new:
        return not hashes and old_root == new_root
    if old == 0:
        return not hashes and old_root == EMPTY_ROOT
    steps = list(hashes) if old & (old - 1) else [old_root, *hashes]
    if not steps:
        return False
    here, last = old - 1, new - 1
    while here & 1:
        here, last = here >> 1, last >> 1
    found_old = found_new = steps[0]
    for step in steps[1:]:
        if last == 0:
            return False
        if here & 1 or here == last:
            found_old, found_new = node_hash(step, found_old), node_hash(step, found_new)
            while here and not here & 1:
                here, last = here >> 1, last >> 1
        else:
            found_new = node_hash(found_new, step)
        here, last = here >> 1, last >> 1
    return last == 0 and found_old == old_root and found_new == new_root
