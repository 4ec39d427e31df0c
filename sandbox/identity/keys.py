"""The provider's signing key: one RSA key, made once and kept, so that a token survives a restart."""

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

from joserfc import jwt
from joserfc.jwk import RSAKey

KEY_FILE = "signing-key.pem"
KEY_BITS = 2048


@dataclass(frozen=True, slots=True)
class SigningKey:
    """An RSA key whose `kid` is its RFC 7638 thumbprint."""

    key: RSAKey
    kid: str

    def sign(self, claims: dict[str, object], token_type: str) -> str:
        """A compact RS256 JWT of `claims`; `token_type` becomes the header's `typ`."""
        header = {"alg": "RS256", "kid": self.kid, "typ": token_type}
        return jwt.encode(header, claims, self.key, algorithms=["RS256"])

    def public_jwks(self) -> dict[str, list[dict[str, object]]]:
        public = self.key.as_dict(private=False)
        return {"keys": [{**public, "kid": self.kid, "use": "sig", "alg": "RS256"}]}


def load_or_create_key(data_dir: Path) -> SigningKey:
    """The key under `data_dir`, made where there is none. Processes that start together agree on one."""
    path = data_dir / KEY_FILE
    if not path.exists():
        _create(path)
    key = RSAKey.import_key(path.read_bytes())
    return SigningKey(key=key, kid=key.thumbprint())


def _create(path: Path) -> None:
    """Write a whole key beside its place, then link it there: the first link wins, no reader sees half."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    pem = RSAKey.generate_key(KEY_BITS).as_pem(private=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".signing-key-")  # created 0600
    draft = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(pem)
            file.flush()
            os.fsync(file.fileno())
        path.hardlink_to(draft)
    except FileExistsError:
        return  # another process was first; its key is the key
    finally:
        draft.unlink()
