"""SQL of searching: visible editions, their chunks and vectors, the texts of hits; each under the caller's rights."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, LiteralString
from uuid import UUID

import numpy as np
from numpy.typing import NDArray
from psycopg.rows import class_row, dict_row, kwargs_row

from core.database import Database, Transaction, connection
from retrieval.access import IN_FORCE, Scope
from retrieval.models import Span

Vector = NDArray[np.float32]

_FROM_EDITIONS = "FROM app.editions e JOIN app.documents d ON d.tenant = e.tenant AND d.id = e.document_id"


@dataclass(frozen=True, slots=True)
class VisibleEdition:
    """An edition that a caller may search, and about how many chunks it has."""

    edition_id: UUID
    chunks: int


@dataclass(frozen=True, slots=True)
class StoredEdition:
    """An edition's packed postings, if there are any, with the name of their format.

    `chunk_ids` (n, 16) bytes and `vectors` (n, d) are in the same order, but not in that of the chunks; None when they
    were not asked for.
    """

    edition_id: UUID
    format: str | None
    content: bytes | None
    chunk_ids: NDArray[np.uint8] | None
    vectors: Vector | None


@dataclass(frozen=True, slots=True)
class IndexedText:
    """What postings are made from."""

    chunk_id: UUID
    edition_id: UUID
    title: str
    section: tuple[str, ...]
    text: str


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
    flagged: tuple[Span, ...] | None = None
    """Parts of the text that read like orders; None: nobody looked when it came in."""


_VISIBLE_MARK: LiteralString = f"""SELECT sha256(coalesce(string_agg(uuid_send(e.id), ''::bytea ORDER BY e.id), ''))
    AS mark {_FROM_EDITIONS} WHERE {IN_FORCE}"""


async def visible_mark(tx: Transaction, scope: Scope) -> bytes:
    """Names the set of editions in force that the caller may search, without listing it."""
    row = await (await connection(tx).execute(_VISIBLE_MARK, scope.parameters())).fetchone()
    return bytes(row["mark"]) if row else b""


async def look_for_mark(database: Database, scope: Scope) -> bytes:
    """As `visible_mark`, in a transaction of its own."""
    rows = await database.look(scope.principal, _VISIBLE_MARK, scope.parameters())
    return bytes(rows[0]["mark"])


async def visible_editions(tx: Transaction, scope: Scope) -> list[VisibleEdition]:
    """The editions in force that the caller may search, at most one a document, by the documents' keys.

    Passages of equal score stand in this order, so the same documents give the same answers wherever they are read in.
    """
    query = f"""SELECT e.id AS edition_id, coalesce(e.chunk_count, 0) AS chunks
        {_FROM_EDITIONS} WHERE {IN_FORCE} ORDER BY d.key COLLATE "C", e.id"""
    cursor = connection(tx).cursor(binary=True, row_factory=class_row(VisibleEdition))
    return await (await cursor.execute(query, scope.parameters())).fetchall()


async def load_editions(
    tx: Transaction, scope: Scope, editions: Sequence[UUID], *, vectors: bool
) -> list[StoredEdition]:
    """What is kept of those of `editions` that are still visible, in canonical order."""
    query = f"""SELECT e.id AS edition_id, p.format, p.content
        {_FROM_EDITIONS} LEFT JOIN app.edition_postings p ON p.tenant = e.tenant AND p.edition_id = e.id
        WHERE e.id = ANY(%(editions)s) AND {IN_FORCE} ORDER BY e.id"""
    cursor = connection(tx).cursor(binary=True)
    await cursor.execute(query, {**scope.parameters(), "editions": list(editions)})
    rows = await cursor.fetchall()
    sent: dict[UUID, bytes] = {}
    if vectors:
        await cursor.execute(
            """SELECT edition_id, string_agg(uuid_send(chunk_id) || vector_send(embedding), ''::bytea) AS sent
            FROM app.chunk_vectors WHERE edition_id = ANY(%s) GROUP BY edition_id""",
            ([row["edition_id"] for row in rows],),
        )
        sent = {row["edition_id"]: row["sent"] async for row in cursor}
    return [_stored(row, sent.get(row["edition_id"], b"") if vectors else None) for row in rows]


async def load_texts(
    tx: Transaction, editions: Sequence[UUID], *, first: int = 0, count: int | None = None
) -> list[IndexedText]:
    """The chunks of the editions that have a vector, by edition and ordinal; `count` ordinals from `first` on, or all.

    For indexing: asks for no rights.
    """
    cursor = connection(tx).cursor(binary=True, row_factory=kwargs_row(_indexed))
    await cursor.execute(
        """SELECT c.id AS chunk_id, c.edition_id, e.title, c.section, c.text
        FROM app.chunks c JOIN app.editions e ON e.tenant = c.tenant AND e.id = c.edition_id
        WHERE c.edition_id = ANY(%(editions)s) AND EXISTS (SELECT 1 FROM app.chunk_vectors v WHERE v.chunk_id = c.id)
          AND c.ordinal >= %(first)s AND (%(end)s::int IS NULL OR c.ordinal < %(end)s)
        ORDER BY c.edition_id, c.ordinal""",
        {"editions": list(editions), "first": first, "end": None if count is None else first + count},
    )
    return await cursor.fetchall()


async def keep_postings(tx: Transaction, edition_id: UUID, made_as: str, content: bytes) -> None:
    """Keep the packed postings of an edition, in place of any others."""
    await connection(tx).execute(
        """INSERT INTO app.edition_postings (edition_id, format, content) VALUES (%s, %s, %b)
        ON CONFLICT (tenant, edition_id) DO UPDATE SET format = excluded.format, content = excluded.content""",
        (edition_id, made_as, content),
    )


async def fetch_chunks(database: Database, scope: Scope, chunk_ids: Sequence[UUID]) -> dict[UUID, FoundChunk]:
    """Those of the chunks that the caller may see in this scope now, read in a transaction of their own."""
    query = f"""SELECT c.id AS chunk_id, c.edition_id, d.key AS document, e.title, e.version, d.library, c.section,
            c.page, e.effective_from, e.effective_to, c.text, c.sha256, c.flagged
        {_FROM_EDITIONS} JOIN app.chunks c ON c.tenant = e.tenant AND c.edition_id = e.id
        WHERE c.id = ANY(%(chunks)s) AND {IN_FORCE}"""
    rows = await database.look(scope.principal, query, {**scope.parameters(), "chunks": list(chunk_ids)})
    return {row["chunk_id"]: _found(**row) for row in rows}


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


def _indexed(*, section: list[str], **rest: Any) -> IndexedText:
    return IndexedText(section=tuple(section), **rest)


async def fetch_around(tx: Transaction, scope: Scope, chunk_id: UUID, reach: int) -> dict[int, FoundChunk]:
    """The chunk and those at most `reach` places from it in its edition, by their place, as the caller may see them in
    this scope now; all of an edition of at most so many."""
    query = f"""SELECT c.ordinal, c.id AS chunk_id, c.edition_id, d.key AS document, e.title, e.version, d.library,
            c.section, c.page, e.effective_from, e.effective_to, c.text, c.sha256, c.flagged
        {_FROM_EDITIONS} JOIN app.chunks c ON c.tenant = e.tenant AND c.edition_id = e.id
        JOIN app.chunks hit ON hit.tenant = e.tenant AND hit.edition_id = e.id AND hit.id = %(chunk)s
        WHERE (e.chunk_count <= %(reach)s OR abs(c.ordinal - hit.ordinal) <= %(reach)s) AND {IN_FORCE}
        ORDER BY c.ordinal"""
    cursor = connection(tx).cursor(row_factory=dict_row)
    await cursor.execute(query, {**scope.parameters(), "chunk": chunk_id, "reach": reach})
    return {row.pop("ordinal"): _found(**row) for row in await cursor.fetchall()}


def _stored(row: dict[str, Any], sent: bytes | None) -> StoredEdition:
    ids, vectors = (None, None) if sent is None else _from_wire(sent)
    return StoredEdition(row["edition_id"], row["format"], row["content"], ids, vectors)


def _found(*, section: list[str], flagged: list[int] | None, **rest: Any) -> FoundChunk:
    spans = None if flagged is None else tuple(zip(flagged[::2], flagged[1::2], strict=True))
    return FoundChunk(section=tuple(section), flagged=spans, **rest)


def to_text(vector: Vector) -> str:
    """A vector as pgvector's text input, with enough digits to read back as the same float32."""
    return "[" + ",".join(map(str, vector.tolist())) + "]"


def _from_wire(sent: bytes) -> tuple[NDArray[np.uint8], Vector]:
    """Ids and vectors from their binary forms, one pair after another.

    pgvector's is two 16-bit words (dimension, unused), then big-endian float32; all vectors have one dimension.
    """
    if not sent:
        return np.empty((0, 16), dtype=np.uint8), np.empty((0, 0), dtype=np.float32)
    dimension = int.from_bytes(sent[16:18], "big")
    rows = np.frombuffer(sent, dtype=[("id", "u1", 16), ("words", ">u2", 2), ("vector", ">f4", dimension)])
    return np.ascontiguousarray(rows["id"]), rows["vector"].astype(np.float32)
