"""A request for a signature as one person sees it: the words of the service, and what that person may do with it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from api import store
from api.schemas.approvals import (
    ApprovalView,
    ArgumentOfApproval,
    OpenApproval,
    PersonView,
    Rights,
    SignatureView,
)
from core.database import Transaction
from tools.approvals.models import Approval, ApprovalState
from tools.approvals.reasons import CATALOGUE_CHANGED, EXPIRED, RIGHTS, RightCode
from tools.approvals.rights import has_decided, may_decide, may_sign
from tools.catalogue.models import Catalogue, Tool
from tools.people.models import Signer

People = Mapping[str, tuple[str, str | None]]
"""Name and branch by person, of those who are known."""


def involved(approval: Approval) -> set[str]:
    """Everyone who is shown by name."""
    return {*approval.makers, *(mark.person for mark in approval.signatures)}


def shown(
    approval: Approval, signer: Signer, catalogue: Catalogue, people: People, *, now: datetime, result: str | None
) -> ApprovalView:
    """The view for `signer`, who has the rights of today. A tool that is gone shows under its bare name."""
    tool = catalogue.get(approval.tool)
    is_hers = signer.principal.person == approval.maker
    return ApprovalView(
        id=approval.id,
        run_id=approval.run_id,
        thread_id=approval.thread_id if is_hers else None,
        call_id=approval.call_id,
        tool=approval.tool,
        title=approval.tool if tool is None else tool.title,
        system=catalogue.system,
        summary=approval.summary,
        args=dict(approval.call.args),
        arguments=_arguments(approval),
        arguments_schema={} if tool is None else dict(tool.schema),
        signature=approval.signature,
        needed=approval.signature.signers,
        signatures=_signatures(approval, people),
        status=approval.state,
        reason=approval.reason,
        digest=approval.digest,
        catalogue_version=approval.catalogue_version,
        makers=[_person(person, people) for person in approval.makers],
        branch=people[approval.maker][1] if approval.maker in people else None,
        request=approval.request,
        created_at=approval.created_at,
        expires_at=approval.expires_at,
        closed_at=approval.closed_at,
        follows=approval.follows,
        followed_by=approval.followed_by,
        may=rights(approval, signer, catalogue, now),
        result=result,
    )


def rights(approval: Approval, signer: Signer, catalogue: Catalogue, now: datetime) -> Rights:
    """What she may do with it now, as the decision will check it again."""
    if approval.state is not ApprovalState.PENDING or now >= approval.expires_at:
        why = EXPIRED if approval.state is ApprovalState.PENDING else None  # else its state says why
        return Rights(approve=False, edit=False, reject=False, withdraw=False, why=why)
    tool = catalogue.get(approval.tool)
    may = may_decide(tool, approval, signer)
    decides = bool(may) and not has_decided(approval, signer.principal.person)
    present = _under_present_rules(approval, tool, catalogue)
    approves = present is not None and may_sign(present, approval, signer, approval.call.args)
    return Rights(
        approve=bool(approves),
        edit=decides and present is not None,
        reject=decides,
        withdraw=signer.principal.person == approval.maker,
        why=None if approves else _why_not(approval, signer, present),
    )


def _why_not(approval: Approval, signer: Signer, tool: Tool | None) -> str:
    if tool is not None:
        return may_sign(tool, approval, signer, approval.call.args).reason
    may = may_decide(None, approval, signer)
    if may and has_decided(approval, signer.principal.person):
        return RIGHTS[RightCode.SIGNED_BEFORE]
    return CATALOGUE_CHANGED if may else may.reason


def _under_present_rules(approval: Approval, tool: Tool | None, catalogue: Catalogue) -> Tool | None:
    """None where the catalogue changed since it was asked: such a request can only be rejected."""
    return tool if approval.catalogue_version == catalogue.version else None


def _arguments(approval: Approval) -> list[ArgumentOfApproval]:
    return [
        ArgumentOfApproval(
            name=argument.name,
            label=argument.label,
            value=argument.value,
            text=argument.text,
            origin=argument.origin,
            origin_text=argument.origin_text,
            sensitive=argument.sensitive,
        )
        for argument in approval.arguments
    ]


def _signatures(approval: Approval, people: People) -> list[SignatureView]:
    return [
        SignatureView(
            **_person(mark.person, people).model_dump(), decision=mark.decision, at=mark.at, reason=mark.reason
        )
        for mark in approval.signatures
    ]


def _person(person: str, people: People) -> PersonView:
    return PersonView(person=person, name=people[person][0] if person in people else person)


async def open_approvals(tx: Transaction, run_ids: Sequence[UUID]) -> Mapping[UUID, OpenApproval]:
    """By run, the request that it waits for, of the principal's own runs."""
    rows = await store.open_approvals(tx, run_ids)
    return {row["run_id"]: OpenApproval(id=row["id"], state=row["state"]) for row in rows}
