"""What the ledger records: kinds in the grammar `subject.action`, and the record itself."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID


class RecordKind(StrEnum):
    SIGN_IN = "session.signed_in"
    SIGN_OUT = "session.signed_out"
    RUN_ADMITTED = "run.admitted"
    RUN_STARTED = "run.started"
    RUN_SCREENED = "run.screened"
    RUN_UNDERSTOOD = "run.understood"
    RUN_RETRIEVED = "run.retrieved"
    RUN_WEIGHED = "run.weighed"
    CLAIM_RELEASED = "claim.released"
    RUN_WRITTEN = "run.written"
    GUARD_FAILED = "guard.failed"
    RUN_FINISHED = "run.finished"
    RUN_PAUSED = "run.paused"
    RUN_RESUMED = "run.resumed"
    TOOL_PROPOSED = "tool.proposed"
    TOOL_READ = "tool.read"
    APPROVAL_REQUESTED = "approval.requested"
    APPROVAL_SIGNED = "approval.signed"
    APPROVAL_APPROVED = "approval.approved"
    APPROVAL_REJECTED = "approval.rejected"
    APPROVAL_EDITED = "approval.edited"
    APPROVAL_EXPIRED = "approval.expired"
    APPROVAL_WITHDRAWN = "approval.withdrawn"
    APPROVAL_VOIDED = "approval.voided"
    EFFECT_STARTED = "effect.started"
    EFFECT_DONE = "effect.done"
    EFFECT_REFUSED = "effect.refused"
    EFFECT_UNKNOWN = "effect.unknown"
    TOOLS_STOPPED = "tools.stopped"
    TOOLS_RESTART_SIGNED = "tools.restart_signed"
    TOOLS_RESTARTED = "tools.restarted"
    RUN_CANCEL_REQUESTED = "run.cancel_requested"
    FEEDBACK_GIVEN = "feedback.given"
    FIELD_CORRECTED = "field.corrected"
    THREAD_HIDDEN = "thread.hidden"
    THREAD_ERASED = "thread.erased"
    EDITION_UPLOADED = "edition.uploaded"
    EDITION_PARSED = "edition.parsed"
    EDITION_FAILED = "edition.failed"
    EDITION_PUBLISHED = "edition.published"
    EDITION_WITHDRAWN = "edition.withdrawn"
    DOCUMENT_AUDIENCE_PROPOSED = "document.audience_proposed"
    DOCUMENT_AUDIENCE_CHANGED = "document.audience_changed"
    GLOSSARY_ADDED = "glossary.added"
    GLOSSARY_RETIRED = "glossary.retired"
    AUDIT_READ = "audit.read"


DOCUMENTS_STREAM = "documents"
GLOSSARY_STREAM = "glossary"
SIGN_INS_STREAM = "sign-ins"
STOPS_STREAM = "stops"
AUDIT_READS_STREAM = "audit-reads"


def thread_stream(thread_id: UUID) -> str:
    """The stream of one conversation's records."""
    return f"thread:{thread_id}"


@dataclass(frozen=True, slots=True)
class Entry:
    """What is to be recorded. `step` is unique within the stream; `body` is JSON without personal data or texts:
    ids, codes, versions, counts, hashes and commitments; fractions as text, so that every reader hashes the same."""

    kind: RecordKind
    step: str
    body: Mapping[str, Any]
    run_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Record:
    """An entry in its place in a stream."""

    tenant: str
    stream: str
    seq: int
    kind: str
    at: datetime
    actor: str
    run_id: UUID | None
    step: str
    body: Mapping[str, Any]
    prev_hash: str
    hash: str

    def hashed_fields(self) -> dict[str, Any]:
        """Everything that the hash covers, as JSON."""
        return {
            "tenant": self.tenant,
            "stream": self.stream,
            "seq": self.seq,
            "kind": self.kind,
            "at": self.at.astimezone(UTC).isoformat(timespec="microseconds"),
            "actor": self.actor,
            "run_id": None if self.run_id is None else str(self.run_id),
            "step": self.step,
            "body": dict(self.body),
            "prev_hash": self.prev_hash,
        }
