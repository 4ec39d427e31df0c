"""SQL of finding runs that the documents had no answer for. Every transaction is the tenant's system's; texts leave
sealed."""

from collections.abc import Sequence
from datetime import datetime

from psycopg.errors import QueryCanceled
from psycopg.rows import DictRow

from audit.overview.store import Period
from audit.search.limits import SEARCH_LIMITS
from core.database import Transaction, connection
from core.errors import Unavailable

_ABSTAINED = """
SELECT r.id, r.thread_id, r.person_id, r.created_at, k.wrapped, m.sealed AS question, f.body ->> 'code' AS code,
    (SELECT array_agg(passage ->> 'edition' ORDER BY (passage ->> 'ref')::int)
     FROM (SELECT g.body FROM app.audit_records g WHERE g.run_id = r.id AND g.kind = 'run.retrieved'
           ORDER BY g.stream COLLATE "C", g.seq DESC LIMIT 1) latest,
          jsonb_array_elements(latest.body -> 'passages') passage
     WHERE (passage ->> 'ref')::int <= %(nearest)s) AS editions
FROM app.runs r
JOIN app.audit_records f ON f.run_id = r.id AND f.kind = 'run.finished' AND f.body ->> 'code' = ANY (%(codes)s)
LEFT JOIN app.thread_keys k ON k.tenant = r.tenant AND k.thread_id = r.thread_id
LEFT JOIN app.messages m ON m.tenant = r.tenant AND m.run_id = r.id AND m.role = 'user'
WHERE r.status = 'abstained' AND r.created_at >= %(since)s AND r.created_at < %(until)s AND r.created_at <= %(seen)s
ORDER BY r.created_at DESC, r.id DESC LIMIT %(limit)s
"""


async def abstained(
    tx: Transaction, period: Period, codes: Sequence[str], *, seen: datetime, nearest: int, limit: int
) -> list[DictRow]:
    """The latest runs of the period that ended with one of these codes, asked until `seen`: `{id, thread_id, person_id,
    created_at, wrapped, question, code, editions}`, the editions those of the `nearest` passages, best first. Raises
    `Unavailable` when it takes too long."""
    conn = connection(tx)
    await conn.execute("SELECT set_config('statement_timeout', %s, true)", (f"{SEARCH_LIMITS.within_s:.0f}s",))
    values = {
        "since": period.since,
        "until": period.until,
        "seen": seen,
        "codes": list(codes),
        "nearest": nearest,
        "limit": limit,
    }
    try:
        return await (await conn.execute(_ABSTAINED, values)).fetchall()
    except QueryCanceled as error:
        raise Unavailable("Looking took too long. Choose fewer days.") from error
