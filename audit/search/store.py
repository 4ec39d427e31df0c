"""SQL that finds runs and what is on record about them. Every transaction here is the tenant's system's; texts leave
sealed."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

from psycopg.errors import QueryCanceled
from psycopg.rows import DictRow

from audit.records import Record
from audit.search.limits import SEARCH_LIMITS
from audit.search.models import ACTED, Wanted
from core.database import Transaction, connection
from core.errors import Unavailable

_COLUMNS = """
r.id, r.thread_id, r.person_id, r.status, r.mode, r.as_of, r.usage, r.created_at, r.finished_at,
k.wrapped, m.sealed AS question, p.branch,
EXISTS (SELECT 1 FROM app.approvals a WHERE a.run_id = r.id AND a.state = 'executed') AS acted
"""
_RUNS = f"""
SELECT {_COLUMNS} FROM app.runs r
LEFT JOIN app.thread_keys k ON k.tenant = r.tenant AND k.thread_id = r.thread_id
LEFT JOIN app.messages m ON m.tenant = r.tenant AND m.run_id = r.id AND m.role = 'user'
LEFT JOIN app.people p ON p.tenant = r.tenant AND p.person_id = r.person_id
"""
_HAS_ACTED = "EXISTS (SELECT 1 FROM app.approvals a WHERE a.run_id = r.id AND a.state = 'executed')"
_USED = """
EXISTS (SELECT 1 FROM app.audit_records f, jsonb_array_elements(f.body -> 'passages') passage
        WHERE f.run_id = r.id AND f.kind = 'run.retrieved' AND passage ->> 'edition' = ANY (%(editions)s))
"""
_FINISHED_BY = """
EXISTS (SELECT 1 FROM app.audit_records f
        WHERE f.run_id = r.id AND f.kind = 'run.finished' AND f.body ->> 'code' = %(code)s)
"""
_ABOUT = "(SELECT count(*) FROM app.run_subjects s WHERE s.run_id = r.id AND s.subject = ANY (%(subjects)s))"
_PASSAGES = """
SELECT c.id, c.text, c.section, c.page, c.sha256, e.id AS edition_id, e.title, e.version, e.effective_from,
    e.effective_to, d.key AS document, d.library
FROM app.chunks c
JOIN app.editions e ON e.tenant = c.tenant AND e.id = c.edition_id
JOIN app.documents d ON d.tenant = e.tenant AND d.id = e.document_id
WHERE c.id = ANY (%s)
"""
_EDITIONS = """
SELECT e.id, e.title, e.version, d.key AS document, d.library FROM app.editions e
JOIN app.documents d ON d.tenant = e.tenant AND d.id = e.document_id
"""


async def runs(tx: Transaction, wanted: Wanted, *, before: tuple[datetime, UUID] | None, limit: int) -> list[DictRow]:
    """The latest first, after the given place in that order. Raises `Unavailable` when it takes too long."""
    editions = None if wanted.document is None else await editions_of(tx, wanted.document)
    if editions == []:
        return []
    at, last = before or (None, None)
    states = None if wanted.outcomes is None else [outcome for outcome in wanted.outcomes if outcome != ACTED]
    values = {
        "person": wanted.person,
        "since": wanted.since,
        "until": wanted.until,
        "states": states,
        "tool": wanted.tool,
        "editions": None if editions is None else [str(edition) for edition in editions],
        "subjects": list(wanted.subjects),
        "subject_count": len(set(wanted.subjects)),
        "code": wanted.code,
        "at": at,
        "last": last,
        "limit": limit,
    }
    query: LiteralString = (
        f"{_RUNS} WHERE {_where(wanted, before)} ORDER BY r.created_at DESC, r.id DESC LIMIT %(limit)s"
    )
    conn = connection(tx)
    await conn.execute("SELECT set_config('statement_timeout', %s, true)", (f"{SEARCH_LIMITS.within_s:.0f}s",))
    try:
        return await (await conn.execute(query, values)).fetchall()
    except QueryCanceled as error:
        raise Unavailable("The search took too long. Name a person or fewer days, and search again.") from error


def _where(wanted: Wanted, before: tuple[datetime, UUID] | None) -> LiteralString:
    """Only the conditions that are asked for, so that each search has its own plan."""
    conditions: list[LiteralString] = ["true"]
    if wanted.person is not None:
        conditions.append("r.person_id = %(person)s")
    if wanted.since is not None:
        conditions.append("r.created_at >= %(since)s")
    if wanted.until is not None:
        conditions.append("r.created_at < %(until)s")
    if wanted.outcomes is not None:
        acted: LiteralString = f" OR {_HAS_ACTED}" if ACTED in wanted.outcomes else ""
        conditions.append(f"(r.status = ANY (%(states)s){acted})")
    if wanted.tool is not None:
        conditions.append("EXISTS (SELECT 1 FROM app.tool_calls t WHERE t.run_id = r.id AND t.tool = %(tool)s)")
    if wanted.document is not None:
        conditions.append(_USED)
    if wanted.subjects:
        conditions.append(f"{_ABOUT} = %(subject_count)s")
    if wanted.code is not None:
        conditions.append(_FINISHED_BY)
    if before is not None:
        conditions.append("(r.created_at, r.id) < (%(at)s, %(last)s)")
    return " AND ".join(conditions)


async def run(tx: Transaction, run_id: UUID) -> DictRow | None:
    """Any run of the tenant."""
    return await (await connection(tx).execute(f"{_RUNS} WHERE r.id = %s", (run_id,))).fetchone()


async def records_of_runs(tx: Transaction, run_ids: Sequence[UUID], kinds: Sequence[str]) -> list[Record]:
    """The records of these kinds, run by run, the first first."""
    cursor = await connection(tx).execute(
        """SELECT * FROM app.audit_records WHERE run_id = ANY (%s) AND kind = ANY (%s)
           ORDER BY run_id, stream COLLATE "C", seq""",
        (list(run_ids), list(kinds)),
    )
    return [_record(row) for row in await cursor.fetchall()]


async def story_records(tx: Transaction, run_id: UUID, stream: str) -> list[Record]:
    """All that is on record of a run, and of its conversation as a whole, the first first."""
    cursor = await connection(tx).execute(
        """SELECT * FROM app.audit_records WHERE run_id = %(run)s
           UNION ALL SELECT * FROM app.audit_records WHERE stream = %(stream)s AND run_id IS NULL
           ORDER BY at, seq LIMIT %(limit)s""",
        {"run": run_id, "stream": stream, "limit": SEARCH_LIMITS.records_of_run},
    )
    return [_record(row) for row in await cursor.fetchall()]


async def editions_of(tx: Transaction, document: str) -> list[UUID]:
    """The editions of the document with this key, or the one with this id; [] where there is none."""
    cursor = await connection(tx).execute(
        f"{_EDITIONS} WHERE d.key = %(name)s OR e.id::text = %(name)s", {"name": document}
    )
    return [row["id"] for row in await cursor.fetchall()]


async def editions(tx: Transaction, edition_ids: Sequence[UUID]) -> list[DictRow]:
    """Id, title, version, document's key and library."""
    return await (await connection(tx).execute(f"{_EDITIONS} WHERE e.id = ANY (%s)", (list(edition_ids),))).fetchall()


async def passages(tx: Transaction, chunk_ids: Sequence[UUID]) -> list[DictRow]:
    """The passages that are still stored, with where they stand."""
    return await (await connection(tx).execute(_PASSAGES, (list(chunk_ids),))).fetchall()


async def tools_of_runs(tx: Transaction, run_ids: Sequence[UUID]) -> list[DictRow]:
    """`{run_id, tool}` of every proposed call, in the order of proposal."""
    cursor = await connection(tx).execute(
        "SELECT run_id, tool, ruling FROM app.tool_calls WHERE run_id = ANY (%s) ORDER BY run_id, ordinal",
        (list(run_ids),),
    )
    return await cursor.fetchall()


async def approvals_of_runs(tx: Transaction, run_ids: Sequence[UUID]) -> list[DictRow]:
    """`{run_id, id, tool, state, signers}` of every request, the first first; `signers` are who decided about it."""
    cursor = await connection(tx).execute(
        """SELECT a.run_id, a.id, a.tool, a.state,
               ARRAY(SELECT s.person_id FROM app.approval_signatures s
                     WHERE s.approval_id = a.id ORDER BY s.at) AS signers
           FROM app.approvals a WHERE a.run_id = ANY (%s) ORDER BY a.run_id, a.created_at, a.follows NULLS FIRST""",
        (list(run_ids),),
    )
    return await cursor.fetchall()


async def names(tx: Transaction, person_ids: Sequence[str]) -> dict[str, str]:
    """By person, the name that is noted today."""
    cursor = await connection(tx).execute(
        "SELECT person_id, name FROM app.people WHERE person_id = ANY (%s)", (list(person_ids),)
    )
    return {row["person_id"]: row["name"] for row in await cursor.fetchall()}


def _record(row: DictRow) -> Record:
    fields: dict[str, Any] = dict(row)
    return Record(**fields)
