"""SQL of looking references up, each statement under the caller's rights."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, LiteralString
from uuid import UUID

from psycopg.rows import kwargs_row

from core.database import Transaction, connection
from retrieval.access import IN_FORCE, READABLE, Scope, reader

MOST_CHUNKS_SEARCHED: Final = 20_000
"""Of other editions, for one passage: beyond them a reference into another document stays unresolved."""

_MOST_CANDIDATES: Final = 2_000
_COLUMNS = "c.id AS chunk_id, c.edition_id, c.ordinal, c.section, c.text"
_READABLE_CHUNKS = f"""SELECT {_COLUMNS} FROM app.chunks c
    WHERE c.edition_id = ANY(%(editions)s) AND c.edition_id IN (
        SELECT e.id FROM app.editions e JOIN app.documents d ON d.tenant = e.tenant AND d.id = e.document_id
        WHERE {READABLE})"""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A passage that a reference may mean."""

    chunk_id: UUID
    edition_id: UUID
    ordinal: int
    section: tuple[str, ...]
    text: str


@dataclass(frozen=True, slots=True)
class OtherEdition:
    """An edition in force that the caller may search."""

    edition_id: UUID
    document: str
    title: str
    chunk_count: int


async def below_headings(tx: Transaction, editions: Sequence[UUID], patterns: Sequence[str]) -> list[Candidate]:
    """Passages of the editions below a heading that matches one of the regular expressions, in order."""
    query = f"""{_READABLE_CHUNKS}
        AND EXISTS (SELECT 1 FROM unnest(c.section) heading WHERE heading ~* ANY(%(patterns)s::text[]))
        ORDER BY c.edition_id, c.ordinal LIMIT %(most)s"""
    return await _candidates(tx, query, editions, patterns=list(patterns))


async def below_path(tx: Transaction, edition_id: UUID, path: Sequence[str]) -> list[Candidate]:
    """Passages of the edition whose section begins with `path`, in order."""
    query = f"""{_READABLE_CHUNKS} AND c.section[1:%(depth)s] = %(path)s::text[]
        ORDER BY c.ordinal LIMIT %(most)s"""
    return await _candidates(tx, query, [edition_id], path=list(path), depth=len(path))


async def defining(tx: Transaction, edition_id: UUID) -> list[Candidate]:
    """Passages of the edition's definitions, in order."""
    query = f"""{_READABLE_CHUNKS}
        AND EXISTS (SELECT 1 FROM unnest(c.section) heading WHERE heading ILIKE '%%definition%%')
        AND c.text ~ 'mean|refers to|is defined as' ORDER BY c.ordinal LIMIT %(most)s"""
    return await _candidates(tx, query, [edition_id])


async def in_force(tx: Transaction, scope: Scope, title: str | None) -> list[OtherEdition]:
    """Editions in force, those of the title given or all, as many as `MOST_CHUNKS_SEARCHED` allows, by key."""
    query = f"""SELECT edition_id, document, title, chunk_count FROM (
            SELECT e.id AS edition_id, d.key AS document, e.title, e.chunk_count,
                   sum(e.chunk_count) OVER (ORDER BY d.key, e.id) AS so_far
            FROM app.editions e JOIN app.documents d ON d.tenant = e.tenant AND d.id = e.document_id
            WHERE {IN_FORCE} AND (%(title)s::text IS NULL OR lower(e.title) = lower(%(title)s))) found
        WHERE so_far <= %(most)s ORDER BY document, edition_id"""
    cursor = connection(tx).cursor(row_factory=kwargs_row(OtherEdition))
    await cursor.execute(query, {**scope.parameters(), "title": title, "most": MOST_CHUNKS_SEARCHED})
    return await cursor.fetchall()


async def _candidates(
    tx: Transaction, query: LiteralString, editions: Sequence[UUID], **more: object
) -> list[Candidate]:
    cursor = connection(tx).cursor(row_factory=kwargs_row(_candidate))
    parameters = {**reader(tx.principal), "editions": list(editions), "most": _MOST_CANDIDATES, **more}
    await cursor.execute(query, parameters)
    return await cursor.fetchall()


def _candidate(*, section: Sequence[str], chunk_id: UUID, edition_id: UUID, ordinal: int, text: str) -> Candidate:
    return Candidate(chunk_id, edition_id, ordinal, tuple(section), text)
