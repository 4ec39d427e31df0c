"""SQL of searching: visible editions, their chunks and vectors, the texts of hits; each under the caller's rights."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import numpy as np
from numpy.typing import NDArray
from psycopg.rows import kwargs_row

from core.database import Transaction, connection
from retrieval.access import IN_FORCE, Scope

Vector = NDArray[np.float32]

_FROM_EDITIONS = "FROM app.editions e JOIN app.documents d ON d.tenant = e.tenant AND d.id = e.document_id"


@dataclass(frozen=True, slots=True)
class IndexedChunk:
    """What indexing needs of a chunk; `vector` is None when vectors were not asked for."""

    chunk_id: UUID
    edition_id: UUID
    title: str
    section: tuple[str, ...]
    text: str
    vector: Vector | None


@dataclass(frozen=True, slots=True)
class FoundChunk:
    """A chunk with its edition and document, as read under the caller's rights just now."""

    chunk_id: UUID
    edition_id: UUID
    document: str
    title: str
    version: str
    library: str
    section: tuple[str, ...]
    page: int | None
    effective_from: date
    effective_to: date | None
    text: str
    sha256: str


async def visible_editions(tx: Transaction, scope: Scope) -> tuple[UUID, ...]:
    """The editions in force that the caller may search, in canonical order."""
    query = f"SELECT e.id {_FROM_EDITIONS} WHERE {IN_FORCE} ORDER BY e.id"
    rows = await connection(tx).execute(query, scope.parameters())
    return tuple([row["id"] async for row in rows])


async def load_chunks(tx: Transaction, scope: Scope, editions: Sequence[UUID], *, vectors: bool) -> list[IndexedChunk]:
    """The chunks of those of `editions` that are still visible, by edition and ordinal."""
    vector = "vector_send(v.embedding)" if vectors else "NULL::bytea"
    query = f"""SELECT c.id AS chunk_id, c.edition_id, e.title, c.section, c.text, {vector} AS vector
        {_FROM_EDITIONS}
        JOIN app.chunks c ON c.tenant = e.tenant AND c.edition_id = e.id
        JOIN app.chunk_vectors v ON v.tenant = c.tenant AND v.chunk_id = c.id
        WHERE e.id = ANY(%(editions)s) AND {IN_FORCE} ORDER BY c.edition_id, c.ordinal"""
    cursor = connection(tx).cursor(binary=True, row_factory=kwargs_row(_indexed))
    await cursor.execute(query, {**scope.parameters(), "editions": list(editions)})
    return await cursor.fetchall()


async def fetch_chunks(tx: Transaction, scope: Scope, chunk_ids: Sequence[UUID]) -> dict[UUID, FoundChunk]:
    """Those of the chunks that the caller may see in this scope now."""
    query = f"""SELECT c.id AS chunk_id, c.edition_id, d.key AS document, e.title, e.version, d.library, c.section,
            c.page, e.effective_from, e.effective_to, c.text, c.sha256
        {_FROM_EDITIONS} JOIN app.chunks c ON c.tenant = e.tenant AND c.edition_id = e.id
        WHERE c.id = ANY(%(chunks)s) AND {IN_FORCE}"""
    cursor = connection(tx).cursor(row_factory=kwargs_row(_found))
    await cursor.execute(query, {**scope.parameters(), "chunks": list(chunk_ids)})
    found = await cursor.fetchall()
    return {chunk.chunk_id: chunk for chunk in found}


async def still_admitted(tx: Transaction, scope: Scope, chunk_ids: Sequence[UUID]) -> bool:
    """Whether the scope admits all of these chunks also now, as `tx` sees it: each is there, may be read, in force."""
    query = f"""SELECT count(*) = cardinality(%(chunks)s::uuid[]) AS all_are
        {_FROM_EDITIONS} JOIN app.chunks c ON c.tenant = e.tenant AND c.edition_id = e.id
        WHERE c.id = ANY(%(chunks)s) AND {IN_FORCE}"""
    cursor = await connection(tx).execute(query, {**scope.parameters(), "chunks": list(chunk_ids)})
    row = await cursor.fetchone()
    return row is not None and bool(row["all_are"])


async def nearest_chunks(
    tx: Transaction, scope: Scope, editions: Sequence[UUID], query: Vector, *, limit: int
) -> list[tuple[UUID, float]]:
    """The `limit` visible chunks of `editions` nearest to a unit vector with their cosines: an exact scan."""
    statement = f"""SELECT v.chunk_id, -(v.embedding <#> %(query)s::vector) AS cosine
        FROM app.chunk_vectors v
        WHERE v.edition_id IN (SELECT e.id {_FROM_EDITIONS} WHERE e.id = ANY(%(editions)s) AND {IN_FORCE})
        ORDER BY v.embedding <#> %(query)s::vector, v.chunk_id LIMIT %(limit)s"""
    parameters = {**scope.parameters(), "editions": list(editions), "query": to_text(query), "limit": limit}
    rows = await connection(tx).execute(statement, parameters)
    return [(row["chunk_id"], row["cosine"]) async for row in rows]


async def chunk_cosines(tx: Transaction, scope: Scope, chunk_ids: Sequence[UUID], query: Vector) -> dict[UUID, float]:
    """The cosines of those of the chunks that the caller may see in this scope now."""
    statement = f"""SELECT v.chunk_id, -(v.embedding <#> %(query)s::vector) AS cosine
        {_FROM_EDITIONS} JOIN app.chunk_vectors v ON v.tenant = e.tenant AND v.edition_id = e.id
        WHERE v.chunk_id = ANY(%(chunks)s) AND {IN_FORCE}"""
    parameters = {**scope.parameters(), "chunks": list(chunk_ids), "query": to_text(query)}
    rows = await connection(tx).execute(statement, parameters)
    return {row["chunk_id"]: row["cosine"] async for row in rows}


def _indexed(*, section: list[str], vector: bytes | None, **rest: Any) -> IndexedChunk:
    unpacked = None if vector is None else _from_wire(vector)
    return IndexedChunk(section=tuple(section), vector=unpacked, **rest)


def _found(*, section: list[str], **rest: Any) -> FoundChunk:
    return FoundChunk(section=tuple(section), **rest)


def to_text(vector: Vector) -> str:
    """A vector as pgvector's text input, with enough digits to read back as the same float32."""
    return "[" + ",".join(map(str, vector.tolist())) + "]"


def _from_wire(sent: bytes) -> Vector:
    """A vector from pgvector's binary form: two 16-bit words (dimension, unused), then big-endian float32."""
    return np.frombuffer(sent, dtype=">f4", offset=4).astype(np.float32)
