"""What runs were about, findable without being readable: a blind index of cases, customers and the like."""

from collections.abc import Iterable
from uuid import UUID

from core.crypto import Keyring
from core.database import Transaction
from runs import store


def subject_digest(keyring: Keyring, tenant: str, kind: str, value: str) -> str:
    """The index entry of, say, the `case` `C-1042`: HMAC-SHA-256 under the master key, 64 hexadecimal digits."""
    return keyring.digest(f"{kind}|{value.strip().casefold()}".encode(), f"subject|{tenant}")


async def keep_subjects(tx: Transaction, keyring: Keyring, run_id: UUID, subjects: Iterable[tuple[str, str]]) -> None:
    """Make a run findable by (kind, value). `tx` is the system's."""
    digests = {subject_digest(keyring, tx.principal.tenant, kind, value) for kind, value in subjects}
    if digests:
        await store.insert_subjects(tx, run_id, sorted(digests))
