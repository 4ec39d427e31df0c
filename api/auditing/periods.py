"""The days that compliance looks at."""

from datetime import date, timedelta

from api.days import Days
from api.limits import AUDIT
from audit.overview.store import Period
from core.errors import Unprocessable


def period_of(days: Days, tenant: str, since: date | None, until: date | None) -> tuple[date, date, Period]:
    """First and last day, and the moments: the last thirty days where none is given. Raises `Unprocessable` for a
    period that ends before it begins, or is longer than a year."""
    last = until or max(days.today(tenant), since or date.min)
    first = since or last - timedelta(days=AUDIT.default_days - 1)
    if last < first:
        raise Unprocessable("The period ends before it begins. Exchange from and to.")
    if (last - first).days >= AUDIT.period_days:
        raise Unprocessable(f"The period is too long. Choose at most {AUDIT.period_days} days.")
    begins, ends = days.begins(tenant, first), days.begins(tenant, last + timedelta(days=1))
    return first, last, Period(begins, ends, days.zone_name(tenant))
