"""SQL of how things were on a day: who a person was, what was published for whom."""

from datetime import datetime
from uuid import UUID

from psycopg.rows import DictRow

from core.database import Transaction, connection


async def person_until(tx: Transaction, person_id: str, until: datetime) -> list[DictRow]:
    """`{seen_at, name, branch, roles}` of each change noted before a moment, the first first."""
    cursor = await connection(tx).execute(
        """SELECT seen_at, name, branch, roles FROM app.people_history
           WHERE person_id = %s AND seen_at < %s ORDER BY seen_at""",
        (person_id, until),
    )
    return await cursor.fetchall()


async def document(tx: Transaction, name: str) -> DictRow | None:
    """A document by its key, or by the id of one of its editions: `{id, key, title, library, audience, created_by,
    created_at}`."""
    cursor = await connection(tx).execute(
        """SELECT d.id, d.key, d.title, d.library, d.audience, d.created_by, d.created_at FROM app.documents d
           WHERE d.key = %(name)s
              OR EXISTS (SELECT 1 FROM app.editions e WHERE e.document_id = d.id AND e.id::text = %(name)s)
           LIMIT 1""",
        {"name": name},
    )
    return await cursor.fetchone()


async def audiences(tx: Transaction, document_id: UUID) -> list[DictRow]:
    """`{changed_at, audience, changed_by}` of every audience that the document had, the first first."""
    cursor = await connection(tx).execute(
        """SELECT changed_at, audience, changed_by FROM app.audience_history
           WHERE document_id = %s ORDER BY number""",
        (document_id,),
    )
    return await cursor.fetchall()


async def document_records(tx: Transaction, document: str, until: datetime) -> list[DictRow]:
    """`{kind, at, actor, body}` of what was recorded of a document and its editions before a moment, the first
    first."""
    cursor = await connection(tx).execute(
        """SELECT kind, at, actor, body FROM app.audit_records
           WHERE stream = 'documents' AND body ->> 'document' = %s AND at < %s ORDER BY seq""",
        (document, until),
    )
    return await cursor.fetchall()
