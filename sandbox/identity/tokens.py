"""The two tokens that the provider issues: one for the API, one telling the client who signed in."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from sandbox.identity.keys import SigningKey
from sandbox.identity.personas import Persona
from sandbox.settings import SandboxSettings

ACCESS_TOKEN_SECONDS = 3600
ACCESS_TYPE = "at+jwt"  # RFC 9068: an ID token can't be taken for an access token
ID_TYPE = "JWT"


@dataclass(frozen=True, slots=True)
class Mint:
    """Makes the tokens of one issuer with one key. Times are seconds since the epoch."""

    settings: SandboxSettings
    key: SigningKey

    def access_token(
        self,
        persona: Persona,
        *,
        now: int,
        ttl: int = ACCESS_TOKEN_SECONDS,
        overrides: Mapping[str, object] | None = None,
    ) -> str:
        """An RS256 token for the API. `overrides` replace claims, so that tests can make wrong tokens."""
        claims: dict[str, object] = {
            "iss": self.settings.issuer,
            "aud": self.settings.audience,
            "client_id": self.settings.client_id,
            "scope": "openid",
            "jti": str(uuid.uuid4()),
            "iat": now,
            "exp": now + ttl,
            **_about(persona),
            **(overrides or {}),
        }
        return self.key.sign(claims, ACCESS_TYPE)

    def id_token(self, persona: Persona, *, now: int, nonce: str) -> str:
        claims: dict[str, object] = {
            "iss": self.settings.issuer,
            "aud": self.settings.client_id,
            "nonce": nonce,
            "jti": str(uuid.uuid4()),
            "auth_time": now,
            "iat": now,
            "exp": now + ACCESS_TOKEN_SECONDS,
            **_about(persona),
        }
        return self.key.sign(claims, ID_TYPE)


def _about(persona: Persona) -> dict[str, object]:
    claims: dict[str, object] = {
        "sub": persona.key,
        "name": persona.name,
        "tenant": persona.tenant,
        "roles": list(persona.roles),
    }
    optional = {"branch": persona.branch, "signing_limit": persona.signing_limit}
    return claims | {name: value for name, value in optional.items() if value is not None}
