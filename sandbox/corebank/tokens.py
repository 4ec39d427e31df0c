"""Service tokens: who calls, for which bank, and for which person. HS256 with one shared secret, nothing else."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import cast

import orjson
from jose import jwk, jws
from jose.exceptions import JWSError

from sandbox.corebank.problems import Unauthenticated

ALGORITHM = "HS256"
ISSUER = "countersign"
AUDIENCE = "core-banking"
LEEWAY_S = 5
LONGEST_S = 120
"""How long a token may live: one that leaks is soon worth nothing."""

TOKEN_CHARS = 4096
SIGNERS = 10
_SHAPE = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+", re.ASCII)
_NAME = re.compile(r"[^\x00-\x20\x7f](?:[^\x00-\x1f\x7f]{0,98}[^\x00-\x20\x7f])?")
_REFUSED = "The service token is missing, wrong or expired."


@dataclass(frozen=True, slots=True)
class Caller:
    """What a verified token says. `expires_at`: seconds since the epoch, its leeway included."""

    tenant: str
    person: str
    approved_by: tuple[str, ...]
    token_id: str
    expires_at: float


class TokenCheck:
    """Verifies service tokens. `clock` gives seconds since the epoch. Every refusal is `Unauthenticated`."""

    def __init__(self, secret: str, clock: Callable[[], float]) -> None:
        self._key = jwk.construct(secret.encode(), ALGORITHM)  # made here: given text, the library guesses at its kind
        self._clock = clock

    def caller(self, authorization: str) -> Caller:
        """Who an `Authorization` header speaks for."""
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer" or len(token) > TOKEN_CHARS or not _SHAPE.fullmatch(token):
            raise Unauthenticated(_REFUSED)
        try:
            header = cast("Mapping[str, object]", jws.get_unverified_header(token))
            if header.get("alg") != ALGORITHM or header.get("typ") != "JWT" or set(header) != {"alg", "typ"}:
                raise Unauthenticated(_REFUSED)
            claims = orjson.loads(jws.verify(token, self._key, algorithms=[ALGORITHM]))
        except (JWSError, orjson.JSONDecodeError, RecursionError) as error:
            raise Unauthenticated(_REFUSED) from error
        if not isinstance(claims, dict):
            raise Unauthenticated(_REFUSED)
        return self._checked(cast("dict[str, object]", claims))

    def _checked(self, claims: Mapping[str, object]) -> Caller:
        issued, expires, now = _seconds(claims, "iat"), _seconds(claims, "exp"), self._clock()
        if not now < expires + LEEWAY_S or issued > now + LEEWAY_S or not 0 < expires - issued <= LONGEST_S:
            raise Unauthenticated(_REFUSED)
        if claims.get("iss") != ISSUER or claims.get("aud") != AUDIENCE:
            raise Unauthenticated(_REFUSED)
        actor, signers = claims.get("act"), claims.get("approved_by", [])
        if not isinstance(actor, dict) or not isinstance(signers, list):
            raise Unauthenticated(_REFUSED)
        named = cast("list[object]", signers)
        if len(named) > SIGNERS:
            raise Unauthenticated(_REFUSED)
        return Caller(
            tenant=_name(claims.get("tenant")),
            person=_name(cast("dict[str, object]", actor).get("sub")),
            approved_by=tuple(_name(signer) for signer in named),
            token_id=_name(claims.get("jti")),
            expires_at=expires + LEEWAY_S,
        )


def _seconds(claims: Mapping[str, object], name: str) -> float:
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Unauthenticated(_REFUSED)
    return value


def _name(value: object) -> str:
    if not isinstance(value, str) or not _NAME.fullmatch(value):
        raise Unauthenticated(_REFUSED)
    return value
