"""A small real identity provider for tests: keys of its own, discovery, a key set, and the code exchange."""

import base64
import hashlib
import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs

from cryptography.hazmat.primitives.asymmetric import rsa
from jose import jws
from jose.backends.cryptography_backend import CryptographyRSAKey
from starlette.types import Receive, Scope, Send

ISSUER = "http://127.0.0.1:1"
"""Tests that never fetch over a socket reach the provider under this name through an ASGI transport."""


@dataclass(slots=True)
class Key:
    """A signing key and the id that it is published under."""

    kid: str
    private: dict[str, Any]

    @property
    def public(self) -> dict[str, Any]:
        return {
            "kty": "RSA",
            "kid": self.kid,
            "use": "sig",
            "alg": "RS256",
            "n": self.private["n"],
            "e": self.private["e"],
        }


def new_key(kid: str, bits: int = 2048) -> Key:
    private = rsa.generate_private_key(public_exponent=65537, key_size=bits)
    return Key(kid, dict(CryptographyRSAKey(private, "RS256").to_dict()))


def sign(claims: dict[str, Any], key: Key, **headers: Any) -> str:
    return jws.sign(claims, key.private, headers={"kid": key.kid, **headers}, algorithm="RS256")


def encode(part: dict[str, Any] | bytes) -> str:
    raw = part if isinstance(part, bytes) else json.dumps(part).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


@dataclass(slots=True)
class Provider:
    """Answers like an OpenID provider; every fault that a test wants is a field."""

    key: Key
    issuer: str = ISSUER
    keys: list[dict[str, Any]] = field(default_factory=list)
    down: bool = False
    body: bytes | None = None
    requests: list[str] = field(default_factory=list)
    codes: dict[str, dict[str, Any]] = field(default_factory=dict)
    exchanges: list[dict[str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.keys = self.keys or [self.key.public]

    def claims(self, now: datetime, **changes: Any) -> dict[str, Any]:
        """The claims of a good access token for anna; a change to None removes the claim."""
        at = int(now.timestamp())
        claims: dict[str, Any] = {
            "iss": self.issuer,
            "sub": "anna",
            "aud": "countersign-api",
            "iat": at,
            "exp": at + 3600,
            "name": "Anna Keller",
            "tenant": "harbour",
            "branch": "001",
            "roles": ["staff"],
        } | changes
        return {name: value for name, value in claims.items() if value is not None}

    def token(self, now: datetime, **changes: Any) -> str:
        return sign(self.claims(now, **changes), self.key)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        self.requests.append(scope["path"])
        if self.down:
            await _answer(send, 503, b"down")
        elif scope["path"] == "/.well-known/openid-configuration":
            await _answer(send, 200, self._discovery())
        elif scope["path"] == "/jwks":
            await _answer(send, 200, self.body or json.dumps({"keys": self.keys}).encode())
        elif scope["path"] == "/token":
            await self._exchange(receive, send)
        else:
            await _answer(send, 302, b"", location=f"{self.issuer}/jwks")

    def _discovery(self) -> bytes:
        return json.dumps(
            {
                "issuer": self.issuer,
                "jwks_uri": f"{self.issuer}/jwks",
                "authorization_endpoint": f"{self.issuer}/authorize",
                "token_endpoint": f"{self.issuer}/token",
                "end_session_endpoint": f"{self.issuer}/logout",
            }
        ).encode()

    async def _exchange(self, receive: Receive, send: Send) -> None:
        body = b""
        more = True
        while more:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
        form = {name: values[0] for name, values in parse_qs(body.decode()).items()}
        self.exchanges.append(form)
        grant = self.codes.pop(form.get("code", ""), None)
        challenge = encode(hashlib.sha256(form.get("code_verifier", "").encode()).digest())
        if grant is None or grant["challenge"] != challenge:
            await _answer(send, 400, b'{"error": "invalid_grant"}')
        else:
            await _answer(send, 200, json.dumps(grant["tokens"]).encode())


async def _answer(send: Send, status: int, body: bytes, **headers: str) -> None:
    raw = [(b"content-type", b"application/json"), *((n.encode(), v.encode()) for n, v in headers.items())]
    await send({"type": "http.response.start", "status": status, "headers": raw})
    await send({"type": "http.response.body", "body": body})
