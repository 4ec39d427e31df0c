"""What of a request is sealed, and the place that its seal is bound to."""

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson

from core.canonical import digest
from core.crypto import DataKey
from tools.approvals.models import Approval
from tools.models import Argument, Call, Origin


def approval_context(tenant: str, approval: Approval) -> str:
    """The row that a sealed request lives in, with everything of it that never changes: a request whose makers,
    signers or expiry were altered in the database does not open."""
    fixed = {
        "run": str(approval.run_id),
        "thread": str(approval.thread_id),
        "call": str(approval.call_id),
        "tool": approval.tool,
        "catalogue": approval.catalogue_version,
        "digest": approval.digest,
        "signature": approval.signature.value,
        "signers": sorted(approval.signers),
        "makers": list(approval.makers),
        "follows": None if approval.follows is None else str(approval.follows),
        "created_at": _moment(approval.created_at),
        "expires_at": _moment(approval.expires_at),
    }
    return f"approval|{tenant}|{approval.id}|{digest(fixed)}"


def reason_context(tenant: str, approval_id: UUID, person: str) -> str:
    return f"approval-reason|{tenant}|{approval_id}|{person}"


def seal_content(key: DataKey, tenant: str, approval: Approval) -> bytes:
    """The free text of a request: call, arguments with their origins, summary, reason, the maker's words."""
    content = {
        "call": asdict(approval.call),
        "arguments": [asdict(argument) for argument in approval.arguments],
        "summary": approval.summary,
        "reason": approval.reason,
        "request": approval.request,
    }
    return key.seal(orjson.dumps(content), approval_context(tenant, approval))


def open_content(key: DataKey, sealed: bytes, context: str) -> dict[str, Any]:
    """The fields of an `Approval` that `seal_content` sealed. Raises `SealBroken`."""
    content: dict[str, Any] = orjson.loads(key.open(sealed, context))
    kept: list[dict[str, Any]] = content["arguments"]
    arguments = [Argument(**dict[str, Any](argument, origin=Origin(argument["origin"]))) for argument in kept]
    return {**content, "call": Call(**content["call"]), "arguments": tuple(arguments)}


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds")
