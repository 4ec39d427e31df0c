"""What a policy owner is shown of an edition before she decides: changes, days, and how many answers cite it."""

import asyncio
from collections import OrderedDict
from dataclasses import dataclass, field
from uuid import UUID

from api.cursors import Cursors
from api.days import Days
from api.schemas.publishing import (
    ChangeCounts,
    Changes,
    Citations,
    CitedOn,
    ComparedEdition,
    PassageChangeView,
    Publishing,
    StretchView,
    Withdrawal,
    findings,
)
from core.clock import Clock
from core.database import Database, Transaction
from core.errors import NotFound
from core.principal import Permission, Principal
from retrieval.documents.models import Edition, EditionState
from retrieval.documents.store import edition_text, get_edition
from retrieval.publishing import prospects, store
from retrieval.publishing.comparison import Comparison, compare

COMPARISONS_KEPT = 8
"""Of recent looks, so that the next page of one is not worked out again."""

DAYS_OF_CITATIONS = 366

_Pair = tuple[UUID | None, UUID, str]


@dataclass(slots=True)
class PublishingViews:
    """Shows; changes nothing."""

    database: Database
    clock: Clock
    days: Days
    cursors: Cursors
    two_owner_libraries: frozenset[str]
    _kept: OrderedDict[_Pair, Comparison] = field(default_factory=OrderedDict[_Pair, Comparison])
    _one: asyncio.Lock = field(default_factory=asyncio.Lock)
    """One comparison at a time: two would only slow each other and everybody's questions down."""

    async def changes(self, principal: Principal, edition_id: UUID, *, limit: int, cursor: str | None) -> Changes:
        """Raises `Forbidden`, `NotFound`, and `BadRequest` for a wrong cursor."""
        principal.require(Permission.DOCUMENT_WRITE)
        place = self.cursors.read(principal, cursor)
        today = self.days.today(principal.tenant)
        async with self.database.transaction(principal) as tx:
            edition = await get_edition(tx, edition_id)
            prospect = await prospects.of_publishing(tx, edition, today=today, now=self.clock.now())
            base = None if prospect.base is None else await _readable(tx, prospect.base)
        start = 0 if place is None or place[1] != prospect.digest else int(place[0])
        comparison = await self._compared(principal, base, edition, prospect.digest)
        end = start + limit
        more = end < len(comparison.changes)
        return Changes(
            edition_id=edition_id,
            base=None if base is None else ComparedEdition.of(base),
            digest=prospect.digest,
            publishing=self._publishing(principal, edition),
            findings=findings(prospect.findings, today),
            calendar=[StretchView.of(stretch) for stretch in prospect.calendar],
            counts=ChangeCounts.of(comparison),
            items=[PassageChangeView.of(change) for change in comparison.changes[start:end]],
            next_cursor=self.cursors.make(principal, [end, prospect.digest]) if more else None,
        )

    async def withdrawal(self, principal: Principal, edition_id: UUID) -> Withdrawal:
        """Raises `Forbidden`, `NotFound`."""
        principal.require(Permission.DOCUMENT_PUBLISH)
        async with self.database.transaction(principal) as tx:
            prospect = await prospects.of_withdrawing(tx, await get_edition(tx, edition_id))
        return Withdrawal(
            edition_id=edition_id,
            digest=prospect.digest,
            findings=findings(prospect.findings, self.days.today(principal.tenant)),
            calendar=[StretchView.of(stretch) for stretch in prospect.calendar],
        )

    async def citations(self, principal: Principal, edition_id: UUID) -> Citations:
        """Raises `Forbidden`, `NotFound`."""
        may_audit = principal.may(Permission.AUDIT_READ)
        if not may_audit:
            principal.require(Permission.DOCUMENT_PUBLISH)
        zone = self.days.zone_name(principal.tenant)
        async with self.database.transaction(principal) as tx:
            await get_edition(tx, edition_id)
            answers = await store.citations_in_all(tx, edition_id)
            by_day = await store.citations_by_day(tx, edition_id, zone, DAYS_OF_CITATIONS)
        return Citations(
            edition_id=edition_id,
            answers=answers,
            days=[CitedOn(day=row["day"], answers=row["answers"]) for row in by_day],
            runs=f"/audit/runs?document={edition_id}" if may_audit else None,
        )

    async def _compared(self, principal: Principal, base: Edition | None, edition: Edition, digest: str) -> Comparison:
        """What was worked out for one caller is shown to another only after both editions were opened for him too."""
        pair = (None if base is None else base.edition_id, edition.edition_id, digest)
        async with self._one:
            if pair not in self._kept:
                async with self.database.transaction(principal) as tx:
                    before = [] if base is None else (await edition_text(tx, base.edition_id))[1]
                    after = (await edition_text(tx, edition.edition_id))[1]
                self._kept[pair] = await asyncio.to_thread(compare, before, after)
                if len(self._kept) > COMPARISONS_KEPT:
                    self._kept.popitem(last=False)
            self._kept.move_to_end(pair)
            return self._kept[pair]

    def _publishing(self, principal: Principal, edition: Edition) -> Publishing:
        second_owner = edition.library in self.two_owner_libraries
        reason = None
        if edition.state is not EditionState.DRAFT:
            reason = f"The edition is {edition.state.value}; only a draft is published."
        elif not principal.may(Permission.DOCUMENT_PUBLISH):
            reason = "Only a policy owner publishes."
        elif second_owner and edition.uploaded_by == principal.person:
            reason = "You uploaded this edition. In this library another policy owner publishes it."
        return Publishing(allowed=reason is None, reason=reason, second_owner=second_owner)


async def _readable(tx: Transaction, edition_id: UUID) -> Edition | None:
    try:
        return await get_edition(tx, edition_id)
    except NotFound:
        return None
