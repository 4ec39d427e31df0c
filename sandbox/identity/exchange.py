"""`/token`: a code for an access token and an ID token (RFC 6749 §4.1.3, RFC 7636)."""

import base64
import binascii
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import unquote

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sandbox.identity.codes import CodeStore, Grant, InvalidGrantError
from sandbox.identity.tokens import ACCESS_TOKEN_SECONDS, Mint
from sandbox.settings import SandboxSettings

NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache"}


class RefusedExchangeError(Exception):
    """The exchange is refused with an OAuth error code and a status."""

    def __init__(self, code: str, description: str, status: int = 400) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.status = status


@dataclass(frozen=True, slots=True)
class TokenExchange:
    """The token endpoint of one issuer. `clock` gives seconds since the epoch."""

    settings: SandboxSettings
    mint: Mint
    codes: CodeStore
    clock: Callable[[], float]

    async def answer(self, request: Request) -> Response:
        form = await request.form()
        fields = {name: value for name, value in form.items() if isinstance(value, str)}
        try:
            grant = self._grant(request, fields)
        except RefusedExchangeError as error:
            body = {"error": error.code, "error_description": error.description}
            return JSONResponse(body, error.status, headers=NO_STORE)
        now = int(self.clock())
        reply = {
            "access_token": self.mint.access_token(grant.persona, now=now),
            "id_token": self.mint.id_token(grant.persona, now=now, nonce=grant.request.nonce),
            "token_type": "Bearer",
            "expires_in": ACCESS_TOKEN_SECONDS,
            "scope": "openid",
        }
        return JSONResponse(reply, headers=NO_STORE)

    def _grant(self, request: Request, fields: Mapping[str, str]) -> Grant:
        if fields.get("grant_type") != "authorization_code":
            raise RefusedExchangeError("unsupported_grant_type", "Only authorization_code is offered.")
        client_id = self._client(request, fields)
        missing = [name for name in ("code", "redirect_uri", "code_verifier") if not fields.get(name)]
        if missing:
            raise RefusedExchangeError("invalid_request", f"Missing: {', '.join(missing)}.")
        try:
            return self.codes.redeem(
                fields["code"],
                client_id=client_id,
                redirect_uri=fields["redirect_uri"],
                verifier=fields["code_verifier"],
            )
        except InvalidGrantError as error:
            raise RefusedExchangeError("invalid_grant", str(error)) from error

    def _client(self, request: Request, fields: Mapping[str, str]) -> str:
        """The calling client: public unless a secret is configured, since PKCE binds the code to it."""
        client_id, secret = _presented(request, fields)
        expected = self.settings.client_secret
        if client_id != self.settings.client_id:
            raise RefusedExchangeError("invalid_client", "The client is not registered here.", 401)
        if expected is not None and not hmac.compare_digest(expected.encode(), secret.encode()):
            raise RefusedExchangeError("invalid_client", "The client's secret is missing or wrong.", 401)
        return client_id


def _presented(request: Request, fields: Mapping[str, str]) -> tuple[str, str]:
    """Client id and secret from the Authorization header, else from the form."""
    scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return fields.get("client_id", ""), fields.get("client_secret", "")
    try:
        client_id, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError) as error:
        raise RefusedExchangeError("invalid_client", "The Basic credentials can't be read.", 401) from error
    return unquote(client_id), unquote(secret)
