"""What is passed while an edition is being read in."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID, uuid5

import numpy as np
from numpy.typing import NDArray

from core.errors import Conflict
from retrieval.models import ChunkDraft, ParsedPage, ParseProblem


class Overtaken(Conflict):
    """Somebody else reads the edition in by now, or it is no longer being read: whoever gets this stops."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One worker's go at reading an edition in. The latest attempt holds the edition; every step of an older one is
    refused with `Overtaken`."""

    edition_id: UUID
    number: int


@dataclass(frozen=True, slots=True)
class Begun:
    """An attempt, and how far those before it came: `chunks` is None until the edition's text is stored."""

    attempt: Attempt
    chunks: int | None


@dataclass(frozen=True, slots=True)
class TextSummary:
    """What is noted of a stored text beside its pages and chunks."""

    media_type: str
    pages: int
    chunks: int
    problems: tuple[ParseProblem, ...]


@dataclass(frozen=True, slots=True)
class Unembedded:
    """A stored chunk that has no vector yet."""

    chunk_id: UUID
    ordinal: int
    text: str


@dataclass(frozen=True, slots=True)
class EditionContents:
    """All that was read from a file; `vectors` is (len(chunks), dimension), L2-normalised float32."""

    media_type: str
    pages: Sequence[ParsedPage]
    chunks: Sequence[ChunkDraft]
    vectors: NDArray[np.float32]
    problems: tuple[ParseProblem, ...]


def chunk_id(edition_id: UUID, draft: ChunkDraft) -> UUID:
    """The chunk's id: the same whenever the same file is read in again for the edition."""
    return uuid5(edition_id, f"{draft.ordinal}:{draft.sha256}")
