"""SQL of audiences. A change is a row of the history, by which the database itself changes the document."""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg.rows import kwargs_row

from core.database import Transaction, connection
from core.errors import Conflict, NotFound
from core.principal import Permission
from retrieval.access import IN_AUDIENCE, reader
from retrieval.audiences.models import Audience, AudienceChange, AudienceProposal

NO_DOCUMENT = "There is no such document, or it is not meant for you."
"""The one answer for what does not exist and what the caller may not change."""


async def changeable(tx: Transaction, document: str) -> Audience:
    """The audience of the document of that key. Raises `Forbidden` for who is no policy owner, and `NotFound` unless
    she may read the document or created it."""
    tx.principal.require(Permission.DOCUMENT_PUBLISH)
    query = f"""SELECT d.id AS document_id, d.key AS document, d.library, d.audience AS roles, h.number,
            h.changed_at AS since, d.created_by
        FROM app.documents d JOIN LATERAL (
            SELECT number, changed_at FROM app.audience_history h
            WHERE h.tenant = d.tenant AND h.document_id = d.id ORDER BY number DESC LIMIT 1
        ) h ON true
        WHERE d.key = %(key)s AND ({IN_AUDIENCE} OR d.created_by = %(person)s)"""
    cursor = connection(tx).cursor(row_factory=kwargs_row(_audience))
    await cursor.execute(query, {**reader(tx.principal), "key": document})
    found = await cursor.fetchone()
    if found is None:
        raise NotFound(NO_DOCUMENT)
    return found


async def history(tx: Transaction, document_id: UUID) -> list[AudienceChange]:
    """Every audience of a document that the caller may read, the first first."""
    cursor = connection(tx).cursor(row_factory=kwargs_row(_change))
    await cursor.execute(
        """SELECT number, audience AS roles, changed_by, proposed_by, sealed_reason, changed_at
        FROM app.audience_history WHERE document_id = %s ORDER BY number""",
        (document_id,),
    )
    return await cursor.fetchall()


async def change(
    tx: Transaction, audience: Audience, roles: Collection[str], *, proposed_by: str | None, reason: bytes, at: datetime
) -> int:
    """Give the document another audience, from this transaction's commit on; the change's number.

    Raises `Conflict` where somebody else changed it meanwhile.
    """
    number = audience.number + 1
    cursor = await connection(tx).execute(
        """INSERT INTO app.audience_history
            (document_id, number, audience, changed_by, proposed_by, sealed_reason, changed_at)
        VALUES (%(document)s, %(number)s, %(roles)s, %(person)s, %(proposed_by)s, %(reason)s,
            greatest(%(at)s, %(since)s + interval '1 microsecond'))
        ON CONFLICT (tenant, document_id, number) DO NOTHING""",
        {
            "document": audience.document_id,
            "number": number,
            "roles": sorted(roles),
            "person": tx.principal.person,
            "proposed_by": proposed_by,
            "reason": reason,
            "at": at,
            "since": audience.since,
        },
    )
    if not cursor.rowcount:
        raise Conflict("Somebody else changed who may read this meanwhile. Look again, then decide.")
    return number


async def propose(
    tx: Transaction, audience: Audience, roles: Collection[str], *, proposal_id: UUID, reason: bytes, at: datetime
) -> None:
    """Keep a wider audience as what the caller asks for."""
    await connection(tx).execute(
        """INSERT INTO app.audience_proposals
            (id, document_id, number, audience, proposed_by, sealed_reason, proposed_at)
        VALUES (%s, %s, %s, %s, %s, %s, %s)""",
        (proposal_id, audience.document_id, audience.number + 1, sorted(roles), tx.principal.person, reason, at),
    )


async def open_proposals(tx: Transaction, audience: Audience, since: datetime) -> list[AudienceProposal]:
    """What was asked for since then and not overtaken by a change, the first first."""
    cursor = connection(tx).cursor(row_factory=kwargs_row(_proposal))
    await cursor.execute(
        """SELECT id, number, audience AS roles, proposed_by, sealed_reason, proposed_at
        FROM app.audience_proposals WHERE document_id = %s AND number = %s AND proposed_at >= %s
        ORDER BY proposed_at, id""",
        (audience.document_id, audience.number + 1, since),
    )
    return await cursor.fetchall()


def _audience(*, roles: list[str], **rest: Any) -> Audience:
    return Audience(roles=frozenset(roles), **rest)


def _change(*, roles: list[str], sealed_reason: bytes | None, **rest: Any) -> AudienceChange:
    sealed = None if sealed_reason is None else bytes(sealed_reason)
    return AudienceChange(roles=frozenset(roles), sealed_reason=sealed, **rest)


def _proposal(*, roles: list[str], sealed_reason: bytes, **rest: Any) -> AudienceProposal:
    return AudienceProposal(roles=frozenset(roles), sealed_reason=bytes(sealed_reason), **rest)
