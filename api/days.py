"""Which day it is for a tenant: the as-of day of whoever names none."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, tzinfo
from zoneinfo import ZoneInfo

from core.clock import Clock


class Days:
    """Today in each tenant's time zone, UTC where none is set. Raises `ZoneInfoNotFoundError` for a wrong name."""

    def __init__(self, clock: Clock, time_zones: Mapping[str, str]) -> None:
        self._clock = clock
        self._names = dict(time_zones)
        self._zones: dict[str, tzinfo] = {tenant: ZoneInfo(name) for tenant, name in time_zones.items()}

    def today(self, tenant: str) -> date:
        return self._clock.now().astimezone(self._zone(tenant)).date()

    def day(self, tenant: str, at: datetime) -> date:
        """The day of a moment there."""
        return at.astimezone(self._zone(tenant)).date()

    def begins(self, tenant: str, day: date) -> datetime:
        """The first moment of a day there. Raises `OverflowError` at the ends of the calendar."""
        return datetime.combine(day, time(), self._zone(tenant)).astimezone(UTC)

    def local(self, tenant: str, at: datetime) -> datetime:
        """A moment by the clocks there."""
        return at.astimezone(self._zone(tenant))

    def zone_name(self, tenant: str) -> str:
        """The time zone's name, as the database knows it too."""
        return self._names.get(tenant, "UTC")

    def _zone(self, tenant: str) -> tzinfo:
        return self._zones.get(tenant, UTC)
