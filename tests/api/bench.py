"""A token verifier on a bench: a provider with faults, a clock that stands still, and what it refuses."""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from api.jwks import ProviderKeys
from api.tokens import Issuer, Refusal, TokenRefused, TokenVerifier
from core.clock import FixedClock
from tests.api.provider import ISSUER, Provider, encode, new_key

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
KEY = new_key("k1")
OTHER_KEY = new_key("k2")


@dataclass(slots=True)
class Bench:
    provider: Provider
    clock: FixedClock
    keys: ProviderKeys
    verifier: TokenVerifier

    def token(self, **changes: Any) -> str:
        return self.provider.token(NOW, **changes)

    async def refusal(self, token: str) -> Refusal:
        with pytest.raises(TokenRefused) as caught:
            await self.verifier.verify(token)
        assert caught.value.status == 401
        expired = caught.value.reason is Refusal.EXPIRED
        assert caught.value.detail == ("Your sign-in has ended. Sign in again." if expired else REFUSED)
        return caught.value.reason


def issuer(**changes: Any) -> Issuer:
    given: dict[str, Any] = {"url": ISSUER, "tenants": frozenset({"harbour"}), "client_id": "countersign-web"}
    return Issuer(**(given | changes))


def build(provider: Provider, http: httpx.AsyncClient, **changes: Any) -> Bench:
    clock = FixedClock(NOW)
    configured = issuer(**changes)
    keys = ProviderKeys(ISSUER, configured.algorithm, http, clock, plain_http=True)
    return Bench(provider, clock, keys, TokenVerifier({ISSUER: (configured, keys)}, clock))


REFUSED = "The access token was not accepted. Sign in again."


def forged(header: dict[str, Any], claims: dict[str, Any], secret: bytes | None) -> str:
    signing_input = f"{encode(header)}.{encode(claims)}"
    signature = b"" if secret is None else hmac.new(secret, signing_input.encode(), hashlib.sha256).digest()
    return f"{signing_input}.{encode(signature)}"
