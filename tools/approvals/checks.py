"""What a decision must be before it counts: about this very call, by somebody who may, and complete."""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from core.crypto import DataKey
from core.errors import Conflict, Forbidden, PreconditionFailed, Unprocessable
from tools.approvals.digest import call_digest
from tools.approvals.limits import APPROVAL_LIMITS
from tools.approvals.models import Approval, Choice
from tools.approvals.reasons import (
    ARGS_NEEDED,
    ARGS_NOT_WANTED,
    CATALOGUE_CHANGED,
    DIFFERS,
    REASON_NEEDED,
    REASON_TOO_LONG,
    RIGHTS,
    RightCode,
)
from tools.approvals.rights import has_decided, holds_right, may_decide
from tools.catalogue.models import Catalogue
from tools.people.models import Signer


@dataclass(frozen=True, slots=True)
class Asked:
    """A decision as it came in."""

    choice: Choice
    digest: str
    reason: str | None = None
    args: Mapping[str, Any] | None = None


def check(approval: Approval, asked: Asked, signer: Signer, catalogue: Catalogue, key: DataKey) -> None:
    """Raises, in this order: 412 for another call than the one looked at, 403, 409 for who has decided it, 422."""
    _is_same_call(approval, asked, signer, catalogue, key)
    tool = catalogue.get(approval.tool)
    right = may_decide(tool, approval, signer)
    if right and asked.choice == "approve" and tool is not None:
        right = holds_right(tool, approval, signer, approval.call.args)
    if not right:
        raise Forbidden(right.reason, reason_code=right.code.value)
    if has_decided(approval, signer.principal.person):
        raise Conflict(RIGHTS[RightCode.SIGNED_BEFORE])
    _is_complete(asked)


def is_intact(approval: Approval, tenant: str, key: DataKey) -> bool:
    """Whether its digest is the one of its call, run, tenant and catalogue."""
    expected = call_digest(
        key,
        call=approval.call,
        tenant=tenant,
        run_id=approval.run_id,
        catalogue_version=approval.catalogue_version,
    )
    return approval.call.tool == approval.tool and _equal(expected, approval.digest)


def _is_same_call(approval: Approval, asked: Asked, signer: Signer, catalogue: Catalogue, key: DataKey) -> None:
    if not _equal(asked.digest, approval.digest) or not is_intact(approval, signer.principal.tenant, key):
        raise PreconditionFailed(DIFFERS)
    outdated = approval.catalogue_version != catalogue.version or catalogue.get(approval.tool) is None
    if outdated and asked.choice != "reject":
        raise PreconditionFailed(CATALOGUE_CHANGED)


def _is_complete(asked: Asked) -> None:
    most = APPROVAL_LIMITS.reason_chars
    if asked.reason is not None and len(asked.reason) > most:
        raise Unprocessable(REASON_TOO_LONG.format(most=most))
    if asked.choice == "reject" and not asked.reason:
        raise Unprocessable(REASON_NEEDED)
    if asked.choice == "edit" and asked.args is None:
        raise Unprocessable(ARGS_NEEDED)
    if asked.choice != "edit" and asked.args is not None:
        raise Unprocessable(ARGS_NOT_WANTED)


def _equal(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(), other.encode())
