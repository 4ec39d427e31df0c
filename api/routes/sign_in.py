"""Signing in and out with a browser."""

from typing import Annotated
from urllib.parse import urlsplit

from fastapi import APIRouter, Form, Query, Request
from starlette.responses import RedirectResponse, Response

from api.dependencies import CurrentServices
from api.identity import CSRF_HEADER
from api.limits import SIGN_IN
from api.problems import request_id_of
from api.services import Services
from api.sessions import seconds_until
from core.errors import ProblemError

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})

router = APIRouter(prefix="/auth", include_in_schema=False)


@router.get("/login")
async def login(
    request: Request,
    services: CurrentServices,
    return_to: Annotated[str | None, Query(alias="next")] = None,
    issuer: str | None = None,
) -> Response:
    """Send the browser to the identity provider, remembering the attempt in a sealed cookie."""
    if _is_other_loopback_name(request.headers.get("host", ""), services.base_url):
        query = f"?{request.url.query}" if request.url.query else ""
        return RedirectResponse(f"{services.base_url}/auth/login{query}", 303)
    try:
        location, attempt = await services.sign_in.begin(issuer, return_to)
    except ProblemError as problem:
        return _failed(request, services, problem)
    response = RedirectResponse(location, 303)
    cookies = services.cookies
    response.headers.append("Set-Cookie", cookies.set(cookies.attempt, attempt, max_age_s=SIGN_IN.attempt_s))
    return response


@router.get("/callback")
async def callback(request: Request, services: CurrentServices) -> Response:
    """The provider's answer: verify it, start a session, go where the person wanted to go."""
    cookies = services.cookies
    try:
        signed_in = await services.sign_in.finish(request.query_params, request.cookies.get(cookies.attempt))
        cookie = await services.sessions.start(
            signed_in.identity, access_token=signed_in.access_token, id_token=signed_in.id_token
        )
    except ProblemError as problem:
        return _failed(request, services, problem)
    max_age_s = seconds_until(signed_in.identity.expires_at, services.clock.now())
    response = RedirectResponse(signed_in.return_to, 303)
    response.headers.append("Set-Cookie", cookies.set(cookies.session, cookie, max_age_s=max_age_s))
    response.headers.append("Set-Cookie", cookies.clear(cookies.attempt))
    return response


@router.post("/logout")
async def logout(request: Request, services: CurrentServices, csrf_token: str = Form("", max_length=128)) -> Response:
    """End the session here, then at the identity provider."""
    session = await services.authenticator.session(request)
    location = f"{services.base_url}/signed-out"
    if session is not None:
        token = csrf_token or request.headers.get(CSRF_HEADER, "")
        services.authenticator.check_origin(request, session, token)
        await services.sessions.end(session)
        location = await services.sign_in.end_session_url(session.identity, session.id_token)
    response = RedirectResponse(location, 303)
    response.headers.append("Set-Cookie", services.cookies.clear(services.cookies.session))
    return response


def _is_other_loopback_name(host: str, base_url: str) -> bool:
    """Whether this machine is called by another of its names than the registered one, where the cookie must be set.

    Elsewhere the Host header says nothing: a proxy may have rewritten it.
    """
    home = urlsplit(base_url)
    called = urlsplit(f"//{host}")
    return home.hostname in LOOPBACK and called.hostname in LOOPBACK and called.hostname != home.hostname


def _failed(request: Request, services: Services, problem: ProblemError) -> Response:
    """A page with a way to start again; the attempt's cookie is spent."""
    response = services.pages.problem(request, problem, request_id_of(request), retry_url="/auth/login")
    response.headers.append("Set-Cookie", services.cookies.clear(services.cookies.attempt))
    return response
