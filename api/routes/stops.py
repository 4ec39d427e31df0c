"""The stop switch: what is stopped, stopping, and letting it go on."""

from uuid import UUID

from fastapi import APIRouter

from api.dependencies import CurrentPrincipal, CurrentServices
from api.idempotency import KeyHeader, Reply
from api.schemas.common import Page
from api.schemas.stops import StopBody, StopView
from core.principal import Permission

router = APIRouter(prefix="/v1/stops", tags=["stops"])


@router.get("")
async def stops(principal: CurrentPrincipal, services: CurrentServices) -> Page[StopView]:
    """What is stopped, then what was, the latest first; all on one page."""
    principal.require(Permission.TOOLS_STOP)
    return Page(items=[StopView.of(stop) for stop in await services.stops.list(principal)], next_cursor=None)


@router.post("", status_code=201)
async def stop(
    body: StopBody, principal: CurrentPrincipal, services: CurrentServices, idempotency_key: KeyHeader = None
) -> StopView:
    """Stop it at once, signed work that was not begun too. Where it is stopped already, that stop is the reply."""
    principal.require(Permission.TOOLS_STOP)

    async def make() -> Reply:
        made = await services.stops.stop(principal, body.scope, body.reason)
        return Reply(201, StopView.of(made).model_dump(mode="json"))

    request = {"stop": body.model_dump(mode="json")}
    reply = await services.acts.once(principal, idempotency_key, request, make)
    return StopView.model_validate(reply.body)


@router.post("/{stop_id}/restart")
async def restart(stop_id: UUID, principal: CurrentPrincipal, services: CurrentServices) -> StopView:
    """Let it go on. The first person's word is kept, the second person's lifts the stop; 409 for saying it twice."""
    principal.require(Permission.TOOLS_STOP)
    return StopView.of(await services.stops.restart(principal, stop_id))
