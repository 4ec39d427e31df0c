"""Segments: editions' chunks side by side in memory, once for all who may read them.

A search over ten thousand editions can't look into each; it looks into a few segments. What a segment holds beside the
caller's editions changes no result: a view takes its own rows, and computes every number from them alone.
"""

from collections.abc import Callable, Sequence, Set
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from retrieval.index.codes import Codes, encode
from retrieval.postings import LexicalBlock, joined, kept

Vectors = NDArray[np.float32]
SEGMENT_CHUNKS = 1 << 17
"""No segment grows beyond this, but for one edition that is larger: joining needs three times a segment's memory."""
_FAN = 8
"""So many segments of one size become one: a chunk is copied some five times until its segment is full."""


class Segment:
    """The chunks of `editions`, edition i in rows `starts[i]..starts[i + 1]`; at least one edition.

    `chunk_ids` are (size, 16) bytes; `vectors` are (size, d), with d = 0 where none are held.
    """

    __slots__ = ("chunk_ids", "codes", "editions", "postings", "starts", "vectors")

    def __init__(
        self,
        editions: Sequence[UUID],
        starts: Sequence[int],
        chunk_ids: NDArray[np.uint8],
        postings: LexicalBlock,
        vectors: Vectors,
        codes: Codes | None = None,
    ) -> None:
        self.editions = tuple(editions)
        self.starts = tuple(starts)
        self.chunk_ids = chunk_ids
        self.postings = postings
        self.vectors = vectors
        self.codes = codes if codes is not None else encode(vectors)

    @classmethod
    def of(cls, edition: UUID, chunk_ids: NDArray[np.uint8], postings: LexicalBlock, vectors: Vectors) -> "Segment":
        """The segment of one edition."""
        return cls((edition,), (0, len(chunk_ids)), chunk_ids, postings, vectors)

    @property
    def size(self) -> int:
        """The number of chunks."""
        return self.starts[-1]

    @property
    def nbytes(self) -> int:
        """Memory held, in bytes."""
        return self.chunk_ids.nbytes + self.postings.nbytes + self.vectors.nbytes + self.codes.nbytes

    def without(self, unwanted: Set[UUID]) -> "Segment | None":
        """The segment without some of its editions; None when nothing stays."""
        stays = [at for at, edition in enumerate(self.editions) if edition not in unwanted]
        if not stays:
            return None
        if len(stays) == len(self.editions):
            return self
        sizes = np.diff(self.starts)
        keep = np.repeat([edition not in unwanted for edition in self.editions], sizes)
        return Segment(
            [self.editions[at] for at in stays],
            np.cumsum([0, *sizes[stays]]).tolist(),
            self.chunk_ids[keep],
            kept(self.postings, keep),
            self.vectors[keep],
            Codes(self.codes.codes[keep], self.codes.scale[keep], self.codes.slack[keep]),
        )


def join(segments: Sequence[Segment]) -> Segment:
    """One segment with the editions of all, in order; at least one, and no edition twice."""
    if len(segments) == 1:
        return segments[0]
    offsets = np.cumsum([0, *(segment.size for segment in segments)]).tolist()
    starts = [
        start + offset for segment, offset in zip(segments, offsets, strict=False) for start in segment.starts[:-1]
    ]
    filled = [segment for segment in segments if segment.size] or segments[:1]
    codes = [segment.codes for segment in filled]
    return Segment(
        [edition for segment in segments for edition in segment.editions],
        [*starts, offsets[-1]],
        np.concatenate([segment.chunk_ids for segment in segments]),
        joined([segment.postings for segment in segments]),
        np.concatenate([segment.vectors for segment in filled]),
        Codes(
            np.concatenate([code.codes for code in codes]),
            np.concatenate([code.scale for code in codes]),
            np.concatenate([code.slack for code in codes]),
        ),
    )


def grouped(sizes: Sequence[int], limit: int = SEGMENT_CHUNKS) -> list[list[int]]:
    """The positions of consecutive sizes, in groups that stay within the limit where none alone passes it."""
    groups: list[list[int]] = []
    held = 0
    for at, size in enumerate(sizes):
        if not groups or held + size > limit:
            groups.append([])
            held = 0
        groups[-1].append(at)
        held += size
    return groups


def tidied(segments: Sequence[Segment], joining: Callable[[Sequence[Segment]], Segment] = join) -> list[Segment]:
    """The segments, those of one size joined where there are many: their number grows with the logarithm."""
    found = list(segments)
    while (chosen := _alike(found)) is not None:
        together = [found[at] for at in chosen]
        found = [segment for at, segment in enumerate(found) if at not in set(chosen)]
        found.append(joining(together))
    return found


def _alike(segments: Sequence[Segment]) -> list[int] | None:
    """The first `_FAN` of one size class that fit into one segment."""
    classes: dict[int, list[int]] = {}
    for at, segment in enumerate(segments):
        members = classes.setdefault(segment.size.bit_length() // 3, [])
        members.append(at)
        if len(members) == _FAN:
            if sum(segments[member].size for member in members) <= SEGMENT_CHUNKS:
                return members
            members.remove(max(members, key=lambda member: segments[member].size))
    return None
