"""The token that a call to the bank's systems carries: who calls, for whom (RFC 8693's `act`), and who signed."""

import uuid
from datetime import datetime
from typing import Final

from jose import jwk, jws

from tools.connector.limits import LIMITS
from tools.connector.ports import Acting

ALGORITHM: Final = "HS256"
ISSUER: Final = "countersign"
AUDIENCE: Final = "core-banking"


class ServiceTokens:
    """Makes a token for one attempt of one call. `secret` is shared with the bank's system."""

    def __init__(self, secret: str) -> None:
        self._key = jwk.construct(secret.encode(), ALGORITHM)  # made here: given text, the library guesses at its kind

    def token(self, acting: Acting, now: datetime) -> str:
        """A compact JWT that lives for `LIMITS.token_s` seconds. Its `jti` is never used again."""
        issued = int(now.timestamp())
        claims = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "iat": issued,
            "exp": issued + LIMITS.token_s,
            "jti": str(uuid.uuid4()),
            "tenant": acting.tenant,
            "act": {"sub": acting.person},
            "approved_by": list(acting.approved_by),
        }
        return jws.sign(claims, self._key, algorithm=ALGORITHM)
