"""Authorization codes: each works once, for a minute, for the client and address that asked for it."""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass

from sandbox.identity.personas import Persona
from sandbox.identity.requests import AuthorizationRequest

CODE_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Grant:
    """What a code stands for."""

    persona: Persona
    request: AuthorizationRequest
    expires_at: float


class InvalidGrantError(Exception):
    """The code can't be exchanged; the message says why."""


class CodeStore:
    """Codes in memory: a restart forgets them, and the browser starts again."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._grants: dict[str, Grant] = {}

    def issue(self, persona: Persona, request: AuthorizationRequest) -> str:
        self._forget_expired()
        code = secrets.token_urlsafe(32)
        self._grants[code] = Grant(persona, request, self._clock() + CODE_SECONDS)
        return code

    def redeem(self, code: str, *, client_id: str, redirect_uri: str, verifier: str) -> Grant:
        """The grant of `code`, which is spent by any attempt. Raises `InvalidGrantError`."""
        grant = self._grants.pop(code, None)
        if grant is None or grant.expires_at <= self._clock():
            raise InvalidGrantError("The code is unknown, used or older than a minute.")
        if (client_id, redirect_uri) != (grant.request.client_id, grant.request.redirect_uri):
            raise InvalidGrantError("The code was issued to another client or redirect_uri.")
        if not hmac.compare_digest(s256(verifier), grant.request.code_challenge):
            raise InvalidGrantError("The code_verifier does not match the code_challenge.")
        return grant

    def _forget_expired(self) -> None:
        now = self._clock()
        self._grants = {code: grant for code, grant in self._grants.items() if grant.expires_at > now}


def s256(verifier: str) -> str:
    """The PKCE challenge of a verifier (RFC 7636, method S256)."""
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
