"""SQL of the glossary, each statement under the caller's tenant."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

from psycopg.rows import DictRow

from core.database import Database, Transaction, connection
from core.principal import Principal
from retrieval.glossary.models import Entry, Term, TermOrigin

_ENTRIES = """SELECT g.id, g.term, g.meanings, g.capitals_only, g.note, g.added_at, g.retired_at,
        coalesce(a.name, g.added_by) AS added_by, coalesce(r.name, g.retired_by) AS retired_by
    FROM app.glossary g
    LEFT JOIN app.people a ON a.tenant = g.tenant AND a.person_id = g.added_by
    LEFT JOIN app.people r ON r.tenant = g.tenant AND r.person_id = g.retired_by"""


_VERSION: LiteralString = "SELECT max(version) AS version FROM app.glossary"


async def version(tx: Transaction) -> int:
    """The number of the tenant's last change; 0 where there was none."""
    row = await (await connection(tx).execute(_VERSION)).fetchone()
    return (row or {}).get("version") or 0


async def look_for_version(database: Database, principal: Principal) -> int:
    """As `version`, in a transaction of its own."""
    return (await database.look(principal, _VERSION, ()))[0]["version"] or 0


async def active(tx: Transaction) -> tuple[int, list[Term]]:
    """The tenant's own entries that count, and the version that they are of: both as one statement sees them."""
    cursor = await connection(tx).execute(
        """SELECT now.version, g.id, g.term, g.meanings, g.capitals_only
           FROM (SELECT max(version) AS version FROM app.glossary) now
           LEFT JOIN app.glossary g ON g.retired_at IS NULL ORDER BY g.term_key"""
    )
    rows = await cursor.fetchall()
    return rows[0]["version"] or 0, [_term(row) for row in rows if row["id"] is not None]


async def lock(tx: Transaction) -> None:
    """Wait for other changes of the tenant's glossary, and let none begin until this transaction ends."""
    await connection(tx).execute("SELECT app.lock_glossary()")


async def entry_of_term(tx: Transaction, term_key: str) -> Entry | None:
    """The tenant's own entry that counts for the term."""
    return await _one(tx, "g.term_key = %s AND g.retired_at IS NULL", term_key)


async def entry(tx: Transaction, entry_id: UUID) -> Entry | None:
    """An entry of the tenant's own, also one that was retired."""
    return await _one(tx, "g.id = %s", entry_id)


async def entries(tx: Transaction) -> list[Entry]:
    """The tenant's own entries that count, by term."""
    cursor = await connection(tx).execute(f"{_ENTRIES} WHERE g.retired_at IS NULL ORDER BY g.term_key")
    return [_entry(row) for row in await cursor.fetchall()]


async def retired_entries(tx: Transaction, limit: int) -> list[Entry]:
    """Entries of the tenant's own that count no longer, the latest retired first."""
    query = f"{_ENTRIES} WHERE g.retired_at IS NOT NULL ORDER BY g.retired_at DESC, g.id LIMIT %s"
    cursor = await connection(tx).execute(query, (limit,))
    return [_entry(row) for row in await cursor.fetchall()]


async def terms_of(tx: Transaction, ids: Sequence[UUID]) -> dict[UUID, Term]:
    """Entries of the tenant's own by id, whether they still count or not."""
    query = "SELECT id, term, meanings, capitals_only FROM app.glossary WHERE id = ANY(%s)"
    cursor = await connection(tx).execute(query, (list(ids),))
    return {row["id"]: _term(row) for row in await cursor.fetchall()}


async def count(tx: Transaction) -> int:
    """How many entries of the tenant's own count."""
    cursor = await connection(tx).execute("SELECT count(*) AS n FROM app.glossary WHERE retired_at IS NULL")
    row = await cursor.fetchone()
    return 0 if row is None else row["n"]


async def insert(
    tx: Transaction, term: Term, *, term_key: str, note: str | None, replaces: UUID | None, version: int, at: datetime
) -> None:
    """Add an entry in the name of the transaction's principal."""
    await connection(tx).execute(
        """INSERT INTO app.glossary
               (id, term, term_key, meanings, capitals_only, note, replaces, added_by, added_at, version)
           VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)""",
        (
            term.id,
            term.term,
            term_key,
            list(term.meanings),
            term.capitals_only,
            note,
            replaces,
            tx.principal.person,
            at,
            version,
        ),
    )


async def retire(tx: Transaction, entry_id: UUID, *, version: int, at: datetime) -> bool:
    """Whether there was an entry that counted until now."""
    cursor = await connection(tx).execute(
        """UPDATE app.glossary SET retired_by = %s, retired_at = %s, version = %s
           WHERE id = %s AND retired_at IS NULL""",
        (tx.principal.person, at, version, entry_id),
    )
    return cursor.rowcount == 1


async def _one(tx: Transaction, where: LiteralString, value: object) -> Entry | None:
    cursor = await connection(tx).execute(f"{_ENTRIES} WHERE {where}", (value,))
    row = await cursor.fetchone()
    return None if row is None else _entry(row)


def _term(row: DictRow) -> Term:
    return Term(row["id"], row["term"], tuple(row["meanings"]), row["capitals_only"], TermOrigin.BANK)


def _entry(row: DictRow) -> Entry:
    names = ("note", "added_by", "added_at", "retired_by", "retired_at")
    rest: dict[str, Any] = {name: row[name] for name in names}
    return Entry(_term(row), **rest)
