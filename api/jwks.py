"""The keys of one identity provider: fetched with bounds, refreshed seldom, the last good ones kept."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, cast
from urllib.parse import urlsplit

import httpx
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from jose.backends.cryptography_backend import CryptographyECKey, CryptographyRSAKey
from jose.exceptions import JWKError

from api.limits import TOKENS
from core.clock import Clock
from core.errors import Unavailable
from core.telemetry import logger

log = logger(__name__)

SigningKey = CryptographyRSAKey | CryptographyECKey
JsonObject = Mapping[str, Any]


class Algorithm(StrEnum):
    """Signatures that a provider may use; each issuer is configured with exactly one."""

    RS256 = "RS256"
    RS384 = "RS384"
    RS512 = "RS512"
    ES256 = "ES256"
    ES384 = "ES384"
    ES512 = "ES512"

    @property
    def is_rsa(self) -> bool:
        return self.value.startswith("RS")


_CURVES = {Algorithm.ES256: "secp256r1", Algorithm.ES384: "secp384r1", Algorithm.ES512: "secp521r1"}


class ProviderError(Exception):
    """The provider's documents can't be fetched, or are not what the standards ask for."""


@dataclass(frozen=True, slots=True)
class Provider:
    """What discovery (OpenID Connect Discovery 1.0) says about an identity provider."""

    issuer: str
    jwks_uri: str
    authorization_endpoint: str
    token_endpoint: str
    end_session_endpoint: str | None


class ProviderKeys:
    """Discovery and keys of one issuer.

    One fetch at a time, not often; a key at hand is used while newer ones are fetched beside it, and a failed
    fetch keeps the last good keys for a day.
    """

    def __init__(
        self, issuer: str, algorithm: Algorithm, http: httpx.AsyncClient, clock: Clock, *, plain_http: bool
    ) -> None:
        self.issuer = issuer
        self._algorithm = algorithm
        self._http = http
        self._clock = clock
        self._plain_http = plain_http
        self._lock = asyncio.Lock()
        self._provider: Provider | None = None
        self._keys: dict[str, SigningKey] = {}
        self._loaded_at: datetime | None = None
        self._tried_at: datetime | None = None
        self._background: asyncio.Task[None] | None = None

    async def close(self) -> None:
        """Stop a fetch that is under way beside requests."""
        if self._background is not None:
            self._background.cancel()
            await asyncio.gather(self._background, return_exceptions=True)

    async def provider(self) -> Provider:
        """The provider's endpoints; raises `Unavailable` when they were never seen and can't be fetched."""
        if self._provider is None:
            await self._refresh()
        if self._provider is None:
            raise Unavailable("The sign-in service cannot be reached. Try again shortly.")
        return self._provider

    async def key(self, key_id: str) -> SigningKey | None:
        """The key of that id, or None. Raises `Unavailable` when no key set is at hand at all."""
        if key_id not in self._keys or self._is_older(self._loaded_at, TOKENS.keys_usable_s):
            await self._refresh()
        elif self._is_older(self._loaded_at, TOKENS.keys_fresh_s):
            self._refresh_beside()
        if self._is_older(self._loaded_at, TOKENS.keys_usable_s):
            raise Unavailable("The sign-in service cannot be reached. Try again shortly.")
        return self._keys.get(key_id)

    def _is_older(self, moment: datetime | None, seconds: int) -> bool:
        return moment is None or self._clock.now() - moment > timedelta(seconds=seconds)

    def _refresh_beside(self) -> None:
        if self._background is None or self._background.done():
            self._background = asyncio.create_task(self._refresh())

    async def _refresh(self) -> None:
        """Fetch both documents unless that was tried a moment ago; on failure nothing changes."""
        asked_at = self._clock.now()
        pause_s = TOKENS.first_load_pause_s if self._loaded_at is None else TOKENS.refresh_pause_s
        async with self._lock:
            waited_for_another = self._tried_at is not None and self._tried_at >= asked_at
            if waited_for_another or not self._is_older(self._tried_at, pause_s):
                return
            try:
                provider = await self._discover()
                keys = read_keys(await self._fetch(provider.jwks_uri), self._algorithm)
            except ProviderError as error:
                log.warning("issuer_unusable", issuer=self.issuer, reason=str(error), kept=len(self._keys))
            else:
                self._provider, self._keys, self._loaded_at = provider, keys, self._clock.now()
            finally:
                self._tried_at = self._clock.now()

    async def _discover(self) -> Provider:
        document = await self._fetch(f"{self.issuer.rstrip('/')}/.well-known/openid-configuration")
        if document.get("issuer") != self.issuer:
            raise ProviderError("discovery names another issuer")
        return Provider(
            issuer=self.issuer,
            jwks_uri=self._endpoint(document, "jwks_uri"),
            authorization_endpoint=self._endpoint(document, "authorization_endpoint"),
            token_endpoint=self._endpoint(document, "token_endpoint"),
            end_session_endpoint=(
                self._endpoint(document, "end_session_endpoint") if "end_session_endpoint" in document else None
            ),
        )

    def _endpoint(self, document: JsonObject, name: str) -> str:
        url = document.get(name)
        if not isinstance(url, str) or not self._may_use(url):
            raise ProviderError(f"discovery has no usable {name}")
        return url

    def _may_use(self, url: str) -> bool:
        parts = urlsplit(url)
        return bool(parts.hostname) and (parts.scheme == "https" or (parts.scheme == "http" and self._plain_http))

    async def _fetch(self, url: str) -> JsonObject:
        """A JSON object of bounded size, without following redirects."""
        if not self._may_use(url):
            raise ProviderError("the address is not https")
        try:
            async with self._http.stream(
                "GET", url, timeout=TOKENS.fetch_timeout_s, follow_redirects=False
            ) as response:
                if response.status_code != 200:
                    raise ProviderError(f"answered {response.status_code}")
                body = bytearray()
                async for part in response.aiter_bytes():
                    body += part
                    if len(body) > TOKENS.document_bytes:
                        raise ProviderError("its document is too large")
        except httpx.HTTPError as error:
            raise ProviderError(type(error).__name__) from error
        return _json_object(bytes(body))


def _json_object(body: bytes) -> JsonObject:
    try:
        document = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise ProviderError("its document is not JSON") from error
    if not isinstance(document, dict):
        raise ProviderError("its document is not a JSON object")
    return cast("dict[str, Any]", document)


def read_keys(document: JsonObject, algorithm: Algorithm) -> dict[str, SigningKey]:
    """The signing keys of a key set (RFC 7517) that fit the issuer's one algorithm, by key id.

    A key id that two fitting keys share is ambiguous and counts for neither. Raises `ProviderError` when no
    key remains, so that a broken set never replaces a good one.
    """
    listed = document.get("keys")
    if not isinstance(listed, list) or len(cast("list[Any]", listed)) > TOKENS.keys:
        raise ProviderError("its key set has no list of keys, or too many")
    keys: dict[str, SigningKey] = {}
    ambiguous: set[str] = set()
    for entry in cast("list[Any]", listed):
        key_id = _fitting_key_id(entry, algorithm)
        key = _build(entry, algorithm) if key_id is not None else None
        if key_id is None or key is None:
            continue
        if key_id in keys:
            ambiguous.add(key_id)
        keys[key_id] = key
    for key_id in ambiguous:
        log.warning("ambiguous_key_id", key_id=key_id)
        del keys[key_id]
    if not keys:
        raise ProviderError("its key set has no usable key")
    return keys


def _fitting_key_id(entry: Any, algorithm: Algorithm) -> str | None:
    if not isinstance(entry, dict):
        return None
    key = cast("dict[str, Any]", entry)
    key_id = key.get("kid")
    fits = (
        key.get("kty") == ("RSA" if algorithm.is_rsa else "EC")
        and key.get("use", "sig") == "sig"
        and key.get("alg", algorithm.value) == algorithm.value
        and "d" not in key
    )
    return key_id if fits and isinstance(key_id, str) and key_id else None


def _build(entry: dict[str, Any], algorithm: Algorithm) -> SigningKey | None:
    """The key object of python-jose's cryptography backend, or None where the entry is malformed or weak."""
    try:
        key = (CryptographyRSAKey if algorithm.is_rsa else CryptographyECKey)(entry, algorithm.value)
    except (JWKError, ValueError, TypeError, KeyError, AttributeError) as error:
        log.warning("unreadable_key", reason=type(error).__name__)
        return None
    public: object = key.prepared_key
    if isinstance(public, RSAPublicKey):
        return key if public.key_size >= TOKENS.rsa_bits else None
    return key if isinstance(public, EllipticCurvePublicKey) and public.curve.name == _CURVES[algorithm] else None
