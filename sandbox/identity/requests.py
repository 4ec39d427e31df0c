"""What a client asks of `/authorize`, and whether it may."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields

from sandbox.settings import SandboxSettings

_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")  # a SHA-256 in base64url without padding (RFC 7636)


class UntrustedClientError(Exception):
    """Client or redirect address is not registered: tell the person, and redirect nowhere."""


class RefusedRequestError(Exception):
    """The request can't be granted: sent back to the client as an OAuth error code."""

    def __init__(self, code: str, description: str) -> None:
        super().__init__(description)
        self.code = code
        self.description = description


@dataclass(frozen=True, slots=True)
class AuthorizationRequest:
    """The parameters of an authorization request, as sent; absent ones are empty."""

    client_id: str = ""
    redirect_uri: str = ""
    response_type: str = ""
    scope: str = ""
    state: str = ""
    nonce: str = ""
    code_challenge: str = ""
    code_challenge_method: str = ""
    login_hint: str = ""
    prompt: str = ""

    @classmethod
    def read(cls, parameters: Mapping[str, object]) -> "AuthorizationRequest":
        names = (field.name for field in fields(cls))
        return cls(**{name: value for name in names if isinstance(value := parameters.get(name), str)})

    def parameters(self) -> dict[str, str]:
        """The parameters that were given, to send along with the chosen persona."""
        pairs = ((field.name, getattr(self, field.name)) for field in fields(self))
        return {name: value for name, value in pairs if value}

    def check_client(self, settings: SandboxSettings) -> None:
        """Raises `UntrustedClientError` unless client and exact redirect address are registered."""
        if self.client_id != settings.client_id:
            raise UntrustedClientError(f"The application “{self.client_id}” is not registered here.")
        if self.redirect_uri not in settings.redirect_uris:
            raise UntrustedClientError(f"The return address “{self.redirect_uri}” is not registered here.")

    def check(self) -> None:
        """Raises `RefusedRequestError` where something is missing or not offered."""
        if self.response_type != "code":
            raise RefusedRequestError("unsupported_response_type", "Only response_type=code is offered.")
        if "openid" not in self.scope.split():
            raise RefusedRequestError("invalid_scope", "The scope must contain openid.")
        if not self.state or not self.nonce:
            raise RefusedRequestError("invalid_request", "Both state and nonce are required.")
        if self.code_challenge_method != "S256" or not _CHALLENGE.fullmatch(self.code_challenge):
            raise RefusedRequestError("invalid_request", "PKCE with code_challenge_method=S256 is required.")
