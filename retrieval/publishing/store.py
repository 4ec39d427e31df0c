"""SQL of publishing: the terms of a document's editions, what a publication depends on, who cited an edition."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from psycopg.rows import DictRow, class_row

from core.database import Transaction, connection
from core.principal import Principal
from retrieval.access import IN_AUDIENCE, READABLE, reader
from retrieval.publishing.calendar import Term, calendar, counting_on


async def hold_document(tx: Transaction, document: str) -> None:
    """Until `tx` ends nobody else publishes or withdraws an edition of the document with this key."""
    await connection(tx).execute(
        "SELECT pg_advisory_xact_lock(hashtextextended('document|' || app.current_tenant() || '|' || %s, 0))",
        (document,),
    )


async def published_terms(tx: Transaction, document: str) -> list[Term]:
    """The terms of the document's published editions. The caller has seen that it may be opened."""
    cursor = connection(tx).cursor(row_factory=class_row(Term))
    await cursor.execute(
        """SELECT e.id AS edition_id, e.version, e.effective_from AS first, e.effective_to AS until, e.published_at
           FROM app.editions e JOIN app.documents d ON d.tenant = e.tenant AND d.id = e.document_id
           WHERE d.key = %s AND e.state = 'published' ORDER BY e.effective_from, e.published_at, e.id""",
        (document,),
    )
    return await cursor.fetchall()


async def first_day_after(tx: Transaction, document: str, day: date) -> date | None:
    """The first day after `day` on which an edition of the document counts that the caller may read; None where one
    counts on `day` itself, or none later."""
    cursor = await connection(tx).execute(
        f"""SELECT e.id AS edition_id, e.version, e.effective_from AS first, e.effective_to AS until, e.published_at
            FROM app.editions e JOIN app.documents d ON d.tenant = e.tenant AND d.id = e.document_id
            WHERE d.key = %(document)s AND {IN_AUDIENCE} AND e.state = 'published'""",
        {**reader(tx.principal), "document": document},
    )
    stretches = calendar([Term(**row) for row in await cursor.fetchall()])
    now = counting_on(day, stretches)
    if now is not None and now.edition_id is not None:
        return None
    return next((each.first for each in stretches if each.first > day and each.edition_id is not None), None)


async def text_digests(tx: Transaction, edition_ids: Sequence[UUID]) -> dict[str, str]:
    """By edition, a digest over the hashes of its passages in order."""
    cursor = await connection(tx).execute(
        """SELECT edition_id,
               encode(sha256(convert_to(string_agg(sha256, ',' ORDER BY ordinal), 'UTF8')), 'hex') AS text
           FROM app.chunks WHERE edition_id = ANY (%s) GROUP BY edition_id""",
        (list(edition_ids),),
    )
    return {str(row["edition_id"]): row["text"] for row in await cursor.fetchall()}


async def keep_citations(tx: Transaction, run_id: UUID, edition_ids: Sequence[UUID], at: datetime) -> None:
    """Note that the answer of a run cites these editions; once, whoever notes it again."""
    await connection(tx).execute(
        """INSERT INTO app.edition_citations (edition_id, run_id, at) SELECT unnest(%s::uuid[]), %s, %s
           ON CONFLICT DO NOTHING""",
        (list(edition_ids), run_id, at),
    )


async def citations_by_day(tx: Transaction, edition_id: UUID, zone: str, limit: int) -> list[DictRow]:
    """`{day, answers}` in the time zone, the latest day first."""
    cursor = await connection(tx).execute(
        """SELECT (at AT TIME ZONE %s)::date AS day, count(*) AS answers FROM app.edition_citations
           WHERE edition_id = %s GROUP BY 1 ORDER BY 1 DESC LIMIT %s""",
        (zone, edition_id, limit),
    )
    return await cursor.fetchall()


async def citations_in_all(tx: Transaction, edition_id: UUID) -> int:
    cursor = await connection(tx).execute(
        "SELECT count(*) AS answers FROM app.edition_citations WHERE edition_id = %s", (edition_id,)
    )
    row = await cursor.fetchone()
    return 0 if row is None else int(row["answers"])


async def standings(
    tx: Transaction, caller: Principal, editions: Sequence[UUID], days: Sequence[date], zone: str
) -> list[DictRow]:
    """For each edition and day, in order: does the edition count on that day as things stand, may `caller` still read
    it, and else since when it does not and what counts instead. One statement, however many there are.

    `tx` is the system's: a withdrawn edition is hidden from readers by the database itself, and it is of just those
    that they are to be told. What of a row is for the caller is decided by `readable` and `in_audience`.

    `{edition_id, day, counts, readable, in_audience, state, since, now_id, now_version, now_from, now_title}`; the last
    four are of the edition that counts on the day, None where none does. `since` is None where that is not known.
    """
    cursor = await connection(tx).execute(
        f"""SELECT wanted.edition_id, wanted.day, e.state,
               coalesce({READABLE}, false) AS readable, coalesce({IN_AUDIENCE}, false) AS in_audience,
               coalesce(latest.id = e.id AND e.state = 'published'
                        AND (e.effective_to IS NULL OR wanted.day < e.effective_to), false) AS counts,
               CASE WHEN e.state = 'withdrawn' THEN (e.withdrawn_at AT TIME ZONE %(zone)s)::date
                    ELSE least(CASE WHEN e.effective_to <= wanted.day THEN e.effective_to END, (
                        SELECT min(greatest(later.effective_from, (later.published_at AT TIME ZONE %(zone)s)::date))
                        FROM app.editions later
                        WHERE later.document_id = e.document_id AND later.state = 'published'
                          AND later.effective_from <= wanted.day
                          AND (later.effective_from, later.published_at, later.id)
                              > (e.effective_from, e.published_at, e.id))) END AS since,
               now.id AS now_id, now.version AS now_version, now.effective_from AS now_from, now.title AS now_title
           FROM unnest(%(editions)s::uuid[], %(days)s::date[]) WITH ORDINALITY AS wanted (edition_id, day, place)
           LEFT JOIN app.editions e ON e.id = wanted.edition_id
           LEFT JOIN app.documents d ON d.id = e.document_id
           LEFT JOIN LATERAL (
               SELECT c.id, c.version, c.effective_from, c.effective_to, c.title FROM app.editions c
               WHERE c.document_id = e.document_id AND c.state = 'published' AND c.effective_from <= wanted.day
               ORDER BY c.effective_from DESC, c.published_at DESC, c.id DESC LIMIT 1) latest ON true
           LEFT JOIN LATERAL (
               SELECT latest.* WHERE latest.effective_to IS NULL OR wanted.day < latest.effective_to) now ON true
           ORDER BY wanted.place""",
        {
            **reader(caller),
            "editions": list(editions),
            "days": list(days),
            "zone": zone,
        },
    )
    return await cursor.fetchall()
