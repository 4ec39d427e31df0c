"""Alive, ready, measured: for the platform, without a sign-in and without anyone's data."""

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from api.dependencies import CurrentServices
from api.schemas.health import Alive, Readiness

router = APIRouter(tags=["health"])


@router.get("/livez")
async def livez() -> Alive:
    """The process answers."""
    return Alive()


@router.get("/readyz", responses={503: {"model": Readiness, "description": "It can't serve now; `reasons` says why."}})
async def readyz(services: CurrentServices, response: Response) -> Readiness:
    """200 when requests can be served."""
    readiness = await services.readiness.check()
    if readiness.status != "ready":
        response.status_code = 503
        response.headers["Retry-After"] = "2"
    return readiness


@router.get(
    "/metrics", response_class=Response, responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}}
)
async def metrics(services: CurrentServices) -> Response:
    """Counters and timings in the Prometheus text format."""
    return Response(generate_latest(services.metrics.registry), media_type=CONTENT_TYPE_LATEST)
