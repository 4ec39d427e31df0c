"""A request for a signature as it is kept: what exactly was asked, who must sign, what each person decided."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal
from uuid import UUID

from tools.models import Argument, Call, Signature

Row = dict[str, Any]
"""A row of the database, for those who hand it on between stores."""

Choice = Literal["approve", "reject", "edit"]
"""What a person may decide about a request."""


class ApprovalState(StrEnum):
    """Where a request is. Only `pending` may be decided; only `approved` may be executed; no state comes twice."""

    PENDING = "pending"
    APPROVED = "approved"
    EXECUTED = "executed"
    REJECTED = "rejected"
    EDITED = "edited"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"
    VOIDED = "voided"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class SignatureMark:
    """What one person decided, once."""

    person: str
    decision: Choice
    reason: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Approval:
    """A request for a signature, opened from its seal."""

    id: UUID
    run_id: UUID
    thread_id: UUID
    call_id: UUID
    tool: str
    catalogue_version: str
    digest: str
    """Names exactly this call in this run under this catalogue; see `digest.call_digest`."""
    signature: Signature
    signers: frozenset[str]
    """Roles of which one is needed to sign, unless the maker signs herself."""
    makers: tuple[str, ...]
    """Who asked first, then whoever edited it; none of them signs."""
    state: ApprovalState
    follows: UUID | None
    """The request that was edited into this one."""
    created_at: datetime
    expires_at: datetime
    """From this moment on it can't be signed."""
    closed_at: datetime | None
    """When it left `pending`, and later when it was executed, voided or failed."""
    call: Call
    arguments: tuple[Argument, ...]
    summary: str
    reason: str
    """Why it has to be signed."""
    request: str
    """The words of the person who asked."""
    signatures: tuple[SignatureMark, ...] = ()
    """The first first."""
    followed_by: UUID | None = None
    """The request that this one was edited into."""

    @property
    def maker(self) -> str:
        """Whose run it is."""
        return self.makers[0]

    @property
    def approvers(self) -> tuple[str, ...]:
        """Who has signed it so far."""
        return tuple([mark.person for mark in self.signatures if mark.decision == "approve"])
