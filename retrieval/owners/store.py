"""SQL of finding the owners of documents, under the reader's rights."""

from collections.abc import Sequence
from uuid import UUID

from core.database import Transaction, connection
from retrieval.access import READABLE, reader
from retrieval.owners.models import POLICY_OWNER, Owner

_OWNERS = f"""
WITH near AS (
    SELECT wanted.place, e.title, e.published_by, e.uploaded_by, d.created_by
    FROM unnest(%(editions)s::uuid[]) WITH ORDINALITY AS wanted (edition_id, place)
    JOIN app.editions e ON e.id = wanted.edition_id
    JOIN app.documents d ON d.tenant = e.tenant AND d.id = e.document_id
    WHERE {READABLE}
), had AS (
    SELECT near.place, near.title, acted.person_id, acted.nearness
    FROM near, LATERAL (VALUES (published_by, 1), (uploaded_by, 2), (created_by, 3)) AS acted (person_id, nearness)
), best AS (
    SELECT DISTINCT ON (had.place) had.place, had.title, p.person_id, p.name
    FROM had JOIN app.people p ON p.person_id = had.person_id AND %(role)s = ANY (p.roles)
    ORDER BY had.place, had.nearness
)
SELECT person_id, name, array_agg(title ORDER BY place) AS titles, min(place) AS place
FROM best GROUP BY person_id, name ORDER BY place LIMIT %(limit)s
"""


async def owners_of(tx: Transaction, edition_ids: Sequence[UUID], limit: int) -> tuple[Owner, ...]:
    """Whom to ask about these editions, the first edition's owner first: of each, who published it, else who uploaded
    it, else who created the document; only those who are policy owners today, and only by editions that the
    transaction's principal may open."""
    cursor = await connection(tx).execute(
        _OWNERS,
        {**reader(tx.principal), "editions": list(edition_ids), "role": POLICY_OWNER, "limit": limit},
    )
    return tuple(
        Owner(row["person_id"], row["name"], tuple(dict.fromkeys(row["titles"]))) for row in await cursor.fetchall()
    )
