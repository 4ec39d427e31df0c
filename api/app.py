"""The composition root of the HTTP process: the application, its routes and its life."""

import gc
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp

from api import openapi, problems
from api.metrics import HttpMetrics
from api.middleware import Door, SecurityHeaders
from api.opening import Assemble, opened
from api.pages import Assets, Pages
from api.routes import (
    approvals,
    audiences,
    audit,
    chat,
    chunks,
    corrections,
    documents,
    editions,
    glossary,
    health,
    jobs,
    me,
    pages,
    runs,
    search,
    sign_in,
    stops,
    threads,
    usage,
)
from api.services import Services
from core.clock import Clock, SystemClock
from core.errors import ProblemError
from core.settings import ROOT, Settings
from core.telemetry import logger
from jobs.assembly import assemble as assemble_parts

log = logger(__name__)

WEB = ROOT / "web"
RESOURCES = (
    me,
    chat,
    threads,
    runs,
    corrections,
    approvals,
    stops,
    audit,
    usage,
    documents,
    audiences,
    editions,
    chunks,
    search,
    glossary,
    jobs,
    health,
    sign_in,
    pages,
)


class App(FastAPI):
    """FastAPI inside our own door, so that no answer leaves without a request id and the security headers."""

    def __init__(self, *, door_headers: SecurityHeaders, door_metrics: HttpMetrics, **options: Any) -> None:
        super().__init__(**options)
        self._door_headers = door_headers
        self._door_metrics = door_metrics

    def build_middleware_stack(self) -> ASGIApp:
        return Door(super().build_middleware_stack(), headers=self._door_headers, metrics=self._door_metrics)


def create_app(
    settings: Settings | None = None, *, clock: Clock | None = None, assemble: Assemble = assemble_parts
) -> FastAPI:
    """The application, of the environment's settings where none are given.

    Nothing is opened before its lifespan begins; that raises `Unavailable` without a database. `clock` and
    `assemble` (models, guards and search) can be others than the real ones.
    """
    chosen = settings or Settings()
    metrics = HttpMetrics()
    templates = Pages(WEB, chosen.tenant_names, chosen.example_questions)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
        async with AsyncExitStack() as stack:
            opening = opened(chosen, clock or SystemClock(), metrics, templates, assemble)
            try:
                app.state.services = await stack.enter_async_context(opening)
            except ProblemError as problem:
                log.error("cannot_start", why=problem.detail)  # noqa: TRY400 -- the trace follows from the server
                raise
            gc.collect()
            gc.freeze()  # what lives as long as the process is not searched for garbage again
            gc.set_threshold(50_000, 20, 50)  # a turn makes some 20,000 objects: collect every few turns, not in each
            yield

    app = App(
        door_headers=SecurityHeaders.build(
            secure=chosen.base_url.startswith("https://"),
            form_targets=tuple(_origin(issuer.issuer) for issuer in chosen.oidc_issuers),
        ),
        door_metrics=metrics,
        title="Countersign",
        version="1",
        openapi_url="/openapi.json",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        lifespan=lifespan,
    )
    _add_routes(app, templates)
    return app


def _add_routes(app: FastAPI, templates: Pages) -> None:
    async def error_page(request: Request, problem: ProblemError, request_id: str) -> Response:
        services: Services = request.app.state.services
        try:
            visitor = await services.authenticator.visitor(request)
        except ProblemError:  # the page must appear also while the database or the sign-in service is away
            visitor = None
        return templates.problem(request, problem, request_id, caller=visitor)

    problems.install(app, error_page)
    for resource in RESOURCES:
        app.include_router(resource.router)
    for folder in ("static", "vendor"):
        if (WEB / folder).is_dir():
            app.mount(f"/{folder}", Assets(directory=WEB / folder))
    openapi.describe(app)


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
