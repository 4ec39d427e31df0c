"""Requests that wait for a signature: the queue, one of them beside the bank's present state, the decision."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from api.dependencies import CurrentPrincipal, CurrentServices
from api.idempotency import KeyHeader
from api.limits import INPUTS
from api.schemas.approvals import ApprovalDetail, ApprovalView, Counts, DecisionBody, Role
from api.schemas.common import Cursor, Limit, Name, Page
from api.signing import Wanted
from tools.approvals.models import ApprovalState

router = APIRouter(prefix="/v1/approvals", tags=["approvals"])

Status = Annotated[
    list[ApprovalState] | None,
    Query(alias="status", max_length=len(ApprovalState), description="Only these; all where none is given."),
]
As = Annotated[
    Role | None,
    Query(description="`maker`: what the caller asked for. `checker`: what the caller may sign. Both where none."),
]


@router.get("")
async def approvals(
    principal: CurrentPrincipal,
    services: CurrentServices,
    status: Status = None,
    role: As = None,
    tool: Annotated[Name | None, Query(description="Only of this tool.")] = None,
    maker: Annotated[Name | None, Query(description="Only what this person asked for, by id.")] = None,
    branch: Annotated[Name | None, Query(description="Only what people of this branch asked for.")] = None,
    limit: Limit = INPUTS.page_size_default,
    cursor: Cursor = None,
) -> Page[ApprovalView]:
    """The requests that the caller may sign or asked for, the latest first."""
    wanted = Wanted(role or "either", frozenset(status) if status else None, tool, maker, branch)
    return await services.signing.page(principal, wanted, limit=limit, cursor=cursor)


@router.get("/counts")
async def counts(principal: CurrentPrincipal, services: CurrentServices) -> Counts:
    """How much waits for the caller's signature, and how much of the caller's own waits for others."""
    return await services.signing.counts(principal)


@router.get("/{approval_id}")
async def approval(approval_id: UUID, principal: CurrentPrincipal, services: CurrentServices) -> ApprovalDetail:
    """One request. `facts` are read from the bank's system for this reply; where that fails they say why."""
    return await services.signing.one(principal, approval_id)


@router.post("/{approval_id}/decision")
async def decide(
    approval_id: UUID,
    body: DecisionBody,
    principal: CurrentPrincipal,
    services: CurrentServices,
    idempotency_key: KeyHeader = None,
) -> ApprovalView:
    """Sign, refuse or change a request, which is answered with the request as it then stands, or the new one.

    An edit closes the request and opens a new one of which both are makers. 403 for one's own request, without the
    right, or above one's limit; 409 where it is decided already; 410 where its time is over; 412 where the digest is
    another; 422 for a rejection without a reason and for arguments that the tool does not take; 503 without a core
    banking system.
    """
    return await services.signing.decide(principal, approval_id, body, idempotency_key=idempotency_key)
