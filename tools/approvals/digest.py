"""The name of exactly one call: what is signed, and what is checked again when it is executed."""

from uuid import UUID

from core.canonical import canonical_json
from core.crypto import DataKey
from tools.models import Call


def call_digest(key: DataKey, *, call: Call, tenant: str, run_id: UUID, catalogue_version: str) -> str:
    """HMAC-SHA-256 (64 hexadecimal digits) of the call in its place, keyed with the thread's key.

    Keyed, so that the digest in the ledger and in the row tells nothing once the key is destroyed: the arguments of a
    bank's calls are few enough to be guessed from a plain hash.
    """
    place = {
        "of": "call",
        "tool": call.tool,
        "args": dict(call.args),
        "tenant": tenant,
        "run": str(run_id),
        "catalogue": catalogue_version,
    }
    return key.commit(canonical_json(place).decode())
