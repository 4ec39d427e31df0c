"""Everything that has to hold at the moment a signed write is executed, whatever was checked when it was signed."""

from core.crypto import DataKey
from core.database import Transaction
from core.errors import Forbidden
from tools.approvals.digest import call_digest
from tools.approvals.models import Approval, ApprovalState
from tools.approvals.rights import holds_right
from tools.catalogue.arguments import problems
from tools.catalogue.models import Catalogue, Tool
from tools.effects.models import VoidReason
from tools.models import Effect, Signature
from tools.people.directory import load_signer
from tools.people.models import Signer
from tools.stops.switch import stopped_by

_STRENGTH = (Signature.SELF, Signature.OTHER, Signature.TWO)


async def reason_against(tx: Transaction, key: DataKey, catalogue: Catalogue, approval: Approval) -> VoidReason | None:
    """The first reason not to execute it; None where it may be.

    Until the transaction ends no stop begins. Rights are those of the newest token about each person.
    """
    tool = catalogue.get(approval.call.tool)
    reason = _reason_in_itself(key, catalogue, approval, tool, tx.principal.tenant)
    if reason is not None or tool is None:
        return reason
    return await _reason_in_people(tx, tool, approval) or (
        VoidReason.STOPPED if await stopped_by(tx, tool) is not None else None
    )


def _reason_in_itself(
    key: DataKey, catalogue: Catalogue, approval: Approval, tool: Tool | None, tenant: str
) -> VoidReason | None:
    if approval.state is not ApprovalState.APPROVED:
        return VoidReason.NOT_APPROVED
    digest = call_digest(
        key,
        call=approval.call,
        tenant=tenant,
        run_id=approval.run_id,
        catalogue_version=approval.catalogue_version,
    )
    if digest != approval.digest or approval.call.tool != approval.tool:
        return VoidReason.ALTERED
    if approval.catalogue_version != catalogue.version:
        return VoidReason.CATALOGUE_CHANGED
    if tool is None or tool.effect is not Effect.WRITE or tool.signature is None:
        return VoidReason.NO_SUCH_TOOL
    if problems(tool, approval.call.args):
        return VoidReason.BAD_ARGUMENTS
    enough = _STRENGTH.index(approval.signature) >= _STRENGTH.index(_signature_wanted(tool, tool.signature, approval))
    return None if enough and _has_signatures(approval) else VoidReason.TOO_FEW_SIGNATURES


def _signature_wanted(tool: Tool, signature: Signature, approval: Approval) -> Signature:
    """The least that the catalogue asks for under these arguments."""
    if tool.limit is None or tool.limit.two_above is None:
        return signature
    amount = approval.call.args.get(tool.limit.argument)
    is_small = isinstance(amount, int) and not isinstance(amount, bool) and amount <= tool.limit.two_above
    return signature if is_small else Signature.TWO


def _has_signatures(approval: Approval) -> bool:
    """Whether as many persons approved as have to, none of them its maker, unless exactly the maker confirms."""
    if any(mark.decision != "approve" for mark in approval.signatures):
        return False
    approvers = set(approval.approvers)
    if approval.signature is Signature.SELF:
        return approvers == set(approval.makers) and len(approvers) == 1
    return len(approvers) >= approval.signature.signers and approvers.isdisjoint(approval.makers)


async def _reason_in_people(tx: Transaction, tool: Tool, approval: Approval) -> VoidReason | None:
    for person in approval.makers:
        maker = await _known(tx, person)
        if maker is None or not maker.principal.may(tool.permission):
            return VoidReason.MAKER_LOST_RIGHT
    for person in approval.approvers:
        signer = await _known(tx, person)
        if signer is None or not holds_right(tool, approval, signer, approval.call.args):
            return VoidReason.SIGNER_LOST_RIGHT
    return None


async def _known(tx: Transaction, person: str) -> Signer | None:
    """The person as the newest token said; None for one who never signed in, who has no rights."""
    try:
        return await load_signer(tx, person)
    except Forbidden:
        return None
