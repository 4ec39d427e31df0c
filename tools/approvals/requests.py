"""Open a request for a signature, and what is shown and recorded of it."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from audit.records import Entry, RecordKind
from core.crypto import DataKey
from core.database import Transaction
from runs.events import ApprovalRequired, ArgumentView
from tools.approvals import store
from tools.approvals.digest import call_digest
from tools.approvals.models import Approval, ApprovalState
from tools.approvals.sealing import seal_content
from tools.catalogue.models import Catalogue, Tool
from tools.models import Proposal
from tools.rendering import render


async def open_approval(
    tx: Transaction,
    key: DataKey,
    catalogue: Catalogue,
    proposal: Proposal,
    *,
    approval_id: UUID,
    thread_id: UUID,
    maker: str,
    request: str,
    now: datetime,
    makers: Sequence[str] | None = None,
    follows: UUID | None = None,
) -> Approval:
    """Keep a request for the signature that policy decided. `tx` is the system's; the caller shows and records it.

    Raises `ValueError` for a call that nobody is to sign: it was denied, only reads, or is not in the catalogue.
    """
    call, decision = proposal.call, proposal.decision
    tool = catalogue.get(call.tool)
    if tool is None or tool.signature is None or not decision or decision.signature is None:
        raise ValueError(f"a call of {call.tool} that policy ruled {decision.ruling.value} is not to be signed")
    tenant = tx.principal.tenant
    approval = Approval(
        id=approval_id,
        run_id=proposal.run_id,
        thread_id=thread_id,
        call_id=proposal.call_id,
        tool=tool.name,
        catalogue_version=catalogue.version,
        digest=call_digest(key, call=call, tenant=tenant, run_id=proposal.run_id, catalogue_version=catalogue.version),
        signature=decision.signature,
        signers=tool.signers,
        makers=(maker,) if makers is None else tuple(makers),
        state=ApprovalState.PENDING,
        follows=follows,
        created_at=now,
        expires_at=now + tool.expires,
        closed_at=None,
        call=call,
        arguments=decision.arguments,
        summary=render(tool.summary, call.args),
        reason=decision.reason,
        request=request,
    )
    await keep(tx, key, approval)
    return approval


async def keep(tx: Transaction, key: DataKey, approval: Approval) -> None:
    """Insert a request as it stands."""
    await store.insert(tx, _row(key, tx.principal.tenant, approval))


def required_event(approval: Approval, tool: Tool) -> ApprovalRequired:
    """What the maker is shown of it."""
    return ApprovalRequired(
        approval_id=approval.id,
        call_id=approval.call_id,
        tool=approval.tool,
        title=tool.title,
        summary=approval.summary,
        args=dict(approval.call.args),
        arguments=[
            ArgumentView(
                name=argument.name,
                label=argument.label,
                text=argument.text,
                origin=argument.origin.value,
                origin_text=argument.origin_text,
            )
            for argument in approval.arguments
        ],
        signature=approval.signature.value,
        reason=approval.reason,
        digest=approval.digest,
        expires_at=approval.expires_at,
    )


def requested_entry(approval: Approval) -> Entry:
    """The ledger's record that it was opened: ids and the keyed digest, no text."""
    body = {
        **subject(approval),
        "makers": list(approval.makers),
        "signers": sorted(approval.signers),
        "origins": {argument.name: argument.origin.value for argument in approval.arguments},
        "follows": None if approval.follows is None else str(approval.follows),
        "expires_at": approval.expires_at.isoformat(),
    }
    return Entry(RecordKind.APPROVAL_REQUESTED, f"{approval.run_id}:requested:{approval.id}", body, approval.run_id)


def subject(approval: Approval) -> dict[str, str]:
    """What every record about it names."""
    return {
        "approval": str(approval.id),
        "call": str(approval.call_id),
        "tool": approval.tool,
        "signature": approval.signature.value,
        "digest": approval.digest,
        "catalogue": approval.catalogue_version,
    }


def _row(key: DataKey, tenant: str, approval: Approval) -> dict[str, object]:
    return {
        "id": approval.id,
        "run_id": approval.run_id,
        "thread_id": approval.thread_id,
        "call_id": approval.call_id,
        "tool": approval.tool,
        "catalogue_version": approval.catalogue_version,
        "digest": approval.digest,
        "sealed": seal_content(key, tenant, approval),
        "signature": approval.signature.value,
        "signers": sorted(approval.signers),
        "makers": list(approval.makers),
        "follows": approval.follows,
        "created_at": approval.created_at,
        "expires_at": approval.expires_at,
    }
