"""SQL of reading an edition in. Until `complete` none of it is searched or opened, and then all of it at once.

The steps are: `begin`; `clear`, `add_pages` and `add_chunks` by stretches, `note_text`; `reuse_vectors`;
`without_vector` and `add_vectors` by turns; `complete`. Each that writes takes the edition's row first, so what two
workers write never mixes.
"""

from collections.abc import AsyncGenerator, Iterable, Sequence
from typing import Any, LiteralString
from uuid import UUID

import numpy as np
import orjson
from numpy.typing import NDArray
from psycopg import AsyncServerCursor
from psycopg.rows import class_row, tuple_row
from psycopg.types.json import Jsonb

from core.database import Transaction, connection
from core.errors import Conflict
from retrieval.access import READABLE, reader
from retrieval.index.loading import index_edition
from retrieval.index.store import to_text
from retrieval.limits import INGEST_LIMITS
from retrieval.models import ChunkDraft, ParsedPage, ParseProblem
from retrieval.reading.models import Attempt, Begun, EditionContents, Overtaken, TextSummary, Unembedded, chunk_id

_TABLES = ("edition_postings", "chunk_vectors", "chunks", "pages")
_CONTENTS: tuple[LiteralString, ...] = (
    "SELECT media_type, embedder, page_count, chunk_count FROM app.editions WHERE id = %s",
    "SELECT number, width, height, text FROM app.pages WHERE edition_id = %s ORDER BY number",
    """SELECT c.ordinal, c.section, c.page, c.page_end, c.boxes, c.text, c.sha256,
        encode(vector_send(v.embedding), 'hex') AS vector
    FROM app.chunks c LEFT JOIN app.chunk_vectors v ON v.tenant = c.tenant AND v.chunk_id = c.id
    WHERE c.edition_id = %s ORDER BY c.ordinal""",
)


async def begin(tx: Transaction, edition_id: UUID, embedder: str | None) -> Begun:
    """Take an edition in state `parsing` over from whoever read it before; raises `Conflict` in any other state.

    `embedder` names the model of its vectors; those that another one made are dropped. None: not to be reused.
    """
    conn = connection(tx)
    cursor = await conn.execute(
        f"""SELECT e.embedder FROM app.editions e JOIN app.documents d ON d.tenant = e.tenant AND d.id = e.document_id
        WHERE e.id = %(edition)s AND e.state = 'parsing' AND {READABLE} FOR NO KEY UPDATE OF e""",
        {**reader(tx.principal), "edition": edition_id},
    )
    row = await cursor.fetchone()
    if row is None:
        raise Conflict("The edition is not being read in; it may have been read in meanwhile.")
    if row["embedder"] not in (None, embedder):
        await conn.execute("DELETE FROM app.chunk_vectors WHERE edition_id = %s", (edition_id,))
    cursor = await conn.execute(
        """UPDATE app.editions SET attempt = attempt + 1, embedder = %s WHERE id = %s RETURNING attempt, chunk_count""",
        (embedder, edition_id),
    )
    begun = await cursor.fetchone()
    assert begun is not None
    return Begun(Attempt(edition_id, begun["attempt"]), begun["chunk_count"])


async def clear(tx: Transaction, attempt: Attempt) -> None:
    """Drop what an earlier reading left."""
    await _hold(tx, attempt)
    await _drop(tx, attempt.edition_id)


async def add_pages(tx: Transaction, attempt: Attempt, pages: Iterable[ParsedPage]) -> None:
    await _hold(tx, attempt)
    async with connection(tx).cursor() as cursor:
        await cursor.executemany(
            "INSERT INTO app.pages (edition_id, number, width, height, text) VALUES (%s, %s, %s, %s, %s)",
            [(attempt.edition_id, page.number, page.width, page.height, page.text) for page in pages],
        )


async def add_chunks(tx: Transaction, attempt: Attempt, chunks: Iterable[ChunkDraft]) -> None:
    edition = attempt.edition_id
    await _hold(tx, attempt)
    async with connection(tx).cursor() as cursor:
        await cursor.executemany(
            """INSERT INTO app.chunks (id, edition_id, ordinal, section, page, page_end, boxes, text, sha256, flagged)
            VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)""",
            [
                (
                    chunk_id(edition, chunk),
                    edition,
                    chunk.ordinal,
                    list(chunk.section),
                    chunk.page,
                    chunk.page_end,
                    Jsonb(chunk.boxes, dumps=orjson.dumps),
                    chunk.text,
                    chunk.sha256,
                    None if chunk.flagged is None else [at for span in chunk.flagged for at in span],
                )
                for chunk in chunks
            ],
        )


async def note_text(tx: Transaction, attempt: Attempt, text: TextSummary) -> None:
    """Note that all pages and chunks are stored, and what could not be read: the next attempt goes on from here."""
    await _hold(tx, attempt)
    await connection(tx).execute(
        """UPDATE app.editions SET media_type = %s, page_count = %s, chunk_count = %s, problems = %s WHERE id = %s""",
        (text.media_type, text.pages or None, text.chunks, _problems(text.problems), attempt.edition_id),
    )


async def reuse_vectors(tx: Transaction, attempt: Attempt) -> int:
    """Take over the vectors that other editions of the same document have for the same texts by the same model;
    returns how many chunks have a vector now.

    Of the same document only: how fast an upload is read in would else tell its owner which passages stand in documents
    that she may not read.
    """
    await _hold(tx, attempt)
    conn = connection(tx)
    await conn.execute(
        """INSERT INTO app.chunk_vectors (chunk_id, edition_id, embedding)
        SELECT same.id, %(edition)s, v.embedding FROM (
            SELECT DISTINCT ON (c.id) c.id, o.id AS other
            FROM app.editions own
            JOIN app.editions e ON e.tenant = own.tenant AND e.document_id = own.document_id AND e.id <> own.id
                AND e.embedder = own.embedder
            JOIN app.chunks o ON o.tenant = e.tenant AND o.edition_id = e.id
            JOIN app.chunk_vectors made ON made.tenant = o.tenant AND made.chunk_id = o.id
            JOIN app.chunks c ON c.tenant = own.tenant AND c.edition_id = own.id AND c.sha256 = o.sha256
            WHERE own.id = %(edition)s ORDER BY c.id, o.id) AS same
        JOIN app.chunk_vectors v ON v.chunk_id = same.other
        ON CONFLICT DO NOTHING""",
        {"edition": attempt.edition_id},
    )
    return await _vectors(tx, attempt.edition_id)


async def without_vector(tx: Transaction, edition_id: UUID, after: int, limit: int) -> list[Unembedded]:
    """The next chunks behind the ordinal `after` that have no vector."""
    cursor = connection(tx).cursor(row_factory=class_row(Unembedded))
    await cursor.execute(
        """SELECT c.id AS chunk_id, c.ordinal, c.text FROM app.chunks c
        WHERE c.edition_id = %s AND c.ordinal > %s
          AND NOT EXISTS (SELECT FROM app.chunk_vectors v WHERE v.tenant = c.tenant AND v.chunk_id = c.id)
        ORDER BY c.ordinal LIMIT %s""",
        (edition_id, after, limit),
    )
    return await cursor.fetchall()


async def add_vectors(
    tx: Transaction, attempt: Attempt, chunk_ids: Sequence[UUID], vectors: NDArray[np.float32]
) -> None:
    """Store the chunks' vectors, (n, dimension)."""
    await _hold(tx, attempt)
    await connection(tx).execute(
        """INSERT INTO app.chunk_vectors (chunk_id, edition_id, embedding)
        SELECT chunk_id, %s, embedding::vector FROM unnest(%s::uuid[], %s::text[]) AS part (chunk_id, embedding)""",
        (attempt.edition_id, list(chunk_ids), [to_text(vector) for vector in vectors]),
    )


async def complete(tx: Transaction, attempt: Attempt) -> None:
    """All is stored: `parsing` -> `draft`. The one place where an edition's contents come to be seen."""
    chunks = await _hold(tx, attempt)
    vectors = await _vectors(tx, attempt.edition_id)
    if chunks is None or vectors != chunks:
        raise RuntimeError(f"edition {attempt.edition_id} has {chunks} chunks and {vectors} vectors")
    await index_edition(tx, attempt.edition_id)
    await connection(tx).execute("UPDATE app.editions SET state = 'draft' WHERE id = %s", (attempt.edition_id,))


async def fill_edition(tx: Transaction, edition_id: UUID, contents: EditionContents) -> None:
    """All steps at once, for contents that are at hand: `parsing` -> `draft`. Raises `Conflict` in any other state."""
    attempt = (await begin(tx, edition_id, None)).attempt
    await clear(tx, attempt)
    await add_pages(tx, attempt, contents.pages)
    await add_chunks(tx, attempt, contents.chunks)
    await note_text(
        tx,
        attempt,
        TextSummary(contents.media_type, len(contents.pages), len(contents.chunks), contents.problems),
    )
    await add_vectors(tx, attempt, [chunk_id(edition_id, chunk) for chunk in contents.chunks], contents.vectors)
    await complete(tx, attempt)


async def fail(tx: Transaction, attempt: Attempt, problems: Iterable[ParseProblem]) -> None:
    """Note that the file could not be read, and why: `parsing` -> `failed`. Nothing of its text is left."""
    await _hold(tx, attempt)
    await _drop(tx, attempt.edition_id)
    await connection(tx).execute(
        """UPDATE app.editions SET state = 'failed', problems = %s, page_count = NULL, chunk_count = NULL
        WHERE id = %s""",
        (_problems(problems), attempt.edition_id),
    )


async def _hold(tx: Transaction, attempt: Attempt) -> int | None:
    """Keep the edition to this attempt until the transaction ends; how many chunks it has, None where that is not
    known yet. Raises `Overtaken`."""
    cursor = await connection(tx).execute(
        """SELECT chunk_count FROM app.editions WHERE id = %s AND state = 'parsing' AND attempt = %s
        FOR NO KEY UPDATE""",
        (attempt.edition_id, attempt.number),
    )
    row = await cursor.fetchone()
    if row is None:
        raise Overtaken("The edition is read in by another worker, or no longer being read.")
    return row["chunk_count"]


async def _drop(tx: Transaction, edition_id: UUID) -> None:
    for table in _TABLES:
        await connection(tx).execute(f"DELETE FROM app.{table} WHERE edition_id = %s", (edition_id,))


async def _vectors(tx: Transaction, edition_id: UUID) -> int:
    cursor = await connection(tx).execute(
        "SELECT count(*) AS vectors FROM app.chunk_vectors WHERE edition_id = %s", (edition_id,)
    )
    row = await cursor.fetchone()
    assert row is not None
    return row["vectors"]


def _problems(problems: Iterable[ParseProblem]) -> Jsonb:
    return Jsonb(list(problems), dumps=orjson.dumps)


async def contents(tx: Transaction, edition_id: UUID) -> AsyncGenerator[tuple[Any, ...]]:
    """What is stored of an edition: its media type and model, then its pages, then its chunks with their vectors in
    hexadecimal digits, each in order. For callers who may open the edition."""
    for query in _CONTENTS:
        async with AsyncServerCursor(connection(tx), "edition_contents", row_factory=tuple_row) as cursor:
            cursor.itersize = INGEST_LIMITS.rows
            await cursor.execute(query, (edition_id,))
            async for row in cursor:
                yield row
