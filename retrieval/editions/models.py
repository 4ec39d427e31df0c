"""What comes in with a file, and what became of it."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from retrieval.documents.models import EditionState


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
    """The edition of an upload and its document; it is to be read in unless `outcome` is unchanged."""

    edition_id: UUID
    document_id: UUID
    outcome: RegistrationOutcome
    state: EditionState
