"""Who may decide a request: her role, her right, her limit, and that she is not its maker."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from core.principal import Permission, Principal
from tools.approvals.models import Approval
from tools.approvals.reasons import RIGHTS, RightCode
from tools.catalogue.models import Limit, Tool
from tools.models import Signature
from tools.people.models import Signer


@dataclass(frozen=True, slots=True)
class Right:
    """Whether a person may, and a fixed sentence that says why not; truthy when allowed."""

    code: RightCode

    @property
    def reason(self) -> str:
        return RIGHTS[self.code]

    def __bool__(self) -> bool:
        return self.code is RightCode.OK


def by_both(token: Principal, noted: Signer) -> Signer:
    """The person with the roles that the token and today's note both give her: an old token adds nothing to a
    demotion, and a promotion counts from the first token that says so."""
    return replace(noted, principal=replace(noted.principal, roles=noted.principal.roles & token.roles))


def may_see(approval: Approval, person: Principal) -> bool:
    """Whether the person asked for it or could ever sign it. What a maker confirms herself concerns nobody else."""
    if person.person in approval.makers:
        return True
    return approval.signature is not Signature.SELF and not approval.signers.isdisjoint(person.roles)


def may_decide(tool: Tool | None, approval: Approval, signer: Signer) -> Right:
    """Role and right, and not her own request (except where exactly the maker signs). Limits are `holds_right`'s.

    A request for a tool that is gone from the catalogue (None) can still be rejected.
    """
    person = signer.principal
    if approval.signature is Signature.SELF:
        if (person.person,) != approval.makers:
            return Right(RightCode.MAKER_ONLY)
        return Right(RightCode.OK if tool is None or person.may(tool.permission) else RightCode.NO_PERMISSION)
    if person.person in approval.makers:
        return Right(RightCode.OWN_REQUEST)
    if _signers(tool, approval).isdisjoint(person.roles):
        return Right(RightCode.NO_ROLE)
    return Right(RightCode.OK if person.may(Permission.APPROVAL_DECIDE) else RightCode.NO_PERMISSION)


def holds_right(tool: Tool, approval: Approval, signer: Signer, args: Mapping[str, Any]) -> Right:
    """Whether her signature under these arguments counts: asked when she signs and again when it is executed."""
    right = may_decide(tool, approval, signer)
    if not right or tool.limit is None:
        return right
    roles = signer.principal.roles
    if approval.signature is not Signature.SELF:
        roles &= _signers(tool, approval)
    return _within(tool.limit, roles, signer.signing_limit, args)


def may_sign(tool: Tool, approval: Approval, signer: Signer, args: Mapping[str, Any]) -> Right:
    """Whether she may approve it now: her signature would count, and she has not decided it before."""
    right = holds_right(tool, approval, signer, args)
    if right and has_decided(approval, signer.principal.person):
        return Right(RightCode.SIGNED_BEFORE)
    return right


def has_decided(approval: Approval, person: str) -> bool:
    """Whether the person's signature stands on it."""
    return any(mark.person == person for mark in approval.signatures)


def _signers(tool: Tool | None, approval: Approval) -> frozenset[str]:
    """The roles that could sign when it was asked, as far as they still can."""
    return approval.signers if tool is None else approval.signers & tool.signers


def _within(limit: Limit, roles: frozenset[str], personal: int | None, args: Mapping[str, Any]) -> Right:
    """The smaller of what her best role and what she herself may sign, against the amount (whole dollars)."""
    by_role = [amount for role, amount in limit.by_role.items() if role in roles]
    if not by_role:
        return Right(RightCode.NO_LIMIT)
    amount = args.get(limit.argument)
    if not isinstance(amount, int) or isinstance(amount, bool):
        return Right(RightCode.NO_AMOUNT)
    most = max(by_role) if personal is None else min(max(by_role), personal)
    return Right(RightCode.OK if amount <= most else RightCode.ABOVE_LIMIT)
