"""SQL of requests for a signature. Texts arrive and leave sealed; every transaction here is the system's.

Who locks more than one of these rows takes the run first and then the approval, as every other writer of a run does.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

from psycopg.rows import DictRow

from core.database import Transaction, connection

_COLUMNS = """
a.id, a.run_id, a.thread_id, a.call_id, a.tool, a.catalogue_version, a.digest, a.sealed, a.signature, a.signers,
a.makers, a.state, a.follows, a.created_at, a.expires_at, a.closed_at, k.wrapped,
(SELECT later.id FROM app.approvals later WHERE later.tenant = a.tenant AND later.follows = a.id) AS followed_by
"""
_APPROVALS = f"""
SELECT {_COLUMNS} FROM app.approvals a
JOIN app.thread_keys k ON k.tenant = a.tenant AND k.thread_id = a.thread_id
"""

_OF_CHECKER = """
    a.signature <> 'self' AND a.signers && %(roles)s AND %(person)s <> ALL (a.makers)
    AND (a.state <> 'pending' OR NOT EXISTS (SELECT 1 FROM app.approval_signatures s WHERE s.tenant = a.tenant
                                             AND s.approval_id = a.id AND s.person_id = %(person)s))
"""
_OF_MAKER = "a.makers @> ARRAY[%(person)s]"
_OF_EITHER = f"({_OF_MAKER} OR (a.signature <> 'self' AND a.signers && %(roles)s))"
_WHOSE: dict[str, LiteralString] = {"maker": _OF_MAKER, "checker": _OF_CHECKER, "either": _OF_EITHER}


@dataclass(frozen=True, slots=True)
class Filter:
    """Which requests are listed. None: whatever it is."""

    states: Sequence[str] | None = None
    tool: str | None = None
    maker: str | None = None
    """Who asked first."""
    branch: str | None = None
    """Of who asked first, today."""
    open_at: datetime | None = None
    """Leave out what was pending but expired at this moment, or whose run was stopped or has ended."""


async def insert(tx: Transaction, values: dict[str, Any]) -> None:
    """Raises `psycopg.errors.UniqueViolation` while another request for the same call is open."""
    await connection(tx).execute(
        """INSERT INTO app.approvals (id, run_id, thread_id, call_id, tool, catalogue_version, digest, sealed,
               signature, signers, makers, follows, created_at, expires_at)
           VALUES (%(id)s, %(run_id)s, %(thread_id)s, %(call_id)s, %(tool)s, %(catalogue_version)s, %(digest)s,
               %(sealed)s, %(signature)s, %(signers)s, %(makers)s, %(follows)s, %(created_at)s, %(expires_at)s)""",
        values,
    )


async def approval(tx: Transaction, approval_id: UUID, *, lock: bool = False) -> DictRow | None:
    query: LiteralString = f"{_APPROVALS} WHERE a.id = %s"
    return await _one(tx, f"{query} FOR UPDATE OF a" if lock else query, (approval_id,))


async def latest_of_run(tx: Transaction, run_id: UUID, *, lock: bool = False) -> DictRow | None:
    """The request that no edit has replaced: the one that is open, else the one that came last. A run has one open at
    most; the moments are of several machines' clocks."""
    latest = """WHERE a.run_id = %s AND a.state <> 'edited'
        ORDER BY a.state IN ('pending', 'approved') DESC, a.created_at DESC LIMIT 1"""
    query: LiteralString = f"{_APPROVALS} {latest}"
    return await _one(tx, f"{query} FOR UPDATE OF a" if lock else query, (run_id,))


async def open_of(tx: Transaction, person: str, at: datetime) -> int:
    """How many requests that the person asked for can still be signed at this moment."""
    row = await _one(
        tx,
        """SELECT count(*) AS n FROM app.approvals
           WHERE makers @> ARRAY[%(person)s] AND makers[1] = %(person)s
             AND state = 'pending' AND expires_at > %(at)s""",
        {"person": person, "at": at},
    )
    return 0 if row is None else row["n"]


async def approvals(
    tx: Transaction,
    *,
    whose: str,
    person: str,
    roles: Sequence[str],
    only: Filter,
    before: tuple[datetime, UUID] | None,
    limit: int,
) -> list[DictRow]:
    """The latest first, after the given place in that order."""
    at, last = before or (None, None)
    cursor = await connection(tx).execute(
        f"""{_APPROVALS}
            JOIN app.runs r ON r.tenant = a.tenant AND r.id = a.run_id
            LEFT JOIN app.people p ON p.tenant = a.tenant AND p.person_id = a.makers[1]
            WHERE {_WHOSE[whose]} AND k.wrapped IS NOT NULL
              AND (%(states)s::text[] IS NULL OR a.state = ANY (%(states)s))
              AND (%(tool)s::text IS NULL OR a.tool = %(tool)s)
              AND (%(maker)s::text IS NULL OR a.makers[1] = %(maker)s)
              AND (%(branch)s::text IS NULL OR p.branch = %(branch)s)
              AND (%(open_at)s::timestamptz IS NULL OR a.state <> 'pending'
                   OR (a.expires_at > %(open_at)s AND r.finished_at IS NULL AND r.cancel_requested_at IS NULL))
              AND (%(at)s::timestamptz IS NULL OR (a.created_at, a.id) < (%(at)s, %(last)s))
            ORDER BY a.created_at DESC, a.id DESC LIMIT %(limit)s""",
        {
            "person": person,
            "roles": list(roles),
            "states": None if only.states is None else list(only.states),
            "tool": only.tool,
            "maker": only.maker,
            "branch": only.branch,
            "open_at": only.open_at,
            "at": at,
            "last": last,
            "limit": limit,
        },
    )
    return await cursor.fetchall()


async def signatures(tx: Transaction, approval_ids: Sequence[UUID]) -> list[DictRow]:
    """What was decided about each, the first first."""
    cursor = await connection(tx).execute(
        """SELECT approval_id, person_id, decision, sealed_reason, at FROM app.approval_signatures
           WHERE approval_id = ANY (%s) ORDER BY at, person_id""",
        (list(approval_ids),),
    )
    return await cursor.fetchall()


async def insert_signature(
    tx: Transaction, approval_id: UUID, person: str, decision: str, sealed_reason: bytes | None, at: datetime
) -> None:
    await connection(tx).execute(
        """INSERT INTO app.approval_signatures (approval_id, person_id, decision, sealed_reason, at)
           VALUES (%s, %s, %s, %s, %s)""",
        (approval_id, person, decision, sealed_reason, at),
    )


async def move(tx: Transaction, approval_id: UUID, present: str, state: str, at: datetime) -> bool:
    """Compare-and-set the state; False when it is no longer `present`."""
    moved = await _one(
        tx,
        "UPDATE app.approvals SET state = %s, closed_at = %s WHERE id = %s AND state = %s RETURNING id",
        (state, at, approval_id, present),
    )
    return moved is not None


async def hold_run(tx: Transaction, run_id: UUID) -> DictRow | None:
    """Lock a run whatever it is doing: `{person_id, finished, stop}`."""
    return await _one(
        tx,
        """SELECT person_id, finished_at IS NOT NULL AS finished, cancel_requested_at IS NOT NULL AS stop
           FROM app.runs WHERE id = %s FOR NO KEY UPDATE""",
        (run_id,),
    )


async def finish_run(tx: Transaction, run_id: UUID, status: str, at: datetime) -> bool:
    """End a run that has not ended, paused or under way; an attempt at it that is under way then writes nothing."""
    ended = await _one(
        tx,
        """UPDATE app.runs SET status = %s, usage = coalesce(usage, '{}'), finished_at = %s
           WHERE id = %s AND status IN ('queued', 'running', 'paused') RETURNING id""",
        (status, at, run_id),
    )
    return ended is not None


async def people(tx: Transaction, person_ids: Sequence[str]) -> list[DictRow]:
    """Name and branch of those who are known."""
    cursor = await connection(tx).execute(
        "SELECT person_id, name, branch FROM app.people WHERE person_id = ANY (%s)", (list(person_ids),)
    )
    return await cursor.fetchall()


async def _one(tx: Transaction, query: LiteralString, values: Any) -> DictRow | None:
    return await (await connection(tx).execute(query, values)).fetchone()
