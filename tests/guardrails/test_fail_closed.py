"""A guard that raises, hangs or gives nonsense has not decided, and says which it was."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from pydantic import TypeAdapter

from core.errors import Unavailable
from guardrails import limits
from guardrails.fail_closed import (
    Fault,
    Guard,
    GuardUnavailable,
    Question,
    SoundDetector,
    find_in_thread,
    sound_vectors,
)
from guardrails.intent import Intent
from guardrails.limits import GUARD_LIMITS, GuardLimits
from guardrails.personal_data import PersonalDataKind, PersonalDatum
from guardrails.reasons import ReasonCode
from guardrails.scope import ScopeFinding
from guardrails.screening import Screening
from guardrails.verdict import Verdict, allow, refuse

NAN, INF = float("nan"), float("inf")
SCREENED = Screening(allow(0.1), "text", "text", (), False, 0.1, ())
JUDGED = ScopeFinding(allow(0.9), Intent.QUESTION, 0.9)


class Counts:
    """A watch that remembers."""

    def __init__(self) -> None:
        self.seen: list[tuple[Guard, str]] = []

    def judged(self, guard: Guard, code: str, seconds: float) -> None:
        assert seconds >= 0
        self.seen.append((guard, code))


def question(kind: Any, guard: Guard = Guard.CLAIM) -> Question[Any]:
    return Question(guard, TypeAdapter(kind), lambda answer: str(getattr(answer, "code", "allowed")))


async def gives(asked: Question[Any], answer: Any, watch: Counts | None = None) -> Any:
    async def work() -> Any:
        return answer

    return await asked.ask(work, watch or Counts())


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits ten seconds."""
    monkeypatch.setattr(limits, "GUARD_LIMITS", GuardLimits(0.05, 0.05, 0.05, 0.05, 0.05, 0.05, 0.05))


@pytest.mark.parametrize("answer", [allow(), allow(0.0), allow(1.0), refuse(ReasonCode.NOT_SUPPORTED, 0.25)])
async def test_a_sound_verdict_comes_through_and_is_counted(answer: Verdict) -> None:
    watch = Counts()
    assert await gives(question(Verdict), answer, watch) is answer
    assert watch.seen == [(Guard.CLAIM, answer.code.value)]


@pytest.mark.parametrize(
    "answer",
    [
        None,
        True,
        1,
        "allowed",
        {"allowed": True},
        allow(NAN),
        allow(INF),
        allow(-0.01),
        allow(1.01),
        replace(allow(), allowed=1),
        replace(allow(), allowed=None),
        replace(allow(), score="0.9"),
        replace(allow(), code="fine"),
        replace(refuse(ReasonCode.NOT_SUPPORTED), allowed=True),
        replace(allow(), allowed=False),
        allow,
    ],
)
async def test_what_is_no_verdict_is_none(answer: Any) -> None:
    watch = Counts()
    with pytest.raises(GuardUnavailable) as raised:
        await gives(question(Verdict), answer, watch)
    assert (raised.value.guard, raised.value.fault) == (Guard.CLAIM, Fault.NONSENSE)
    assert watch.seen == [(Guard.CLAIM, "nonsense")]


@pytest.mark.parametrize(
    ("kind", "answer"),
    [
        (Screening, replace(SCREENED, score=NAN)),
        (Screening, replace(SCREENED, verdict=None)),
        (Screening, replace(SCREENED, verdict=replace(allow(), score=7.0))),
        (Screening, replace(SCREENED, suspicious="no")),
        (Screening, replace(SCREENED, masked=None)),
        (Screening, JUDGED),
        (ScopeFinding, replace(JUDGED, in_scope=NAN)),
        (ScopeFinding, replace(JUDGED, in_scope=12.0)),
        (ScopeFinding, replace(JUDGED, intent="evil")),
        (ScopeFinding, SCREENED),
    ],
)
async def test_nonsense_deep_inside_is_seen(kind: Any, answer: Any) -> None:
    with pytest.raises(GuardUnavailable, match="nonsense"):
        await gives(question(kind), answer)


@pytest.mark.parametrize(("kind", "answer"), [(Screening, SCREENED), (ScopeFinding, JUDGED)])
async def test_what_is_sound_comes_through(kind: Any, answer: Any) -> None:
    assert await gives(question(kind), answer) is answer


@pytest.mark.parametrize("error", [RuntimeError("secret"), TimeoutError(), MemoryError(), KeyError("x")])
async def test_one_that_raises_has_not_decided(error: Exception) -> None:
    async def work() -> Verdict:
        raise error

    watch = Counts()
    with pytest.raises(GuardUnavailable, match=r"^scope raised$"):
        await question(Verdict, Guard.SCOPE).ask(work, watch)
    assert watch.seen == [(Guard.SCOPE, "raised")]


async def test_an_outage_of_the_database_is_the_queues_to_try_again() -> None:
    async def work() -> Verdict:
        raise Unavailable("The database can't be reached.")

    with pytest.raises(Unavailable):
        await question(Verdict).ask(work)


@pytest.mark.usefixtures("soon")
async def test_one_that_hangs_is_left_behind() -> None:
    watch, left = Counts(), asyncio.Event()

    async def work() -> Verdict:
        try:
            await asyncio.Event().wait()
        finally:
            left.set()
        return allow()

    with pytest.raises(GuardUnavailable, match=r"^injection slow$"):
        await question(Verdict, Guard.INJECTION).ask(work, watch)
    assert watch.seen == [(Guard.INJECTION, "slow")]
    assert left.is_set()


@pytest.mark.usefixtures("soon")
async def test_a_thread_that_hangs_is_left_behind() -> None:
    with pytest.raises(GuardUnavailable, match=r"^personal_data slow$"):
        await find_in_thread(lambda: time.sleep(0.2))


async def test_the_guard_that_failed_first_is_named() -> None:
    async def embed(texts: Sequence[str]) -> NDArray[np.float32]:
        raise RuntimeError("the model is gone")

    async def work() -> Verdict:
        await sound_vectors(embed)(["a"])
        return allow()

    with pytest.raises(GuardUnavailable, match=r"^embedder raised$"):
        await question(Verdict).ask(work)


@pytest.mark.parametrize(
    "vectors",
    [
        None,
        [[1.0, 0.0]],
        np.array([1.0, 0.0], dtype=np.float32),
        np.array([[1.0, 0.0]], dtype=np.float32),
        np.array([[1.0, 0.0]] * 3, dtype=np.float32),
        np.array([[1.0, 0.0], [NAN, 0.0]], dtype=np.float32),
        np.array([[1.0, 0.0], [INF, 0.0]], dtype=np.float32),
        np.array([[1.0, 0.0], [0.0, 0.0]], dtype=np.float32),
        np.array([[1.0, 0.0], [30.0, 40.0]], dtype=np.float32),
        np.array([[1, 0], [0, 1]]),
        np.array([["a", "b"], ["c", "d"]]),
    ],
)
async def test_vectors_that_are_none_are_no_score(vectors: Any) -> None:
    async def embed(texts: Sequence[str]) -> Any:
        return vectors

    with pytest.raises(GuardUnavailable, match=r"^embedder nonsense$"):
        await sound_vectors(embed)(["a", "b"])


async def test_vectors_come_through() -> None:
    made = np.array([[1.0, 0.0], [0.6, 0.8]], dtype=np.float32)

    async def embed(texts: Sequence[str]) -> NDArray[np.float32]:
        return made

    assert await sound_vectors(embed)(["a", "b"]) is made


class Finds:
    def __init__(self, found: Any) -> None:
        self.found = found

    def find(self, text: str) -> Any:
        if isinstance(self.found, Exception):
            raise self.found
        return self.found


CARD = PersonalDatum(0, 4, PersonalDataKind.CARD, 0.9)


@pytest.mark.parametrize(
    ("found", "fault"),
    [
        (RuntimeError("gone"), "raised"),
        (None, "nonsense"),
        ((CARD,), "nonsense"),
        ([None], "nonsense"),
        ([replace(CARD, end=99)], "nonsense"),
        ([replace(CARD, start=-1)], "nonsense"),
        ([replace(CARD, start=4)], "nonsense"),
        ([CARD, replace(CARD, start=2, end=6)], "nonsense"),
        ([replace(CARD, score=NAN)], "nonsense"),
        ([replace(CARD, kind="card")], "nonsense"),
    ],
)
def test_findings_that_are_none_are_not_an_absence_of_personal_data(found: Any, fault: str) -> None:
    with pytest.raises(GuardUnavailable, match=rf"^personal_data {fault}$"):
        SoundDetector(Finds(found)).find("4111 1111")


def test_findings_come_through() -> None:
    assert SoundDetector(Finds([CARD, replace(CARD, start=5, end=9)])).find("4111 1111")[1].start == 5


def test_every_guard_has_a_time_of_its_own_and_the_embedder_the_least_of_those_that_ask_it() -> None:
    seconds = {guard: GUARD_LIMITS.seconds(guard) for guard in Guard}
    askers = (Guard.SCREENING, Guard.INJECTION, Guard.SCOPE, Guard.CLAIM)
    assert all(seconds[Guard.EMBEDDER] < seconds[guard] for guard in askers)
    assert max(seconds[Guard.INJECTION], seconds[Guard.PERSONAL_DATA]) < seconds[Guard.SCREENING]


def test_how_it_is_kept_names_guard_and_fault() -> None:
    kept = GuardUnavailable.of(Guard.SUFFICIENCY, Fault.SLOW)
    again = GuardUnavailable(str(kept))
    assert (again.guard, again.fault) == (Guard.SUFFICIENCY, Fault.SLOW)
