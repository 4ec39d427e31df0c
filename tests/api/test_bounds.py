"""Rate limits and cursors."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.cursors import Cursors
from api.limits import Rate
from api.rates import RateLimit
from core.crypto import Keyring
from core.errors import BadRequest, TooManyRequests
from core.principal import Principal

ANNA = Principal("harbour", "anna")
OMAR = Principal("harbour", "omar")
NAMESAKE = Principal("vale", "anna")


class Seconds:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_burst_then_a_steady_rate_for_each_person() -> None:
    clock = Seconds()
    limit = RateLimit(Rate(per_second=0.5, burst=3), clock)
    for _ in range(3):
        limit.take(ANNA)
    with pytest.raises(TooManyRequests) as caught:
        limit.take(ANNA)
    assert caught.value.headers == {"Retry-After": "2"}
    limit.take(OMAR)
    limit.take(NAMESAKE)
    clock.now = 2.0
    limit.take(ANNA)
    with pytest.raises(TooManyRequests):
        limit.take(ANNA)


@given(steps=st.lists(st.floats(min_value=0, max_value=5), min_size=1, max_size=60))
def test_never_more_than_burst_and_rate_allow(steps: list[float]) -> None:
    clock = Seconds()
    limit = RateLimit(Rate(per_second=2.0, burst=4), clock)
    let_in = 0
    for step in steps:
        clock.now += step
        try:
            limit.take(ANNA)
            let_in += 1
        except TooManyRequests:
            pass
    assert let_in <= 4 + 2.0 * clock.now + 1e-6


KEYRING = Keyring(b"k" * 32)
THREADS = Cursors(KEYRING, "threads")


def test_a_cursor_leads_back_to_its_place() -> None:
    place = ["2026-11-20T12:00:00+00:00", 7]
    assert THREADS.read(ANNA, THREADS.make(ANNA, place)) == place
    assert THREADS.read(ANNA, None) is None


def test_a_cursor_is_good_for_its_person_and_list_only() -> None:
    cursor = THREADS.make(ANNA, ["x"])
    for principal, cursors in [
        (OMAR, THREADS),
        (NAMESAKE, THREADS),
        (ANNA, Cursors(KEYRING, "documents")),
        (ANNA, Cursors(Keyring(b"j" * 32), "threads")),
    ]:
        with pytest.raises(BadRequest):
            cursors.read(principal, cursor)


@given(st.text(max_size=80))
def test_garbage_is_no_cursor(garbage: str) -> None:
    with pytest.raises(BadRequest):
        THREADS.read(ANNA, garbage)
