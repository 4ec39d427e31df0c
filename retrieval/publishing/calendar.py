"""Which edition of a document counts on which day, as `retrieval.access.IN_FORCE` decides it for one day in SQL.

Days are half-open: an edition counts from its first day to the day before `effective_to`. Of the published editions
that have begun the latest counts, and when it ends, none does: a replaced edition stays replaced.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from itertools import zip_longest
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Term:
    """The days for which an edition is published; `until` is the first that it no longer claims, None for no end."""

    edition_id: UUID
    version: str
    first: date
    until: date | None
    published_at: datetime

    @property
    def rank(self) -> tuple[date, datetime, UUID]:
        """Of two editions that have begun the one of higher rank counts."""
        return self.first, self.published_at, self.edition_id


@dataclass(frozen=True, slots=True)
class Stretch:
    """Days one after another on which the same edition counts, or none (`edition_id` None)."""

    first: date
    until: date | None
    edition_id: UUID | None
    version: str | None


def calendar(terms: Iterable[Term]) -> tuple[Stretch, ...]:
    """The days from the document's first on, without a hole, in order; empty where nothing is published."""
    latest: dict[date, Term] = {}
    for term in sorted(terms, key=lambda term: term.rank):
        latest[term.first] = term
    counting = list(latest.values())
    stretches: list[Stretch] = []
    for term, follower in zip_longest(counting, counting[1:]):
        until = earlier(term.until, None if follower is None else follower.first)
        stretches.append(Stretch(term.first, until, term.edition_id, term.version))
        if until is not None and (follower is None or until < follower.first):
            stretches.append(Stretch(until, None if follower is None else follower.first, None, None))
    return tuple(stretches)


def counting_on(day: date, stretches: Iterable[Stretch]) -> Stretch | None:
    """The stretch that holds the day; None before the first."""
    return next((each for each in stretches if each.first <= day and (each.until is None or day < each.until)), None)


def earlier(one: date | None, other: date | None) -> date | None:
    """The earlier of two ends, where None is no end."""
    ends = [end for end in (one, other) if end is not None]
    return min(ends, default=None)
