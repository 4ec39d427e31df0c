"""Token buckets per person: a burst, then a steady rate."""

import math
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from api.limits import BUCKETS, Rate
from core.errors import TooManyRequests
from core.principal import Principal


@dataclass(slots=True)
class _Bucket:
    tokens: float
    at: float


class RateLimit:
    """One limit, counted per person in this process.

    `refused` is called for each request over the limit; `clock` gives seconds and only moves forward.
    """

    def __init__(
        self, rate: Rate, clock: Callable[[], float] = time.monotonic, *, refused: Callable[[], object] = lambda: None
    ) -> None:
        self._rate = rate
        self._refused = refused
        self._clock = clock
        self._buckets: OrderedDict[tuple[str, str], _Bucket] = OrderedDict()

    def take(self, principal: Principal) -> None:
        """Count one request; raises `TooManyRequests`, which says when to try again."""
        who, now = (principal.tenant, principal.person), self._clock()
        bucket = self._buckets.setdefault(who, _Bucket(self._rate.burst, now))
        self._buckets.move_to_end(who)
        if len(self._buckets) > BUCKETS:
            self._buckets.popitem(last=False)
        elapsed = now - bucket.at
        bucket.tokens = min(self._rate.burst, bucket.tokens + elapsed * self._rate.per_second)
        bucket.at = now
        if bucket.tokens < 1:
            self._refused()
            wait_s = math.ceil((1 - bucket.tokens) / self._rate.per_second)
            raise TooManyRequests(
                f"You sent many requests in a short time. Try again in {wait_s} s.", retry_after_s=wait_s
            )
        bucket.tokens -= 1
