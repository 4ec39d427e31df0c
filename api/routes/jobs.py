"""Background jobs of the caller."""

from uuid import UUID

from fastapi import APIRouter

from api.dependencies import CurrentPrincipal, CurrentServices
from api.schemas.jobs import JobView

router = APIRouter(prefix="/v1", tags=["jobs"])


@router.get("/jobs/{job_id}")
async def job(job_id: UUID, principal: CurrentPrincipal, services: CurrentServices) -> JobView:
    """State, progress and, where it failed, what to change."""
    return JobView.of(await services.documents.job(principal, job_id))
