"""Renders the pages of `web/`. A page carries no document text: its scripts fetch that under the reader's rights."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.templating import Jinja2Templates
from starlette.types import Scope

from api.identity import Caller
from core.errors import ProblemError


class Assets(StaticFiles):
    """Static files that browsers keep but ask about each time, so that a new version is seen at once."""

    def file_response(self, *args: Any, **kwargs: Any) -> Response:
        response = super().file_response(*args, **kwargs)
        response.headers.setdefault("Cache-Control", "no-cache")
        return response

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Name the request by its folder for logs and metrics, not by its file."""
        scope["route_label"] = scope.get("root_path", "")
        return await super().get_response(path, scope)


class Pages:
    """The templates and what every page of them needs."""

    def __init__(
        self, folder: Path, tenant_names: Mapping[str, str], examples: Mapping[str, Sequence[str]] | None = None
    ) -> None:
        self.folder = folder
        self._tenant_names = dict(tenant_names)
        self._examples = dict(examples or {})
        self._templates = Jinja2Templates(folder / "templates")

    def render(
        self, request: Request, template: str, caller: Caller | None, *, status: int = 200, **context: Any
    ) -> HTMLResponse:
        """A page for this visitor; text is escaped."""
        response = self._templates.TemplateResponse(
            request, template, {**self._visitor(caller), "status": status, **context}, status_code=status
        )
        response.headers["Vary"] = "Cookie"
        return response

    def document(self, template: str, **context: Any) -> str:
        """A page that is handed over as a file; text is escaped."""
        return self._templates.get_template(template).render(context)

    def examples(self, tenant: str) -> Sequence[str]:
        """Questions to begin with."""
        return self._examples.get(tenant, ())

    def problem(
        self,
        request: Request,
        problem: ProblemError,
        request_id: str,
        *,
        retry_url: str | None = None,
        caller: Caller | None = None,
    ) -> HTMLResponse:
        """The page that tells a person about a failure."""
        context: dict[str, Any] = {"request_id": request_id, "retry_url": retry_url}
        if problem.status != 404:  # the template's own words for it are meant for people
            context |= {"title": problem.title, "detail": problem.detail}
        response = self.render(request, "error.html", caller, status=problem.status, **context)
        response.headers.update(problem.headers)
        return response

    def _visitor(self, caller: Caller | None) -> dict[str, Any]:
        if caller is None or caller.session is None:
            return {"principal": None, "csrf_token": ""}
        person = caller.principal
        return {
            "principal": {
                "person": person.person,
                "name": person.name,
                "tenant": person.tenant,
                "tenant_name": self._tenant_names.get(person.tenant, person.tenant),
                "branch": person.branch,
                "roles": sorted(person.roles),
                "permissions": sorted(permission.value for permission in person.permissions),
                "may": frozenset(permission.value for permission in person.permissions).__contains__,
            },
            "csrf_token": caller.session.ticket.csrf_token,
        }
