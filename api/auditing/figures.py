"""Figures of a period: how much was asked, what became of it, how requests were decided, what was used."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from api.audit_views.questions import why
from api.auditing.periods import period_of
from api.auditing.reads import Reads
from api.days import Days
from api.schemas.approvals import PersonView
from api.schemas.audit_figures import AgeCount, DayDecisions, DayVolume, Overview, ReasonCount, TopicCount
from api.schemas.usage import UsageLine, UsageTotal, UsageView
from audit.overview import store
from audit.search.limits import SEARCH_LIMITS
from audit.search.store import names
from core.principal import Permission, Principal
from runs.models import RunStatus

DECISIONS = ("approved", "rejected", "edited", "expired", "withdrawn", "voided")

AGES_S = (10, 30, 60, 120, 300, 600, 1_200, 1_800, 3_600)
"""Bounds of the histogram: a signature expires within the hour."""


Row = dict[str, Any]
_NO_RUNS: Row = {"answered": 0, "abstained": 0, "refused": 0, "acted": 0, "other": 0}


@dataclass(frozen=True, slots=True)
class Figures:
    """Counts over the tenant's runs."""

    reads: Reads
    days: Days

    async def overview(self, principal: Principal, since: date | None, until: date | None) -> Overview:
        """Both days included; the last thirty where none is given. Raises `Unprocessable` for a period that ends
        before it begins, or is longer than a year."""
        first, last, period = period_of(self.days, principal.tenant, since, until)
        async with self.reads.look(principal) as look:
            tx = look.tx
            volume, reasons = await store.volume(tx, period), await store.reasons(tx, period)
            topics, decided = await store.topics(tx, period), await store.decisions(tx, period)
            ages = await store.ages(tx, period)
            await look.note("overview", **{"from": first.isoformat(), "to": last.isoformat()})
        return Overview(
            since=first,
            until=last,
            volume=_every_day(first, last, volume),
            reasons=[_reason(row) for row in reasons],
            topics=[TopicCount(**row) for row in topics],
            approvals=_decisions_by_day(first, last, decided),
            ages_s=_histogram(ages),
            decisions={name: sum(row["count"] for row in decided if row["decision"] == name) for name in DECISIONS},
        )

    async def usage(self, principal: Principal, since: date | None, until: date | None) -> UsageView:
        """Both days included; the last thirty where none is given. Raises `Unprocessable` as `overview`."""
        first, last, period = period_of(self.days, principal.tenant, since, until)
        async with self.reads.look(principal, Permission.USAGE_READ) as look:
            found, total = await store.usage(look.tx, period), await store.usage_in_all(look.tx, period)
            rows = found[: SEARCH_LIMITS.usage_lines]
            known = await names(look.tx, sorted({row["person_id"] for row in rows}))
            await look.note("usage", **{"from": first.isoformat(), "to": last.isoformat()})
        return UsageView(
            since=first,
            until=last,
            total=UsageTotal(**total),
            items=[_usage_line(row, known) for row in rows],
            cut=len(found) > len(rows),
        )


def _reason(row: Row) -> ReasonCount:
    code = row["code"]
    return ReasonCount(code=code, reason=why(code), status=RunStatus(row["status"]), count=row["count"])


def _usage_line(row: Row, known: Mapping[str, str]) -> UsageLine:
    person: str = row["person_id"]
    fields = {key: row[key] for key in ("day", "model", "runs", "calls", "input_tokens", "output_tokens")}
    return UsageLine(person=PersonView(person=person, name=known.get(person, person)), **fields)


def _days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def _every_day(first: date, last: date, rows: Sequence[Row]) -> list[DayVolume]:
    """Days without a run too, so that a plot has no gaps."""
    by_day: dict[date, Row] = {row["day"]: row for row in rows}
    return [
        DayVolume(day=day, **{name: by_day.get(day, _NO_RUNS)[name] for name in _NO_RUNS}) for day in _days(first, last)
    ]


def _decisions_by_day(first: date, last: date, rows: Sequence[Row]) -> list[DayDecisions]:
    by_day: dict[date, dict[str, int]] = defaultdict(dict[str, int])
    for row in rows:
        by_day[row["day"]][row["decision"]] = row["count"]
    return [
        DayDecisions(day=day, **{name: by_day[day].get(name, 0) for name in DECISIONS}) for day in _days(first, last)
    ]


def _histogram(ages: Sequence[float]) -> list[AgeCount]:
    counts = [AgeCount(up_to_s=bound, count=0) for bound in (*AGES_S, None)]
    for age in ages:
        place = next((n for n, bound in enumerate(AGES_S) if age <= bound), len(AGES_S))
        counts[place].count += 1
    return counts
