"""Before an edition is put in force or taken out of it: what that would do, under a digest that the act can name."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from core.canonical import digest
from core.database import Transaction
from retrieval.documents.models import Edition, EditionState
from retrieval.publishing import findings, store
from retrieval.publishing.calendar import Term, calendar
from retrieval.publishing.models import Prospect


async def of_publishing(tx: Transaction, edition: Edition, *, today: date, now: datetime) -> Prospect:
    """What publishing the draft would do. For an edition that was published: what that has done, as things stand."""
    terms = await store.published_terms(tx, edition.document)
    others = [term for term in terms if term.edition_id != edition.edition_id]
    own = Term(
        edition.edition_id,
        edition.version,
        edition.effective_from,
        edition.effective_to,
        edition.published_at or max([now, *(term.published_at for term in others)]),
    )
    base = edition.publication.base if edition.publication is not None else _base(own, others)
    return Prospect(
        base=base,
        digest=await _digest(tx, "publish", edition, base, others),
        findings=findings.of_publishing(own, others, today),
        calendar=calendar([*others, own]),
    )


async def of_withdrawing(tx: Transaction, edition: Edition) -> Prospect:
    """What withdrawing would do; no findings for one that was never published."""
    terms = await store.published_terms(tx, edition.document)
    others = [term for term in terms if term.edition_id != edition.edition_id]
    is_published = edition.state is EditionState.PUBLISHED
    return Prospect(
        base=None,
        digest=await _digest(tx, "withdraw", edition, None, others),
        findings=findings.of_withdrawing(edition.edition_id, terms) if is_published else (),
        calendar=calendar(others),
    )


def _base(own: Term, others: Sequence[Term]) -> UUID | None:
    """The edition before: the latest of those that have begun by this one's first day."""
    begun = [term for term in others if term.rank < own.rank]
    return max(begun, key=lambda term: term.rank).edition_id if begun else None


async def _digest(tx: Transaction, act: str, edition: Edition, base: UUID | None, others: Sequence[Term]) -> str:
    """Of everything that what is shown depends on, except the present day: it would else change at midnight."""
    texts = await store.text_digests(tx, [edition.edition_id, *([] if base is None else [base])])
    facts: dict[str, Any] = {
        "act": act,
        "edition": str(edition.edition_id),
        "state": edition.state.value,
        "title": edition.title,
        "version": edition.version,
        "days": [edition.effective_from.isoformat(), _iso(edition.effective_to)],
        "library": edition.library,
        "audience": sorted(edition.audience),
        "file": edition.sha256,
        "base": None if base is None else str(base),
        "texts": texts,
        "published": [
            [str(term.edition_id), term.first.isoformat(), _iso(term.until), term.published_at.isoformat()]
            for term in others
        ],
    }
    return digest(facts)


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
