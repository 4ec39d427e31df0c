"""SQL of `people`: what the newest token said of each person, and every change before it."""

from datetime import datetime

from psycopg.rows import DictRow

from core.database import Transaction, connection
from core.principal import Principal

_UPSERT = """
INSERT INTO app.people AS known (person_id, name, branch, roles, signing_limit, asserted_at, first_seen, last_seen)
VALUES (%(person)s, %(name)s, %(branch)s, %(roles)s, %(limit)s, %(asserted_at)s, %(at)s, %(at)s)
ON CONFLICT (tenant, person_id) DO UPDATE SET
    name = CASE WHEN EXCLUDED.asserted_at > known.asserted_at THEN EXCLUDED.name ELSE known.name END,
    branch = CASE WHEN EXCLUDED.asserted_at > known.asserted_at THEN EXCLUDED.branch ELSE known.branch END,
    roles = CASE
        WHEN EXCLUDED.asserted_at > known.asserted_at THEN EXCLUDED.roles
        WHEN EXCLUDED.asserted_at < known.asserted_at THEN known.roles
        ELSE ARRAY(SELECT role FROM unnest(known.roles) WITH ORDINALITY AS had (role, place)
                   WHERE role = ANY (EXCLUDED.roles) ORDER BY place) END,
    signing_limit = CASE
        WHEN EXCLUDED.asserted_at > known.asserted_at THEN EXCLUDED.signing_limit
        WHEN EXCLUDED.asserted_at < known.asserted_at THEN known.signing_limit
        ELSE least(known.signing_limit, EXCLUDED.signing_limit) END,
    asserted_at = greatest(known.asserted_at, EXCLUDED.asserted_at),
    last_seen = greatest(known.last_seen, EXCLUDED.last_seen)
"""
"""`least` passes over NULL, which is right: no limit is the greatest limit."""

_KEEP_CHANGE = """
INSERT INTO app.people_history (person_id, seen_at, name, branch, roles, signing_limit)
SELECT now.person_id, greatest(%(at)s, past.seen_at + interval '1 microsecond'),
    now.name, now.branch, now.roles, now.signing_limit
FROM app.people now LEFT JOIN LATERAL (
    SELECT * FROM app.people_history h WHERE h.person_id = now.person_id ORDER BY h.seen_at DESC LIMIT 1
) past ON true
WHERE now.person_id = %(person)s AND (past.person_id IS NULL OR (now.name, now.branch, now.roles, now.signing_limit)
    IS DISTINCT FROM (past.name, past.branch, past.roles, past.signing_limit))
"""
"""The upsert still holds the person's row, so changes follow each other, whichever process has the later clock."""


async def upsert(
    tx: Transaction, principal: Principal, at: datetime, *, asserted_at: datetime, signing_limit: int | None
) -> None:
    """Note the person as authenticated by a token issued at `asserted_at`; what it changes is kept as history.

    Of two tokens the later issued counts, in whatever order they come. Of two that were issued at the same moment
    neither is the newer, so only what both say is left: the roles in both, the smaller limit.
    """
    values = {
        "person": principal.person,
        "name": principal.name,
        "branch": principal.branch,
        "roles": sorted(principal.roles),
        "limit": signing_limit,
        "asserted_at": asserted_at,
        "at": at,
    }
    await connection(tx).execute(_UPSERT, values)
    await connection(tx).execute(_KEEP_CHANGE, values)


async def person(tx: Transaction, person_id: str) -> DictRow | None:
    cursor = await connection(tx).execute(
        "SELECT person_id, name, branch, roles, signing_limit FROM app.people WHERE person_id = %s", (person_id,)
    )
    return await cursor.fetchone()


async def roles(tx: Transaction) -> list[str]:
    cursor = await connection(tx).execute("SELECT DISTINCT unnest(roles) AS role FROM app.people ORDER BY role")
    return [row["role"] for row in await cursor.fetchall()]
