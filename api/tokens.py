"""The one strict verifier of tokens, over python-jose.

python-jose tries every key, takes the algorithm from the token, and requires no claim unless told; so the key
is chosen here by key id, one algorithm is allowed per issuer, and every claim is checked here.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, cast

from jose import jws
from jose.exceptions import JWSError

from api.jwks import Algorithm, ProviderKeys
from api.limits import TOKENS
from core.clock import Clock
from core.errors import Unauthenticated
from core.principal import SYSTEM_PERSON, Principal
from core.telemetry import logger

log = logger(__name__)

_SHAPE = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+", re.ASCII)
_FORBIDDEN_HEADERS = frozenset({"crit", "jku", "jwk", "x5u", "x5c", "b64", "zip", "enc"})
_TYPES = frozenset({"jwt", "at+jwt", "application/at+jwt"})
_IDENTIFIER = re.compile(r"[^\x00-\x20\x7f](?:[^\x00-\x1f\x7f]*[^\x00-\x20\x7f])?")


class Refusal(StrEnum):
    """Why a token was refused; for the log and tests. The caller learns only whether it had expired."""

    MALFORMED = "malformed"
    TOO_LARGE = "too_large"
    HEADER = "header"
    ALGORITHM = "algorithm"
    ISSUER = "issuer"
    KEY = "key"
    SIGNATURE = "signature"
    AUDIENCE = "audience"
    TIME = "time"
    EXPIRED = "expired"
    CLAIM = "claim"
    TENANT = "tenant"
    NONCE = "nonce"
    SIGNING_LIMIT = "signing_limit"


class TokenRefused(Unauthenticated):
    """A token that proves nothing."""

    def __init__(self, reason: Refusal) -> None:
        super().__init__(
            "Your sign-in has ended. Sign in again."
            if reason is Refusal.EXPIRED
            else "The access token was not accepted. Sign in again."
        )
        self.headers = {"WWW-Authenticate": 'Bearer error="invalid_token"'}
        self.reason = reason


@dataclass(frozen=True, slots=True)
class ClaimNames:
    """Which claims carry what; banks differ."""

    person: str = "sub"
    name: str = "name"
    tenant: str = "tenant"
    branch: str = "branch"
    roles: str = "roles"
    signing_limit: str = "signing_limit"


@dataclass(frozen=True, slots=True)
class Issuer:
    """An identity provider, the tenants that it may speak for, and the one algorithm that it signs with."""

    url: str
    tenants: frozenset[str]
    client_id: str
    audience: str = "countersign-api"
    algorithm: Algorithm = Algorithm.RS256
    client_secret: str | None = field(default=None, repr=False)
    claims: ClaimNames = ClaimNames()


@dataclass(frozen=True, slots=True)
class Identity:
    """Who a verified token speaks for, by whose word, since and until when."""

    principal: Principal
    issuer: str
    issued_at: datetime
    expires_at: datetime
    signing_limit: int | None = None
    """Whole US dollars; None where the token names no personal limit."""


class TokenVerifier:
    """Verifies tokens of the configured issuers; every refusal is `TokenRefused`, a 401."""

    def __init__(self, issuers: Mapping[str, tuple[Issuer, ProviderKeys]], clock: Clock) -> None:
        self._issuers = dict(issuers)
        self._clock = clock

    async def verify(self, token: str) -> Identity:
        """The identity behind an access token for this API."""
        issuer, claims = await self._verified(token, lambda issuer: issuer.audience)
        return Identity(
            principal=_principal(claims, issuer),
            issuer=issuer.url,
            issued_at=datetime.fromtimestamp(_number(claims, "iat"), UTC),
            expires_at=datetime.fromtimestamp(_number(claims, "exp"), UTC),
            signing_limit=_signing_limit(claims, issuer.claims.signing_limit),
        )

    async def verify_id_token(self, token: str, *, issuer: Issuer, nonce: str) -> Mapping[str, Any]:
        """The claims of an id token made for our client in answer to this one sign-in (OIDC Core 3.1.3.7)."""
        signer, claims = await self._verified(token, lambda issuer: issuer.client_id)
        if signer.url != issuer.url:
            raise TokenRefused(Refusal.ISSUER)
        if not nonce or claims.get("nonce") != nonce:
            raise TokenRefused(Refusal.NONCE)
        if claims.get("azp", issuer.client_id) != issuer.client_id:
            raise TokenRefused(Refusal.AUDIENCE)
        return claims

    async def _verified(self, token: str, audience: Callable[[Issuer], str]) -> tuple[Issuer, Mapping[str, Any]]:
        header, unverified = _unverified(token)
        issuer, keys = self._issuer_of(unverified)
        _check_header(header, issuer)
        key = await keys.key(cast("str", header["kid"]))
        if key is None:
            raise TokenRefused(Refusal.KEY)
        try:
            payload = jws.verify(token, key, algorithms=[issuer.algorithm.value])
        except JWSError as error:
            raise TokenRefused(Refusal.SIGNATURE) from error
        claims = _json_object(payload)
        if claims.get("iss") != issuer.url:
            raise TokenRefused(Refusal.ISSUER)
        _check_audience(claims, audience(issuer))
        self._check_times(claims)
        return issuer, claims

    def _issuer_of(self, unverified: Mapping[str, Any]) -> tuple[Issuer, ProviderKeys]:
        url = unverified.get("iss")
        found = self._issuers.get(url) if isinstance(url, str) else None
        if found is None:
            raise TokenRefused(Refusal.ISSUER)
        return found

    def _check_times(self, claims: Mapping[str, Any]) -> None:
        now = self._clock.now().timestamp()
        if _number(claims, "exp") <= now - TOKENS.leeway_s:
            raise TokenRefused(Refusal.EXPIRED)
        if _number(claims, "iat") > now + TOKENS.leeway_s:
            raise TokenRefused(Refusal.TIME)
        if "nbf" in claims and _number(claims, "nbf") > now + TOKENS.leeway_s:
            raise TokenRefused(Refusal.TIME)


def _unverified(token: str) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """Header and claims before verification: good only for choosing the issuer and the key."""
    if len(token) > TOKENS.token_chars:
        raise TokenRefused(Refusal.TOO_LARGE)
    if not _SHAPE.fullmatch(token):
        raise TokenRefused(Refusal.MALFORMED)
    try:
        header = jws.get_unverified_header(token)
        payload = jws.get_unverified_claims(token)
    except (JWSError, RecursionError) as error:
        raise TokenRefused(Refusal.MALFORMED) from error
    return cast("Mapping[str, Any]", header), _json_object(payload)


def _json_object(payload: bytes) -> Mapping[str, Any]:
    try:
        claims = json.loads(payload)
    except (ValueError, RecursionError) as error:
        raise TokenRefused(Refusal.MALFORMED) from error
    if not isinstance(claims, dict):
        raise TokenRefused(Refusal.MALFORMED)
    return cast("dict[str, Any]", claims)


def _check_header(header: Mapping[str, Any], issuer: Issuer) -> None:
    if not _FORBIDDEN_HEADERS.isdisjoint(header):
        raise TokenRefused(Refusal.HEADER)
    kind = header.get("typ", "JWT")
    if not isinstance(kind, str) or kind.lower() not in _TYPES:
        raise TokenRefused(Refusal.HEADER)
    if header.get("alg") != issuer.algorithm.value:
        raise TokenRefused(Refusal.ALGORITHM)
    key_id = header.get("kid")
    if not isinstance(key_id, str) or not 0 < len(key_id) <= TOKENS.key_id_chars:
        raise TokenRefused(Refusal.KEY)


def _check_audience(claims: Mapping[str, Any], wanted: str) -> None:
    audience = claims.get("aud")
    named = cast("list[Any]", audience) if isinstance(audience, list) else [audience]
    if wanted not in named or not all(isinstance(name, str) for name in named):
        raise TokenRefused(Refusal.AUDIENCE)


def _number(claims: Mapping[str, Any], name: str) -> float:
    """A NumericDate (RFC 7519) within the years that a datetime can hold."""
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 253_402_300_800:
        raise TokenRefused(Refusal.CLAIM)
    return value


def _principal(claims: Mapping[str, Any], issuer: Issuer) -> Principal:
    names = issuer.claims
    if not isinstance(claims.get("sub"), str):
        raise TokenRefused(Refusal.CLAIM)
    person = _identifier(claims.get(names.person))
    if person == SYSTEM_PERSON:  # in the record it would pass for the service itself
        raise TokenRefused(Refusal.CLAIM)
    tenant = _identifier(claims.get(names.tenant))
    if tenant not in issuer.tenants:
        raise TokenRefused(Refusal.TENANT)
    branch = claims.get(names.branch)
    name = claims.get(names.name, person)
    return Principal(
        tenant=tenant,
        person=person,
        name=_identifier(name),
        branch=None if branch is None else _identifier(branch),
        roles=_roles(claims.get(names.roles, [])),
    )


def _roles(value: Any) -> frozenset[str]:
    """Role names; `*` would put its bearer into every audience's own mark, so it is no role."""
    if not isinstance(value, list) or len(cast("Sequence[Any]", value)) > TOKENS.roles:
        raise TokenRefused(Refusal.CLAIM)
    roles = frozenset(_identifier(role) for role in cast("Sequence[Any]", value))
    if "*" in roles:
        raise TokenRefused(Refusal.CLAIM)
    return roles


def _signing_limit(claims: Mapping[str, Any], name: str) -> int | None:
    """The personal limit where the token names one. A value that can't be read is no reason to sign without a limit,
    so it refuses the token, and so does null; it has its own reason because the provider's mapping needs mending."""
    if name not in claims:
        return None
    value = claims[name]
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= TOKENS.signing_limit:
        raise TokenRefused(Refusal.SIGNING_LIMIT)
    return value


def _identifier(value: Any) -> str:
    if not isinstance(value, str) or len(value) > TOKENS.claim_chars or not _IDENTIFIER.fullmatch(value):
        raise TokenRefused(Refusal.CLAIM)
    return value
