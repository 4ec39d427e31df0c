"""The identity provider's HTTP face: discovery, sign-in, token exchange, sign-out."""

import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from sandbox.identity import page
from sandbox.identity.codes import CodeStore
from sandbox.identity.discovery import describe
from sandbox.identity.exchange import NO_STORE, TokenExchange
from sandbox.identity.keys import load_or_create_key
from sandbox.identity.personas import PERSONAS, Persona
from sandbox.identity.requests import AuthorizationRequest, RefusedRequestError, UntrustedClientError
from sandbox.identity.tokens import Mint
from sandbox.settings import SandboxSettings


def create_identity_app(settings: SandboxSettings, clock: Callable[[], float] = time.time) -> Starlette:
    """The provider as an ASGI app; its signing key is made where there is none yet.

    `clock` gives seconds since the epoch.
    """
    key = load_or_create_key(settings.data_dir)
    codes = CodeStore(clock)
    sign_in = SignIn(settings, codes)
    exchange = TokenExchange(settings, Mint(settings, key), codes, clock)
    return Starlette(
        routes=[
            Route("/.well-known/openid-configuration", _fixed(describe(settings))),
            Route("/jwks.json", _fixed(key.public_jwks())),
            Route("/authorize", sign_in.ask_who, methods=["GET"]),
            Route("/authorize", sign_in.choose, methods=["POST"]),
            Route("/token", exchange.answer, methods=["POST"]),
            Route("/logout", sign_in.sign_out, methods=["GET", "POST"]),
            Route("/sign-in.css", page.stylesheet),
            Route("/livez", _fixed({"status": "ok"})),
        ]
    )


@dataclass(frozen=True, slots=True)
class SignIn:
    """The part that the browser sees. It keeps no session: every sign-in asks who you are."""

    settings: SandboxSettings
    codes: CodeStore

    async def ask_who(self, request: Request) -> Response:
        """The sign-in page; with `prompt=none` the person named by `login_hint`, without asking."""
        asked = AuthorizationRequest.read(request.query_params)
        if (refusal := self._refusal(asked)) is not None:
            return refusal
        hinted = PERSONAS.get(asked.login_hint)
        if asked.prompt != "none":
            return page.sign_in(asked, hinted)
        if hinted is None:
            return self._send_back(asked, error="login_required", error_description="Nobody is signed in.")
        return self._send_back(asked, code=self.codes.issue(hinted, asked))

    async def choose(self, request: Request) -> Response:
        """A person was chosen on the page: send the browser back with a code."""
        form = await request.form()
        asked = AuthorizationRequest.read(form)
        if (refusal := self._refusal(asked)) is not None:
            return refusal
        persona = _persona_of(form)
        if persona is None:
            return page.problem("Nobody was chosen", "Go back and choose one of the people on the page.")
        return self._send_back(asked, code=self.codes.issue(persona, asked))

    async def sign_out(self, request: Request) -> Response:
        """End of session. There is none to end, so this only sends the browser on to a registered address."""
        parameters = request.query_params if request.method == "GET" else await request.form()
        target = parameters.get("post_logout_redirect_uri")
        state = parameters.get("state")
        if not isinstance(target, str) or not target:
            return page.signed_out()
        if target not in self.settings.post_logout_redirect_uris:
            return page.problem(
                "You are signed out",
                f"The return address “{target}” is not registered here, so stay on this page.",
            )
        return RedirectResponse(_with_query(target, {"state": state} if isinstance(state, str) else {}), 303)

    def _refusal(self, asked: AuthorizationRequest) -> Response | None:
        try:
            asked.check_client(self.settings)
            asked.check()
        except UntrustedClientError as error:
            return page.problem("This sign-in can’t go on", str(error))
        except RefusedRequestError as error:
            return self._send_back(asked, error=error.code, error_description=error.description)
        return None

    def _send_back(self, asked: AuthorizationRequest, **answer: str) -> Response:
        """Redirect to the client with the answer, its state and our issuer (RFC 9207)."""
        state = {"state": asked.state} if asked.state else {}
        target = _with_query(asked.redirect_uri, {**answer, **state, "iss": self.settings.issuer})
        return RedirectResponse(target, 303, headers={**NO_STORE, "Referrer-Policy": "no-referrer"})


def _fixed(body: Mapping[str, object]) -> Callable[[Request], Awaitable[Response]]:
    async def answer(_request: Request) -> Response:
        return JSONResponse(body)

    return answer


def _persona_of(form: Mapping[str, object]) -> Persona | None:
    key = form.get("persona")
    return PERSONAS.get(key) if isinstance(key, str) else None


def _with_query(address: str, parameters: Mapping[str, str]) -> str:
    if not parameters:
        return address
    return f"{address}{'&' if '?' in address else '?'}{urlencode(parameters)}"
