"""The audience of a document today and before, and wider ones that wait for a second policy owner."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from core.principal import EVERYONE


@dataclass(frozen=True, slots=True)
class Audience:
    """For whom a document is meant since its change of that number; 1 is how it was created."""

    document_id: UUID
    document: str
    library: str
    roles: frozenset[str]
    number: int
    since: datetime
    created_by: str

    def widens_to(self, roles: Collection[str]) -> bool:
        """Whether somebody could come to read it who does not today."""
        return EVERYONE not in self.roles and not self.roles.issuperset(roles)


@dataclass(frozen=True, slots=True)
class AudienceChange:
    """One entry of the history. `sealed_reason`: none for the first. `proposed_by`: whom the changer agreed with."""

    number: int
    roles: frozenset[str]
    changed_by: str
    proposed_by: str | None
    sealed_reason: bytes | None
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class AudienceProposal:
    """A wider audience that one policy owner asked for; it would become the change of that number."""

    id: UUID
    number: int
    roles: frozenset[str]
    proposed_by: str
    sealed_reason: bytes
    proposed_at: datetime
