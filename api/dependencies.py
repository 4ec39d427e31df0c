"""What endpoints ask for: the services of this process and the caller."""

from typing import Annotated, cast

from fastapi import Depends, Request, Security
from fastapi.security import APIKeyCookie, HTTPBearer

from api.identity import CSRF_HEADER, Caller
from api.services import Services
from core.principal import Principal


async def services_of(request: Request) -> Services:
    """The services that the lifespan opened."""
    return cast("Services", request.app.state.services)


CurrentServices = Annotated[Services, Depends(services_of)]

_bearer = HTTPBearer(
    auto_error=False,
    scheme_name="bearer",
    bearerFormat="JWT",
    description="An access token of a configured issuer, `aud` `countersign-api`.",
)
_cookie = APIKeyCookie(
    auto_error=False,
    name="__Host-countersign_session",
    scheme_name="session",
    description=f"The browser's session; unsafe methods also send `{CSRF_HEADER}`.",
)


async def caller_of(
    request: Request,
    services: CurrentServices,
    _token: Annotated[object, Security(_bearer)],
    _session: Annotated[object, Security(_cookie)],
) -> Caller:
    """The dependency of every endpoint under `/v1`; the two schemes are named for the OpenAPI document."""
    return await services.authenticator.authenticate(request)


CurrentCaller = Annotated[Caller, Depends(caller_of)]


async def principal_of(caller: CurrentCaller) -> Principal:
    return caller.principal


CurrentPrincipal = Annotated[Principal, Depends(principal_of)]
