"""Where each sealed text of a conversation lives: the context that its seal is bound to."""

from uuid import UUID

from core.crypto import DataKey, Keyring
from core.database import Transaction
from core.errors import Gone, NotFound
from runs import store


def title_context(tenant: str, thread_id: UUID) -> str:
    return f"title|{tenant}|{thread_id}"


def message_context(tenant: str, run_id: UUID, role: str) -> str:
    return f"message|{tenant}|{run_id}|{role}"


def event_context(tenant: str, run_id: UUID, step: str, ordinal: int) -> str:
    return f"event|{tenant}|{run_id}|{step}|{ordinal}"


def comment_context(tenant: str, run_id: UUID, person: str) -> str:
    return f"comment|{tenant}|{run_id}|{person}"


def correction_context(tenant: str, run_id: UUID, correction_id: UUID) -> str:
    return f"correction|{tenant}|{run_id}|{correction_id}"


def inputs_context(tenant: str, run_id: UUID, attempt: int, ordinal: int) -> str:
    return f"inputs|{tenant}|{run_id}|{attempt}|{ordinal}"


def mask_context(tenant: str, thread_id: UUID, ordinal: int) -> str:
    return f"mask|{tenant}|{thread_id}|{ordinal}"


def open_thread_key(keyring: Keyring, tenant: str, thread_id: UUID, wrapped: bytes | None) -> DataKey:
    """Raises `Gone` where the key was destroyed: nothing of that conversation can be read any more."""
    if wrapped is None:
        raise Gone("This conversation was erased. Its record remains, its texts do not.")
    return keyring.unwrap(tenant, str(thread_id), bytes(wrapped))


async def thread_key(tx: Transaction, keyring: Keyring, thread_id: UUID, *, hold: bool = False) -> DataKey:
    """The key of a thread that this principal may see. Raises `NotFound` for any other, `Gone` for an erased one.

    With `hold` the thread isn't erased until `tx` ends: for who adds a run to it.
    """
    row = await store.thread_key(tx, thread_id, hold=hold)
    if row is None:
        raise NotFound("There is no such conversation of yours.")
    return open_thread_key(keyring, tx.principal.tenant, thread_id, row["wrapped"])
