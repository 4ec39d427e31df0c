"""The provider's description of itself (OpenID Connect Discovery 1.0)."""

from sandbox.settings import SandboxSettings


def describe(settings: SandboxSettings) -> dict[str, object]:
    """What `/.well-known/openid-configuration` says."""
    issuer = settings.issuer
    return {
        "issuer": issuer,
        "authorization_endpoint": f"{issuer}/authorize",
        "token_endpoint": f"{issuer}/token",
        "jwks_uri": f"{issuer}/jwks.json",
        "end_session_endpoint": f"{issuer}/logout",
        "scopes_supported": ["openid", "profile"],
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "code_challenge_methods_supported": ["S256"],
        "token_endpoint_auth_methods_supported": ["none", "client_secret_post", "client_secret_basic"],
        "prompt_values_supported": ["none", "login"],
        "authorization_response_iss_parameter_supported": True,
        "claims_supported": [
            *("iss", "aud", "sub", "exp", "iat", "jti", "name", "tenant", "branch", "roles", "signing_limit")
        ],
    }
