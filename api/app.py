"""The composition root of the HTTP process: builds every part and hands it down."""

import gc
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from urllib.parse import urlsplit

import httpx
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp

from api import problems
from api.identity import Authenticator
from api.jwks import Algorithm, ProviderKeys
from api.metrics import HttpMetrics
from api.middleware import Door, SecurityHeaders
from api.openapi import describe
from api.pages import Assets, Pages
from api.people import People
from api.readiness import ReadinessCheck
from api.routes import health, me, pages, sign_in
from api.services import Services
from api.sessions import CookieJar, Sessions
from api.sign_in import DIRECT, SignIn
from api.tokens import ClaimNames, Issuer, TokenVerifier
from core.clock import Clock, SystemClock
from core.crypto import Keyring
from core.database import Database
from core.errors import ProblemError
from core.settings import ROOT, IssuerSettings, Settings

WEB = ROOT / "web"


class App(FastAPI):
    """FastAPI inside our own door, so that no answer leaves without a request id and the security headers."""

    def __init__(self, settings: Settings, metrics: HttpMetrics, **options: object) -> None:
        super().__init__(**options)  # type: ignore[arg-type]
        self._door_headers = SecurityHeaders.build(
            secure=settings.base_url.startswith("https://"),
            form_targets=tuple(_origin(issuer.issuer) for issuer in settings.oidc_issuers),
        )
        self._door_metrics = metrics

    def build_middleware_stack(self) -> ASGIApp:
        return Door(super().build_middleware_stack(), headers=self._door_headers, metrics=self._door_metrics)


def create_app(settings: Settings, clock: Clock | None = None) -> FastAPI:
    """The application. Nothing is opened before its lifespan begins; opening raises `Unavailable`."""
    metrics = HttpMetrics()
    page_templates = Pages(WEB, settings.tenant_names)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
        async with AsyncExitStack() as stack:
            app.state.services = await _open(settings, clock or SystemClock(), metrics, page_templates, stack)
            gc.collect()
            gc.freeze()  # what lives as long as the process is not searched for garbage again
            yield

    app = App(
        settings,
        metrics,
        title="Countersign",
        version="1",
        openapi_url="/openapi.json",
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
    )

    def error_page(request: Request, problem: ProblemError, request_id: str) -> Response:
        return page_templates.problem(request, problem, request_id)

    problems.install(app, error_page)
    app.include_router(me.router, prefix="/v1", tags=["person"])
    app.include_router(health.router)
    app.include_router(sign_in.router)
    app.include_router(pages.router)
    for folder in ("static", "vendor"):
        if (WEB / folder).is_dir():
            app.mount(f"/{folder}", Assets(directory=WEB / folder))
    describe(app)
    return app


async def _open(
    settings: Settings, clock: Clock, metrics: HttpMetrics, pages: Pages, stack: AsyncExitStack
) -> Services:
    database = Database(settings.database_url.get_secret_value(), max_size=settings.database_pool_size)
    await database.open()
    stack.push_async_callback(database.close)
    http = await stack.enter_async_context(httpx.AsyncClient(mounts=DIRECT, timeout=5.0))
    keyring = Keyring(settings.master_key_bytes)
    issuers = {entry.issuer: _issuer(entry, http, clock, settings) for entry in settings.oidc_issuers}
    for _, keys in issuers.values():
        stack.push_async_callback(keys.close)
    verifier = TokenVerifier(issuers, clock)
    sessions = Sessions(database, keyring, verifier, clock)
    cookies = CookieJar(secure=settings.base_url.startswith("https://"))
    return Services(
        base_url=settings.base_url,
        clock=clock,
        database=database,
        keyring=keyring,
        authenticator=Authenticator(verifier, sessions, People(database, clock), cookies, settings.base_url),
        sessions=sessions,
        sign_in=SignIn(issuers, verifier, keyring, clock, base_url=settings.base_url),
        cookies=cookies,
        pages=pages,
        metrics=metrics,
        readiness=ReadinessCheck(database, settings.worker.value, guards={}, models={}),
    )


def _issuer(
    entry: IssuerSettings, http: httpx.AsyncClient, clock: Clock, settings: Settings
) -> tuple[Issuer, ProviderKeys]:
    secret = entry.client_secret
    issuer = Issuer(
        url=entry.issuer,
        tenants=frozenset(entry.tenants),
        client_id=entry.client_id,
        audience=entry.audience,
        algorithm=Algorithm(entry.algorithm),
        client_secret=None if secret is None else secret.get_secret_value(),
        claims=ClaimNames(
            person=entry.claim_person,
            name=entry.claim_name,
            tenant=entry.claim_tenant,
            branch=entry.claim_branch,
            roles=entry.claim_roles,
        ),
    )
    keys = ProviderKeys(issuer.url, issuer.algorithm, http, clock, plain_http=settings.is_development)
    return issuer, keys


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
