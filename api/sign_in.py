"""The browser's sign-in: authorization code with PKCE (S256), state and nonce, by Authlib's client."""

import base64
import binascii
import hmac
import json
import re
import secrets
import ssl
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Protocol, cast
from urllib.parse import urlencode, urlsplit

import httpx2
from authlib.integrations.base_client import OAuthError
from authlib.integrations.httpx_client import AsyncOAuth2Client
from authlib.oauth2.client import OAuth2Client

from api.jwks import ProviderKeys
from api.limits import SIGN_IN
from api.tokens import Identity, Issuer, TokenVerifier
from core.clock import Clock
from core.crypto import Keyring, SealBroken
from core.errors import BadRequest, NotFound, Unavailable
from core.telemetry import logger

log = logger(__name__)

_SEAL = "cookie|sign-in"
_LOCAL_PATH = re.compile(r"/(?![/\\])[\x21-\x5b\x5d-\x7e]*", re.ASCII)
DIRECT = {"all://127.0.0.1": None, "all://localhost": None}
"""A provider on this machine is reached directly, whatever proxy the environment names."""


def local_path(return_to: str | None) -> str:
    """Where to go after signing in: a path of this service, else the start page."""
    path = return_to or "/"
    is_local = len(path) <= SIGN_IN.return_to_chars and _LOCAL_PATH.fullmatch(path) is not None
    return path if is_local and not urlsplit(path).path.startswith("/auth/") else "/"


@dataclass(frozen=True, slots=True)
class Attempt:
    """One sign-in under way, kept sealed in the browser's cookie."""

    issuer: str
    state: str
    nonce: str
    code_verifier: str
    return_to: str
    started_at: float


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A finished sign-in, every token of it verified."""

    identity: Identity
    access_token: str
    id_token: str
    return_to: str


class _Client(Protocol):
    """What we use of Authlib's untyped client."""

    def create_authorization_url(self, url: str, *, state: str, code_verifier: str, nonce: str) -> tuple[str, str]: ...
    async def fetch_token(self, url: str, *, code: str, code_verifier: str) -> Mapping[str, Any]: ...
    async def __aenter__(self) -> "_Client": ...
    async def __aexit__(self, *failure: object) -> None: ...


class SignIn:
    """Begins and finishes sign-ins at the configured issuers."""

    def __init__(
        self,
        issuers: Mapping[str, tuple[Issuer, ProviderKeys]],
        verifier: TokenVerifier,
        keyring: Keyring,
        clock: Clock,
        *,
        base_url: str,
    ) -> None:
        self._issuers = dict(issuers)
        self._verifier = verifier
        self._keyring = keyring
        self._clock = clock
        self._base_url = base_url
        self._tls = ssl.create_default_context()  # read once: it takes the processor for a tenth of a second
        self._request: dict[str, Any] = {
            "redirect_uri": f"{base_url}/auth/callback",
            "scope": "openid profile",
            "code_challenge_method": "S256",
        }

    @property
    def issuers(self) -> tuple[str, ...]:
        return tuple(self._issuers)

    async def begin(self, issuer_url: str | None, return_to: str | None) -> tuple[str, str]:
        """Where to send the browser, and the value of its attempt cookie."""
        url = issuer_url or next(iter(self._issuers))
        if url not in self._issuers:
            raise NotFound("No such sign-in service is configured.")
        issuer, keys = self._issuers[url]
        provider = await keys.provider()
        attempt = Attempt(
            issuer=url,
            state=secrets.token_urlsafe(32),
            nonce=secrets.token_urlsafe(32),
            code_verifier=secrets.token_urlsafe(64),
            return_to=local_path(return_to),
            started_at=self._clock.now().timestamp(),
        )
        client: Any = OAuth2Client(None, client_id=issuer.client_id, **self._request)
        location, _ = client.create_authorization_url(
            provider.authorization_endpoint,
            state=attempt.state,
            code_verifier=attempt.code_verifier,
            nonce=attempt.nonce,
        )
        return str(location), self._seal(attempt)

    async def finish(self, answer: Mapping[str, str], cookie: str | None) -> SignedIn:
        """Check the provider's answer, exchange the code and verify both tokens. Raises `ProblemError`."""
        attempt = self._open(cookie)
        if not hmac.compare_digest(attempt.state.encode(), answer.get("state", "").encode()):
            raise BadRequest("This sign-in was not started in this browser. Start again.")
        issuer, keys = self._issuers[attempt.issuer]
        if answer.get("iss", issuer.url) != issuer.url:  # RFC 9207: the answer of another provider
            raise BadRequest("The answer came from another sign-in service. Start again.")
        if "error" in answer or not answer.get("code"):
            log.info("sign_in_declined", error=answer.get("error", "")[:64])
            raise BadRequest("The sign-in service did not sign you in. Start again.")
        tokens = await self._exchange(issuer, keys, answer["code"], attempt.code_verifier)
        access_token, id_token = tokens.get("access_token"), tokens.get("id_token")
        if not isinstance(access_token, str) or not isinstance(id_token, str):
            raise BadRequest("The sign-in service's answer is incomplete. Tell your administrator.")
        claims = await self._verifier.verify_id_token(id_token, issuer=issuer, nonce=attempt.nonce)
        identity = await self._verifier.verify(access_token)
        if identity.issuer != issuer.url or claims.get(issuer.claims.person) != identity.principal.person:
            raise BadRequest("The sign-in service's answer speaks for two people. Tell your administrator.")
        return SignedIn(identity, access_token, id_token, attempt.return_to)

    async def end_session_url(self, identity: Identity, id_token: str) -> str:
        """Where to end the session at the provider, or our own page where it offers no such place."""
        here = f"{self._base_url}/signed-out"
        issuer, keys = self._issuers[identity.issuer]
        try:
            endpoint = (await keys.provider()).end_session_endpoint
        except Unavailable:
            return here
        if endpoint is None:
            return here
        query = {
            "id_token_hint": id_token,
            "client_id": issuer.client_id,
            "post_logout_redirect_uri": here,
        }
        return f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(query)}"

    async def _exchange(self, issuer: Issuer, keys: ProviderKeys, code: str, code_verifier: str) -> Mapping[str, Any]:
        provider = await keys.provider()
        try:
            async with self._client(issuer) as client:
                return await client.fetch_token(provider.token_endpoint, code=code, code_verifier=code_verifier)
        except OAuthError as error:
            log.warning("code_refused", error=str(getattr(error, "error", ""))[:64])
            raise BadRequest("The sign-in service refused the answer it gave. Start again.") from error
        except (httpx2.HTTPError, ValueError) as error:
            log.warning("exchange_failed", reason=type(error).__name__)
            raise Unavailable("The sign-in service cannot be reached. Try again shortly.") from error

    def _client(self, issuer: Issuer) -> _Client:
        return cast(
            "_Client",
            AsyncOAuth2Client(
                client_id=issuer.client_id,
                client_secret=issuer.client_secret,
                verify=self._tls,
                timeout=SIGN_IN.exchange_timeout_s,
                follow_redirects=False,
                mounts=DIRECT,
                **self._request,
            ),
        )

    def _seal(self, attempt: Attempt) -> str:
        sealed = self._keyring.seal(json.dumps(asdict(attempt)).encode(), _SEAL)
        return base64.urlsafe_b64encode(sealed).decode()

    def _open(self, cookie: str | None) -> Attempt:
        try:
            sealed = base64.urlsafe_b64decode((cookie or "").encode())
            attempt = Attempt(**json.loads(self._keyring.open(sealed, _SEAL)))
        except (SealBroken, binascii.Error, UnicodeEncodeError, ValueError) as error:
            raise BadRequest("This sign-in was not started in this browser. Start again.") from error
        if self._clock.now().timestamp() - attempt.started_at > SIGN_IN.attempt_s:
            raise BadRequest("This sign-in took too long. Start again.")
        if attempt.issuer not in self._issuers:
            raise BadRequest("That sign-in service is no longer configured. Start again.")
        return attempt
