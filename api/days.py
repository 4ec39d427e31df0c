"""Which day it is for a tenant: the as-of day of whoever names none."""

from collections.abc import Mapping
from datetime import UTC, date, tzinfo
from zoneinfo import ZoneInfo

from core.clock import Clock


class Days:
    """Today in each tenant's time zone, UTC where none is set. Raises `ZoneInfoNotFoundError` for a wrong name."""

    def __init__(self, clock: Clock, time_zones: Mapping[str, str]) -> None:
        self._clock = clock
        self._zones: dict[str, tzinfo] = {tenant: ZoneInfo(name) for tenant, name in time_zones.items()}

    def today(self, tenant: str) -> date:
        return self._clock.now().astimezone(self._zones.get(tenant, UTC)).date()
