"""Whether one Merkle tree begins with another: RFC 6962 section 2.1.2, checked by rebuilding both roots.

Recursive as the RFC defines the proof, not the loop that a log's own verifier would use.
"""

import hashlib
from collections.abc import Sequence

MAX_PROOF = 63
EMPTY = hashlib.sha256(b"").digest()


class _ProofTooShortError(Exception):
    pass


def only_grew(old: int, old_root: bytes, new: int, new_root: bytes, proof: Sequence[bytes]) -> bool:
    """Whether the tree of `new` leaves and `new_root` begins with the tree of `old` leaves and `old_root`."""
    if old > new or len(proof) > MAX_PROOF:
        return False
    if old == new:
        return not proof and old_root == new_root
    if old == 0:
        return not proof and old_root == EMPTY
    rest = list(proof)
    try:
        roots = _roots(old, new, old_root, rest)
    except _ProofTooShortError:
        return False
    return not rest and roots == (old_root, new_root)


def _roots(old: int, new: int, old_root: bytes | None, rest: list[bytes]) -> tuple[bytes, bytes]:
    """The roots over the first `old` and over all `new` leaves of a subtree, from the hashes at the front of `rest`.

    `old_root`: known where those first leaves are the whole old tree.
    """
    if old == new:
        known = _next(rest) if old_root is None else old_root
        return known, known
    half = 1 << ((new - 1).bit_length() - 1)
    if old <= half:
        old_hash, left = _roots(old, half, old_root, rest)
        return old_hash, _node(left, _next(rest))
    old_right, right = _roots(old - half, new - half, None, rest)
    left = _next(rest)
    return _node(left, old_right), _node(left, right)


def _next(rest: list[bytes]) -> bytes:
    if not rest:
        raise _ProofTooShortError
    return rest.pop(0)


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()
