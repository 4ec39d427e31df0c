"""SQL of `people`: what the last authentication said of each person, and every change before it."""

from datetime import datetime

from psycopg.rows import DictRow

from core.database import Transaction, connection
from core.principal import Principal


async def upsert(tx: Transaction, principal: Principal, at: datetime) -> None:
    """Note the person as authenticated; a change of name, branch or roles is kept as history."""
    values = {
        "person": principal.person,
        "name": principal.name,
        "branch": principal.branch,
        "roles": sorted(principal.roles),
        "at": at,
    }
    conn = connection(tx)
    await conn.execute(
        """INSERT INTO app.people_history (person_id, seen_at, name, branch, roles)
           SELECT %(person)s, %(at)s, %(name)s, %(branch)s, %(roles)s
           WHERE NOT EXISTS (SELECT 1 FROM app.people WHERE person_id = %(person)s AND name = %(name)s
                             AND branch IS NOT DISTINCT FROM %(branch)s AND roles = %(roles)s)
           ON CONFLICT DO NOTHING""",
        values,
    )
    await conn.execute(
        """INSERT INTO app.people (person_id, name, branch, roles, first_seen, last_seen)
           VALUES (%(person)s, %(name)s, %(branch)s, %(roles)s, %(at)s, %(at)s)
           ON CONFLICT (tenant, person_id) DO UPDATE
           SET name = EXCLUDED.name, branch = EXCLUDED.branch, roles = EXCLUDED.roles,
               last_seen = EXCLUDED.last_seen""",
        values,
    )


async def person(tx: Transaction, person_id: str) -> DictRow | None:
    cursor = await connection(tx).execute(
        "SELECT person_id, name, branch, roles FROM app.people WHERE person_id = %s", (person_id,)
    )
    return await cursor.fetchone()
