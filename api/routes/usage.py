"""What was used: tokens and calls of models, by day, model and person."""

from fastapi import APIRouter

from api.dependencies import CurrentPrincipal, CurrentServices
from api.routes.audit import Since, Until
from api.schemas.usage import UsageView

router = APIRouter(prefix="/v1/usage", tags=["usage"])


@router.get("")
async def usage(
    principal: CurrentPrincipal, services: CurrentServices, since: Since = None, until: Until = None
) -> UsageView:
    """Of at most a year; of the last thirty days where no day is given."""
    return await services.audit.figures.usage(principal, since, until)
