"""How checkpoints are written: JSON and LangGraph's own few types, sealed under the thread's key, closed to the rest.

LangGraph's stock decoder builds whatever a row names; this one opens only what our key sealed for this very run, and
then only plain values and the types listed here.
"""

from typing import Any
from uuid import UUID

from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer

from core.crypto import DataKey

SEALED = "sealed"

ALLOWED_TYPES: tuple[tuple[str, ...], ...] = (("langgraph.types", "Interrupt"),)
"""Beyond plain values: what an approval leaves in a checkpoint."""


class SealedSerializer:
    """LangGraph's serializer protocol over AES-GCM; the tenant and the run are associated data."""

    def __init__(self, key: DataKey, tenant: str, run_id: UUID) -> None:
        self._key = key
        self._context = f"checkpoint|{tenant}|{run_id}"
        self._plain = JsonPlusSerializer(pickle_fallback=False, allowed_msgpack_modules=ALLOWED_TYPES)

    def dumps_typed(self, obj: Any) -> tuple[str, bytes]:
        """The sealed form; its inner type travels inside the seal."""
        kind, content = self._plain.dumps_typed(obj)
        return SEALED, self._key.seal(kind.encode() + b"\0" + content, self._context)

    def loads_typed(self, data: tuple[str, bytes]) -> Any:
        """Raises `SealBroken` for altered or foreign bytes, `ValueError` for anything not sealed."""
        kind, sealed = data
        if kind != SEALED:
            raise ValueError(f"a checkpoint of the type {kind!r} was not written by this service")
        inner, _, content = self._key.open(bytes(sealed), self._context).partition(b"\0")
        return self._plain.loads_typed((inner.decode(), content))
