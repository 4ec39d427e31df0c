"""What comes in with a file, and what became of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from retrieval.documents.models import EditionState
from retrieval.models import ChunkDraft, ParsedPage, ParseProblem


@dataclass(frozen=True, slots=True)
class EditionMetadata:
    """What the policy owner says of a file. An edition is one (document, version, effective_from)."""

    document: str
    title: str
    library: str
    version: str
    effective_from: date
    audience: tuple[str, ...]
    effective_to: date | None = None
    classification: str | None = None


class RegistrationOutcome(StrEnum):
    """A new edition; the same file again, which changes nothing; or a failed one to be read in again."""

    CREATED = "created"
    UNCHANGED = "unchanged"
    AGAIN = "again"


@dataclass(frozen=True, slots=True)
class Registration:
    """The edition of an upload; it is to be read in unless `outcome` is unchanged."""

    edition_id: UUID
    outcome: RegistrationOutcome
    state: EditionState


@dataclass(frozen=True, slots=True)
class EditionContents:
    """What was read from a file; `vectors` is (len(chunks), dimension), L2-normalised float32."""

    media_type: str
    pages: Sequence[ParsedPage]
    chunks: Sequence[ChunkDraft]
    vectors: NDArray[np.float32]
    problems: tuple[ParseProblem, ...]
