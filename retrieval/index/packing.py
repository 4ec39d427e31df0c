"""A lexical block as bytes, as it is kept beside the edition, and back; what does not fit is refused, never guessed."""

import hashlib
import struct
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import version

import numpy as np
from numpy.typing import NDArray

from core.canonical import digest
from retrieval.postings import LexicalBlock, lexical_block
from retrieval.terms import STOP_WORDS

_LAYOUT = 1
_DIGEST_BYTES = 16
_HEADER = struct.Struct("<BQ")
_SAMPLE = (
    (
        ("§ 1005.11 Resolving errors", "(c) Time limits", "(1)"),
        "Ten business days; see 1005.11(c)(2)(ii), § 3 and A-4.",
    ),
    (
        ("Annex B",),
        "The bank's e-mails cost USD 1,000.50, not 2\u00a0000; ﬁnancing isn’t free: naïve co\u00adoperation.",
    ),
)
"""Text of every kind that indexing tells apart; whoever changes how terms are made changes its postings."""


class Unusable(ValueError):
    """Packed postings that are damaged, or not of this version; the text they came from is still there."""


@dataclass(frozen=True, slots=True)
class PackedBlock:
    """The ids of an edition's chunks in order, (size, 16) bytes, and their postings."""

    chunk_ids: NDArray[np.uint8]
    postings: LexicalBlock


@lru_cache(maxsize=1)
def current_format() -> str:
    """Names this layout and this way of making terms; postings under another name are made again from the text."""
    sample = pack(PackedBlock(np.zeros((len(_SAMPLE), 16), np.uint8), lexical_block("Regulation E", _SAMPLE)))
    made_by = [version("snowballstemmer"), unicodedata.unidata_version, sorted(STOP_WORDS)]
    return digest([_LAYOUT, hashlib.sha256(sample).hexdigest(), made_by])


def pack(block: PackedBlock) -> bytes:
    """The block's arrays, each with its type's size and length, each number in as few bytes as the largest needs."""
    postings = block.postings
    arrays = (
        block.chunk_ids.reshape(-1),
        postings.keys,
        *(_narrow(values) for values in (np.diff(postings.starts), postings.rows, postings.text, postings.path)),
        *(_narrow(values) for values in (postings.text_length, postings.path_length)),
    )
    body = b"".join(_HEADER.pack(array.itemsize, len(array)) + array.tobytes() for array in arrays)
    return _digest(body) + body


def unpack(content: bytes) -> PackedBlock:
    """The block of `pack`; raises `Unusable` for anything that it can't have written."""
    body = memoryview(content)[_DIGEST_BYTES:]
    if len(content) < _DIGEST_BYTES or _digest(body) != content[:_DIGEST_BYTES]:
        raise Unusable("the digest does not fit")
    ids, keys, lengths, rows, text, path, text_length, path_length = _arrays(body, 8)
    starts = np.append(0, np.cumsum(lengths, dtype=np.int64))
    postings = LexicalBlock(
        keys=keys.astype(np.uint64),
        starts=starts,
        rows=rows.astype(np.int32),
        text=text,
        path=path,
        text_length=text_length.astype(np.int32),
        path_length=path_length.astype(np.int32),
    )
    size = postings.size
    fits = len(ids) == 16 * size and len(path_length) == size and len(lengths) == len(keys)
    fits = fits and int(starts[-1]) == len(rows) == len(text) == len(path) and ids.itemsize == 1
    if not fits or (len(rows) and int(rows.max()) >= size) or bool((keys[1:] <= keys[:-1]).any()):
        raise Unusable("the arrays do not fit each other")
    return PackedBlock(ids.reshape(-1, 16), postings)


def _arrays(body: memoryview, count: int) -> Sequence[NDArray[np.unsignedinteger]]:
    found: list[NDArray[np.unsignedinteger]] = []
    at = 0
    for _ in range(count):
        if at + _HEADER.size > len(body):
            raise Unusable("it ends early")
        itemsize, length = _HEADER.unpack_from(body, at)
        at += _HEADER.size
        if itemsize not in (1, 2, 4, 8) or at + itemsize * length > len(body):
            raise Unusable("an array does not fit")
        found.append(np.frombuffer(body, dtype=f"<u{itemsize}", count=length, offset=at))
        at += itemsize * length
    if at != len(body):
        raise Unusable("something follows it")
    return found


def _narrow(values: NDArray[np.integer]) -> NDArray[np.unsignedinteger]:
    kind = np.min_scalar_type(int(values.max()) if len(values) else 0)
    return values.astype(kind.newbyteorder("<"))


def _digest(body: bytes | memoryview) -> bytes:
    return hashlib.blake2b(body, digest_size=_DIGEST_BYTES).digest()
