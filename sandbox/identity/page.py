"""The provider's pages: who are you, signed out, what went wrong. No script, one stylesheet."""

from pathlib import Path
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response

from sandbox.identity.personas import Persona, by_bank
from sandbox.identity.requests import AuthorizationRequest

PAGES = Path(__file__).parent / "pages"

_templates = Environment(loader=FileSystemLoader(PAGES), autoescape=True, undefined=StrictUndefined)


def sign_in(asked: AuthorizationRequest, hinted: Persona | None) -> Response:
    """The cards of all personas; the hinted one comes first and has the focus."""
    html = _templates.get_template("sign-in.html").render(banks=by_bank(), hinted=hinted, parameters=asked.parameters())
    # Browsers apply form-action to the redirect that answers a form as well: name the client's origin.
    client = urlsplit(asked.redirect_uri)
    return _page(html, form_action=f"'self' {client.scheme}://{client.netloc}")


def signed_out() -> Response:
    return _message("You are signed out", "You can close this page.", 200)


def problem(title: str, detail: str) -> Response:
    return _message(title, detail, 400)


async def stylesheet(_request: Request) -> Response:
    return FileResponse(PAGES / "sign-in.css", media_type="text/css", headers={"Cache-Control": "no-cache"})


def _message(title: str, detail: str, status: int) -> Response:
    html = _templates.get_template("message.html").render(title=title, detail=detail)
    return _page(html, form_action="'none'", status=status)


def _page(html: str, *, form_action: str, status: int = 200) -> Response:
    policy = f"default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action {form_action}"
    headers = {
        "Content-Security-Policy": policy,
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
    }
    return HTMLResponse(html, status, headers)
