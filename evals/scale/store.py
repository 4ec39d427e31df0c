"""SQL of filling a tenant by the hundred thousand chunks, and of looking what it has."""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID, uuid5

import numpy as np
from numpy.typing import NDArray

from core.database import Transaction, connection
from evals.retrieval_corpus import FIRST_DAY
from evals.scale.corpus import MadeEdition, title
from retrieval.index.packing import PackedBlock, current_format, pack
from retrieval.index.store import keep_postings

_NAMES = UUID("6f6f0f7e-6a1c-4a58-9d5e-3b6a3d1f8c55")
_SHA256 = "0" * 64


async def stored_editions(tx: Transaction) -> int:
    """How many made editions the tenant has."""
    row = await (
        await connection(tx).execute("SELECT count(*) AS editions FROM app.editions WHERE filename = 'made.txt'")
    ).fetchone()
    return 0 if row is None else int(row["editions"])


async def store_editions(tx: Transaction, editions: Sequence[MadeEdition]) -> None:
    """Put published editions into the product's tables."""
    conn, tenant = connection(tx), tx.principal.tenant
    async with conn.cursor() as cursor:
        await cursor.executemany(
            "INSERT INTO app.documents (id, key, title, library, audience, created_by) VALUES (%s, %s, %s, %s, %s, %s)",
            [
                (_id(tenant, "document", e.number), f"d{e.number}", title(e.number), "scale", list(e.audience), "scale")
                for e in editions
            ],
        )
        await cursor.executemany(
            """INSERT INTO app.editions (id, document_id, title, version, effective_from, sha256, media_type, filename,
                state, chunk_count, uploaded_by, published_by, published_at)
            VALUES (%s, %s, %s, '1', %s, %s, 'text/plain', 'made.txt', 'published', %s, 'scale', 'scale', %s)""",
            [
                (
                    edition_id(tenant, e.number),
                    _id(tenant, "document", e.number),
                    title(e.number),
                    FIRST_DAY,
                    _SHA256,
                    len(e.texts),
                    datetime(2020, 1, 1, tzinfo=UTC),
                )
                for e in editions
            ],
        )
        for e in editions:
            ids = [UUID(bytes=chunk.tobytes()) for chunk in e.chunk_ids]
            await cursor.execute(
                """INSERT INTO app.chunks (id, edition_id, ordinal, section, text, sha256)
                SELECT id, %s, number - 1, ARRAY[%s], text, %s
                FROM unnest(%s::uuid[], %s::text[]) WITH ORDINALITY AS made (id, text, number)""",
                (edition_id(tenant, e.number), e.section, _SHA256, ids, e.texts),
            )
    await _store_vectors(tx, editions)
    for e in editions:
        packed = pack(PackedBlock(e.chunk_ids, e.postings))
        await keep_postings(tx, edition_id(tenant, e.number), current_format(), packed)


async def _store_vectors(tx: Transaction, editions: Sequence[MadeEdition]) -> None:
    """By way of a table without row-level security, which COPY does not fill."""
    conn, tenant = connection(tx), tx.principal.tenant
    await conn.execute("CREATE TEMP TABLE aside (chunk_id uuid, edition_id uuid, embedding vector) ON COMMIT DROP")
    async with conn.cursor().copy("COPY aside FROM STDIN (FORMAT BINARY)") as copy:
        await copy.write(b"PGCOPY\n\xff\r\n\0" + bytes(8))
        for e in editions:
            await copy.write(_rows(e.chunk_ids, edition_id(tenant, e.number), e.vectors))
        await copy.write(b"\xff\xff")
    await conn.execute("INSERT INTO app.chunk_vectors (chunk_id, edition_id, embedding) SELECT * FROM aside")


def _rows(chunk_ids: NDArray[np.uint8], edition: UUID, vectors: NDArray[np.float32]) -> bytes:
    """Rows of COPY's binary form: the number of fields, and each field behind its length."""
    dimension = vectors.shape[1]
    head = [("fields", ">u2"), ("l1", ">u4"), ("chunk", "u1", 16), ("l2", ">u4"), ("edition", "u1", 16)]
    rows = np.zeros(len(vectors), dtype=[*head, ("l3", ">u4"), ("words", ">u2", 2), ("vector", ">f4", dimension)])
    rows["fields"], rows["l1"], rows["l2"], rows["l3"] = 3, 16, 16, 4 + 4 * dimension
    rows["chunk"], rows["edition"] = chunk_ids, np.frombuffer(edition.bytes, dtype=np.uint8)
    rows["words"][:, 0] = dimension
    rows["vector"] = vectors
    return rows.tobytes()


def edition_id(tenant: str, number: int) -> UUID:
    """The id of the edition of this number."""
    return _id(tenant, "edition", number)


def _id(tenant: str, kind: str, number: int) -> UUID:
    return uuid5(_NAMES, f"{tenant}/{kind}/{number}")
