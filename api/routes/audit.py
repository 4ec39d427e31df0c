"""What compliance reads: runs of anybody in the tenant, access on a day, replay, packs, integrity, figures,
questions without an answer.

Every look is put on record in the ledger before anything is shown.
"""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.responses import Response

from api.auditing.filters import Filters, wanted
from api.dependencies import CurrentPrincipal, CurrentServices
from api.schemas.audit import (
    AuditDay,
    AuditRun,
    AuditRunDetail,
    IntegrityView,
    ReplayBody,
    ReplayView,
    VerificationView,
    VerifyBody,
)
from api.schemas.audit_access import AccessAnswer
from api.schemas.audit_figures import Overview
from api.schemas.audit_gaps import AbstentionTopics
from api.schemas.common import Cursor, Limit, Name, Page
from core.principal import Permission

router = APIRouter(prefix="/v1/audit", tags=["audit"])

ZIP = {"content": {"application/zip": {"schema": {"type": "string", "format": "binary"}}}}

Personal = Annotated[
    bool,
    Query(description="With personal data itself. Needs `audit:personal`, and stands on the record of the look."),
]
Since = Annotated[AuditDay | None, Query(alias="from", description="The first day; days of the tenant's time zone.")]
Until = Annotated[AuditDay | None, Query(alias="to", description="The last day, included.")]


@router.get("/runs")
async def runs(
    principal: CurrentPrincipal, services: CurrentServices, filters: Annotated[Filters, Query()]
) -> Page[AuditRun]:
    """The runs for which all that is asked for holds, the latest first. 503 where the search takes too long."""
    principal.require(Permission.AUDIT_READ)
    search = wanted(filters, services.keyring, services.days, principal.tenant)
    return await services.audit.runs.page(principal, search, limit=filters.limit, cursor=filters.cursor)


@router.get("/runs/{run_id}")
async def run(
    run_id: UUID, principal: CurrentPrincipal, services: CurrentServices, personal: Personal = False
) -> AuditRunDetail:
    """One run as a story, with its evidence, its requests for a signature and its way through the state machine.

    Placeholders such as `[card number 1]` stand for personal data of customers.
    An erased conversation still has its story, without the texts.
    """
    return await services.audit.stories.tell(principal, run_id, personal=personal)


@router.post("/runs/{run_id}/replay")
async def replay(run_id: UUID, body: ReplayBody, principal: CurrentPrincipal, services: CurrentServices) -> ReplayView:
    """Execute the run again from its recorded inputs, without model or tools, and compare.

    `current` lists what would differ under what is in force today. 409 while it is under way; 410 once its
    conversation was erased.
    """
    return await services.audit.proofs.replay(principal, run_id, body.policy)


@router.get("/runs/{run_id}/export", response_class=Response, responses={200: ZIP})
async def export(
    run_id: UUID, principal: CurrentPrincipal, services: CurrentServices, personal: Personal = False
) -> Response:
    """The evidence pack of the run: to read, and to verify without this service. 409 while the run is under way."""
    pack = await services.audit.proofs.export(principal, run_id, personal=personal)
    headers = {"Content-Disposition": f'attachment; filename="run-{run_id}.zip"', "Cache-Control": "no-store"}
    return Response(pack, media_type="application/zip", headers=headers)


@router.get("/access")
async def access(
    principal: CurrentPrincipal,
    services: CurrentServices,
    user: Annotated[Name, Query(description="The person, by id.")],
    document: Annotated[Name, Query(description="The document, by key or by the id of one of its editions.")],
    on: Annotated[AuditDay, Query(description="A day of the tenant's time zone, today at the latest.")],
) -> AccessAnswer:
    """Whether the person could read the document on that day, and why. What is not on record counts as no."""
    return await services.audit.accesses.answer(principal, user, document, on)


@router.get("/overview")
async def overview(
    principal: CurrentPrincipal, services: CurrentServices, since: Since = None, until: Until = None
) -> Overview:
    """Figures of at most a year; of the last thirty days where no day is given."""
    return await services.audit.figures.overview(principal, since, until)


@router.get("/abstentions")
async def abstentions(
    principal: CurrentPrincipal,
    services: CurrentServices,
    since: Since = None,
    until: Until = None,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> AbstentionTopics:
    """Questions that the documents had no answer for, by topic, those asked about most often first.

    Topics are worked out on reading from questions that can still be opened, at most the latest thousand of the period;
    erased conversations drop out. Of at most a year; of the last thirty days where no day is given.
    """
    return await services.audit.gaps.topics(principal, since, until, limit=limit, cursor=cursor)


@router.get("/integrity")
async def integrity(principal: CurrentPrincipal, services: CurrentServices) -> IntegrityView:
    """How far the ledger is sealed and cosigned, and what was found wrong with it, as cheaply as it can be told."""
    return await services.audit.proofs.integrity(principal)


@router.post("/verify")
async def verify(_body: VerifyBody, principal: CurrentPrincipal, services: CurrentServices) -> VerificationView:
    """Go through every record of the tenant: chains, leaves, checkpoints, signatures. Takes seconds."""
    return await services.audit.proofs.verify(principal)
