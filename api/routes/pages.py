"""The pages. Whoever is not signed in is shown the sign-in page and comes back afterwards."""

from typing import Annotated, Any
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Query, Request
from starlette.responses import RedirectResponse, Response

from api.dependencies import CurrentServices
from api.services import Services
from api.sign_in import local_path
from core.principal import Permission
from guardrails.limits import INPUT_LIMITS
from retrieval.glossary.limits import GLOSSARY_LIMITS
from tools.models import Effect

ReturnTo = Annotated[str | None, Query(alias="next")]

router = APIRouter(include_in_schema=False)


@router.get("/")
async def ask(request: Request, services: CurrentServices) -> Response:
    """Ask, and read the answer beside its sources."""
    return await _page(request, services, "ask.html", question_limit=INPUT_LIMITS.characters)


@router.get("/library")
async def library(request: Request, services: CurrentServices) -> Response:
    """The documents that this person may read."""
    return await _page(request, services, "library.html")


@router.get("/library/glossary")
async def glossary(request: Request, services: CurrentServices) -> Response:
    """What stands for the same: for everyone to read, for policy owners to change."""
    return await _page(request, services, "glossary.html", limits=GLOSSARY_LIMITS)


@router.get("/library/why")
async def why(request: Request, services: CurrentServices) -> Response:
    """What every stage of a search made of the passages that it found."""
    return await _page(request, services, "why.html", needs=Permission.SEARCH_EXPLAIN)


@router.get("/library/{edition_id}")
async def edition(request: Request, services: CurrentServices, edition_id: UUID) -> Response:
    """One edition, page by page."""
    return await _page(request, services, "edition.html", edition_id=str(edition_id))


@router.get("/approvals")
async def approvals(request: Request, services: CurrentServices) -> Response:
    """What waits for this person's signature."""
    return await _page(request, services, "approvals.html", approval_id=None, tools=_tools(services))


@router.get("/approvals/{approval_id}")
async def approval(request: Request, services: CurrentServices, approval_id: UUID) -> Response:
    """The same, with that one open."""
    return await _page(request, services, "approvals.html", approval_id=str(approval_id), tools=_tools(services))


@router.get("/requests")
async def requests(request: Request, services: CurrentServices) -> Response:
    """What this person asked for, and what became of it."""
    return await _page(request, services, "requests.html")


@router.get("/audit")
async def audit() -> Response:
    """Where compliance begins."""
    return RedirectResponse("/audit/runs", 303)


@router.get("/audit/overview")
async def audit_overview(request: Request, services: CurrentServices) -> Response:
    """How much was asked and done, and what became of it."""
    return await _page(request, services, "audit_overview.html", needs=Permission.AUDIT_READ)


@router.get("/audit/abstentions")
async def audit_abstentions(request: Request, services: CurrentServices) -> Response:
    """What people asked and the documents had no answer for, by topic."""
    return await _page(request, services, "audit_abstentions.html", needs=Permission.AUDIT_READ)


@router.get("/audit/runs")
async def audit_runs(request: Request, services: CurrentServices) -> Response:
    """Runs of everybody, by person, day, case, document, tool, outcome and reason."""
    tools = sorted((tool.name, tool.title) for tool in services.signing.catalogue.tools.values())
    return await _page(request, services, "audit_runs.html", needs=Permission.AUDIT_READ, tools=tools)


@router.get("/audit/runs/{run_id}")
async def audit_run(request: Request, services: CurrentServices, run_id: UUID) -> Response:
    """One run, told from its records."""
    return await _page(request, services, "audit_run.html", needs=Permission.AUDIT_READ, run_id=str(run_id))


@router.get("/audit/access")
async def audit_access(request: Request, services: CurrentServices) -> Response:
    """Whether a person could read a document on a day, and why."""
    return await _page(request, services, "audit_access.html", needs=Permission.AUDIT_READ)


@router.get("/audit/integrity")
async def audit_integrity(request: Request, services: CurrentServices) -> Response:
    """Whether the record was altered, and how that is known."""
    return await _page(request, services, "audit_integrity.html", needs=Permission.AUDIT_READ)


@router.get("/sign-in")
async def sign_in(request: Request, services: CurrentServices, return_to: ReturnTo = None) -> Response:
    """What this is, and the way in."""
    return services.pages.render(request, "sign_in.html", None, next_url=local_path(return_to))


@router.get("/signed-out")
async def signed_out(request: Request, services: CurrentServices, return_to: ReturnTo = None) -> Response:
    """After signing out."""
    return services.pages.render(request, "signed_out.html", None, next_url=local_path(return_to))


def _tools(services: Services) -> list[tuple[str, str]]:
    """Name and title of every tool that changes something, for the stop switch."""
    tools = services.signing.catalogue.tools.values()
    return sorted((tool.name, tool.title) for tool in tools if tool.effect is Effect.WRITE)


async def _page(
    request: Request, services: Services, template: str, *, needs: Permission | None = None, **context: Any
) -> Response:
    visitor = await services.authenticator.visitor(request)
    if visitor is None:
        here = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        return RedirectResponse(f"/sign-in?next={quote(here, safe='/')}", 303)
    if needs is not None:
        visitor.principal.require(needs)
    examples = services.pages.examples(visitor.principal.tenant)
    return services.pages.render(request, template, visitor, examples=examples, **context)
