"""Every passage of a tenant with what decides who may read it, as the tables have it."""

from dataclasses import dataclass
from uuid import UUID

from core.database import Transaction, connection


@dataclass(frozen=True, slots=True)
class Written:
    """One passage of one edition."""

    chunk: UUID
    tenant: str
    document: str
    audience: frozenset[str]
    state: str
    text: str


async def passages(tx: Transaction) -> list[Written]:
    """All passages of the tenant, whoever may read them. `tx` is its system's."""
    rows = await (
        await connection(tx).execute(
            "SELECT c.id, c.tenant, d.key, d.audience, e.state, c.text FROM app.chunks c"
            " JOIN app.editions e ON e.tenant = c.tenant AND e.id = c.edition_id"
            " JOIN app.documents d ON d.tenant = e.tenant AND d.id = e.document_id"
        )
    ).fetchall()
    return [
        Written(row["id"], row["tenant"], row["key"], frozenset(row["audience"]), row["state"], row["text"])
        for row in rows
    ]
