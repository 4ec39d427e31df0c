"""SQL of reading documents, each statement under the caller's rights: what may not be read is not found."""

from collections.abc import Sequence
from itertools import groupby
from typing import Any, NoReturn
from uuid import UUID

from psycopg.rows import kwargs_row

from core.database import Transaction, connection
from core.errors import NotFound
from retrieval.access import READABLE, reader
from retrieval.documents.models import Chunk, Document, Edition, EditionFile, EditionState, Page, TextPassage
from retrieval.models import Box, ParseProblem
from retrieval.publishing.models import Publication

EDITION_COLUMNS = """e.id AS edition_id, d.key AS document, e.title, d.library, d.audience, d.classification, e.version,
    e.effective_from, e.effective_to, e.state, e.media_type, e.filename, e.sha256, e.page_count, e.chunk_count,
    e.problems, e.uploaded_by, e.uploaded_at, e.published_by, e.published_at, e.publication, e.withdrawn_by,
    e.withdrawn_at"""

_EDITIONS = f"""FROM app.editions e JOIN app.documents d ON d.tenant = e.tenant AND d.id = e.document_id
    WHERE {READABLE}"""

_READ_IN = "e.state NOT IN ('parsing', 'failed')"
"""The edition `e` has contents to be opened: while it is being read in, what is stored of them is nobody's to see."""


async def list_documents(tx: Transaction, *, after: str | None = None, limit: int = 100) -> list[Document]:
    """Up to `limit` documents by key, after the key `after`, with the editions that the caller may open."""
    query = f"""WITH readable AS (SELECT d.title AS document_title, {EDITION_COLUMNS} {_EDITIONS}),
        wanted AS (SELECT DISTINCT document FROM readable
                   WHERE %(after)s::text IS NULL OR document > %(after)s ORDER BY document LIMIT %(limit)s)
        SELECT readable.* FROM readable JOIN wanted USING (document)
        ORDER BY document, effective_from DESC, uploaded_at DESC, edition_id"""
    cursor = connection(tx).cursor(row_factory=kwargs_row(_titled_edition))
    await cursor.execute(query, {**reader(tx.principal), "after": after, "limit": limit})
    grouped = groupby(await cursor.fetchall(), key=lambda titled: titled[1].document)
    return [_document(list(members)) for _, members in grouped]


async def get_edition(tx: Transaction, edition_id: UUID) -> Edition:
    """The edition; raises `NotFound` also for one that the caller may not open."""
    query = f"SELECT {EDITION_COLUMNS} {_EDITIONS} AND e.id = %(edition)s"
    cursor = connection(tx).cursor(row_factory=kwargs_row(as_edition))
    await cursor.execute(query, {**reader(tx.principal), "edition": edition_id})
    return await cursor.fetchone() or no_edition()


async def editions_of(tx: Transaction, document: str) -> list[Edition]:
    """The editions of the document of that key that the caller may open, the newest first."""
    query = f"""SELECT {EDITION_COLUMNS} {_EDITIONS} AND d.key = %(document)s
        ORDER BY e.effective_from DESC, e.uploaded_at DESC, e.id"""
    cursor = connection(tx).cursor(row_factory=kwargs_row(as_edition))
    await cursor.execute(query, {**reader(tx.principal), "document": document})
    return await cursor.fetchall()


async def get_chunk(tx: Transaction, chunk_id: UUID) -> Chunk:
    """The passage and its edition; raises `NotFound` also for one that the caller may not read."""
    query = f"""SELECT c.id AS chunk_id, c.ordinal, c.section, c.page, c.page_end, c.boxes, c.text, c.sha256,
            c.edition_id
        FROM app.chunks c WHERE c.id = %(chunk)s AND c.edition_id IN (SELECT e.id {_EDITIONS} AND {_READ_IN})"""
    row = await (await connection(tx).execute(query, {**reader(tx.principal), "chunk": chunk_id})).fetchone()
    if row is None:
        raise NotFound("There is no such passage, or it is not meant for you.")
    edition = await get_edition(tx, row.pop("edition_id"))
    boxes = tuple(Box(**box) for box in row.pop("boxes"))
    return Chunk(section=tuple(row.pop("section")), boxes=boxes, edition=edition, **row)


async def edition_text(tx: Transaction, edition_id: UUID) -> tuple[Edition, list[TextPassage]]:
    """The edition and its passages in order; raises `NotFound` as `get_edition` does."""
    edition = await get_edition(tx, edition_id)
    query = f"""SELECT c.id AS chunk_id, c.ordinal, c.section, c.page, c.text
        FROM app.chunks c JOIN app.editions e ON e.tenant = c.tenant AND e.id = c.edition_id
        WHERE c.edition_id = %s AND {_READ_IN} ORDER BY c.ordinal"""
    cursor = connection(tx).cursor(row_factory=kwargs_row(_passage))
    await cursor.execute(query, (edition_id,))
    return edition, await cursor.fetchall()


async def get_page(tx: Transaction, edition_id: UUID, number: int) -> Page:
    """A page of the edition; raises `NotFound` also where the format has no pages."""
    await get_edition(tx, edition_id)
    query = f"""SELECT p.number, p.width, p.height, p.text
        FROM app.pages p JOIN app.editions e ON e.tenant = p.tenant AND e.id = p.edition_id
        WHERE p.edition_id = %s AND p.number = %s AND {_READ_IN}"""
    cursor = connection(tx).cursor(row_factory=kwargs_row(Page))
    await cursor.execute(query, (edition_id, number))
    page = await cursor.fetchone()
    if page is None:
        raise NotFound("There is no such page; formats without pages have a text view instead.")
    return page


async def get_file(tx: Transaction, edition_id: UUID) -> EditionFile:
    """The uploaded file; raises `NotFound` as `get_edition` does."""
    edition = await get_edition(tx, edition_id)
    cursor = await connection(tx).execute(
        "SELECT content FROM app.edition_files WHERE edition_id = %s", (edition_id,), binary=True
    )
    row = await cursor.fetchone() or no_edition()
    return EditionFile(edition.filename, edition.media_type, edition.sha256, bytes(row["content"]))


def as_edition(
    *,
    audience: Sequence[str],
    state: str,
    problems: Sequence[dict[str, Any]],
    publication: dict[str, Any] | None,
    **rest: Any,
) -> Edition:
    """A row of `EDITION_COLUMNS` as an edition."""
    return Edition(
        publication=None if publication is None else Publication.from_json(publication),
        audience=tuple(audience),
        state=EditionState(state),
        problems=tuple(_problem(**problem) for problem in problems),
        **rest,
    )


def _problem(*, chunk_id: str | None = None, **rest: Any) -> ParseProblem:
    return ParseProblem(chunk_id=None if chunk_id is None else UUID(chunk_id), **rest)


def no_edition() -> NoReturn:
    """The one answer for what does not exist and what the caller may not open."""
    raise NotFound("There is no such edition, or it is not meant for you.")


def _titled_edition(*, document_title: str, **columns: Any) -> tuple[str, Edition]:
    return document_title, as_edition(**columns)


def _document(titled: Sequence[tuple[str, Edition]]) -> Document:
    title, newest = titled[0]
    return Document(
        document=newest.document,
        title=title,
        library=newest.library,
        audience=newest.audience,
        classification=newest.classification,
        editions=tuple(edition for _, edition in titled),
    )


def _passage(*, section: list[str], **rest: Any) -> TextPassage:
    return TextPassage(section=tuple(section), **rest)
