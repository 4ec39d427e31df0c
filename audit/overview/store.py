"""SQL of figures over a period: every transaction is the tenant's system's, every day one of its time zone."""

from dataclasses import dataclass
from datetime import datetime
from typing import LiteralString

from psycopg.errors import QueryCanceled
from psycopg.rows import DictRow

from audit.search.limits import SEARCH_LIMITS
from core.database import Transaction, connection
from core.errors import Unavailable


@dataclass(frozen=True, slots=True)
class Period:
    """From a moment up to, not with, another; `zone` names the time zone whose days count."""

    since: datetime
    until: datetime
    zone: str


_RUNS = """
WITH chosen AS (
    SELECT r.id, r.person_id, r.status, r.usage, (r.created_at AT TIME ZONE %(zone)s)::date AS day,
        EXISTS (SELECT 1 FROM app.approvals a WHERE a.run_id = r.id AND a.state = 'executed') AS acted
    FROM app.runs r WHERE r.created_at >= %(since)s AND r.created_at < %(until)s
)
"""
_VOLUME = f"""{_RUNS}
SELECT day,
    count(*) FILTER (WHERE status = 'answered' AND NOT acted) AS answered,
    count(*) FILTER (WHERE status = 'abstained') AS abstained,
    count(*) FILTER (WHERE status = 'refused') AS refused,
    count(*) FILTER (WHERE acted) AS acted,
    count(*) FILTER (WHERE NOT acted AND status NOT IN ('answered', 'abstained', 'refused')) AS other
FROM chosen GROUP BY day ORDER BY day
"""
_REASONS = f"""{_RUNS}
SELECT f.body ->> 'code' AS code, c.status, count(*) AS count
FROM chosen c JOIN app.audit_records f ON f.run_id = c.id AND f.kind = 'run.finished'
WHERE f.body ->> 'code' <> '' AND c.status IN ('abstained', 'refused', 'failed', 'budget_exceeded')
GROUP BY 1, 2 ORDER BY count DESC, code, status
"""
_TOPICS = f"""{_RUNS}, topics AS (
    SELECT c.id, c.status, 'intent' AS kind,
        CASE WHEN (f.body ->> 'acting')::boolean THEN 'action' ELSE f.body ->> 'intent' END AS name
    FROM chosen c JOIN app.audit_records f ON f.run_id = c.id AND f.kind = 'run.understood'
    UNION ALL
    SELECT DISTINCT ON (c.id) c.id, c.status, 'library', d.library
    FROM chosen c JOIN app.audit_records f ON f.run_id = c.id AND f.kind = 'run.retrieved'
    JOIN app.editions e ON e.id::text = f.body #>> '{{passages,0,edition}}'
    JOIN app.documents d ON d.tenant = e.tenant AND d.id = e.document_id
)
SELECT kind, name, count(*) AS count, count(*) FILTER (WHERE status = 'abstained') AS abstained,
    count(*) FILTER (WHERE status = 'refused') AS refused
FROM topics GROUP BY kind, name ORDER BY kind, count DESC, name
"""
_DECIDED = """
WITH decided AS (
    SELECT a.state, a.created_at,
        (SELECT max(s.at) FROM app.approval_signatures s WHERE s.approval_id = a.id) AS signed_at, a.closed_at
    FROM app.approvals a WHERE a.created_at < %(until)s AND a.closed_at >= %(since)s
), counted AS (
    SELECT CASE WHEN state IN ('executed', 'failed') THEN 'approved' ELSE state END AS decision, created_at,
        CASE WHEN state IN ('approved', 'executed', 'failed', 'rejected', 'edited') THEN signed_at END AS signed_at,
        CASE WHEN state IN ('approved', 'executed', 'failed') THEN signed_at ELSE closed_at END AS at
    FROM decided
)
"""
_DECISIONS = f"""{_DECIDED}
SELECT (at AT TIME ZONE %(zone)s)::date AS day, decision, count(*) AS count
FROM counted WHERE at >= %(since)s AND at < %(until)s GROUP BY 1, 2 ORDER BY 1, 2
"""
_AGES = f"""{_DECIDED}
SELECT extract(epoch FROM signed_at - created_at)::float8 AS age_s
FROM counted WHERE signed_at IS NOT NULL AND at >= %(since)s AND at < %(until)s
"""
_USED = """
count(*) AS runs,
coalesce(sum((usage ->> 'calls')::bigint), 0)::bigint AS calls,
coalesce(sum((usage ->> 'input_tokens')::bigint), 0)::bigint AS input_tokens,
coalesce(sum((usage ->> 'output_tokens')::bigint), 0)::bigint AS output_tokens
"""
_USAGE = f"""{_RUNS}
SELECT day, coalesce(usage ->> 'model', 'none') AS model, person_id, {_USED}
FROM chosen GROUP BY 1, 2, 3 ORDER BY day DESC, model, person_id LIMIT %(lines)s
"""
_USAGE_IN_ALL = f"{_RUNS} SELECT {_USED} FROM chosen"


async def volume(tx: Transaction, period: Period) -> list[DictRow]:
    """By day: answered, abstained, refused, acted, other."""
    return await _rows(tx, _VOLUME, period)


async def reasons(tx: Transaction, period: Period) -> list[DictRow]:
    """`{code, status, count}` of runs without an answer, the most frequent first."""
    return await _rows(tx, _REASONS, period)


async def topics(tx: Transaction, period: Period) -> list[DictRow]:
    """`{kind, name, count, abstained, refused}`: by intent, and by the library of the best passage."""
    return await _rows(tx, _TOPICS, period)


async def decisions(tx: Transaction, period: Period) -> list[DictRow]:
    """`{day, decision, count}` of requests for a signature; what was approved counts on the day of its signature."""
    return await _rows(tx, _DECISIONS, period)


async def ages(tx: Transaction, period: Period) -> list[float]:
    """Seconds from request to decision, of what people decided."""
    return [row["age_s"] for row in await _rows(tx, _AGES, period)]


async def usage(tx: Transaction, period: Period) -> list[DictRow]:
    """`{day, model, person_id, runs, calls, input_tokens, output_tokens}`, the latest day first; one more than are
    shown at once, where there are more."""
    return await _rows(tx, _USAGE, period)


async def usage_in_all(tx: Transaction, period: Period) -> DictRow:
    """`{runs, calls, input_tokens, output_tokens}`"""
    return (await _rows(tx, _USAGE_IN_ALL, period))[0]


async def _rows(tx: Transaction, query: LiteralString, period: Period) -> list[DictRow]:
    """Raises `Unavailable` when it takes too long."""
    conn = connection(tx)
    await conn.execute("SELECT set_config('statement_timeout', %s, true)", (f"{SEARCH_LIMITS.within_s:.0f}s",))
    try:
        lines = SEARCH_LIMITS.usage_lines + 1
        values = {"since": period.since, "until": period.until, "zone": period.zone, "lines": lines}
        return await (await conn.execute(query, values)).fetchall()
    except QueryCanceled as error:
        raise Unavailable("Counting took too long. Choose fewer days.") from error
