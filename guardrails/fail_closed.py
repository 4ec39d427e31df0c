"""A guard that can't decide stops the turn: one door through which every guard is asked.

It raised, took longer than its limit, or gave what is no verdict (a score that is no probability, another shape,
nothing at all): each is `GuardUnavailable`, which names the guard and how it failed, and nothing else of it
(invariant 12).
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Generic, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter

from core.errors import Unavailable
from core.telemetry import logger
from guardrails import limits
from guardrails.personal_data import PersonalDataDetector, PersonalDatum
from guardrails.soundness import are_spans, are_vectors, is_sound

T = TypeVar("T")
Embed = Callable[[Sequence[str]], Awaitable[NDArray[np.float32]]]

_log = logger(__name__)


class Guard(StrEnum):
    """Everything that is asked whether a turn may go on, or whether a sentence may be shown."""

    SCREENING = "screening"
    INJECTION = "injection"
    PERSONAL_DATA = "personal_data"
    SCOPE = "scope"
    SUFFICIENCY = "sufficiency"
    CLAIM = "claim"
    EMBEDDER = "embedder"
    """No guard itself, but most of them decide by its vectors."""


class Fault(StrEnum):
    """How a guard failed to decide."""

    RAISED = "raised"
    SLOW = "slow"
    NONSENSE = "nonsense"


class GuardUnavailable(Exception):
    """A guard has not decided. Its text is the guard and the fault in two words, which is how it is kept."""

    def __init__(self, said: str) -> None:
        super().__init__(said)
        guard, _, fault = said.partition(" ")
        self.guard, self.fault = Guard(guard), Fault(fault)

    @classmethod
    def of(cls, guard: Guard, fault: Fault) -> "GuardUnavailable":
        return cls(f"{guard.value} {fault.value}")


class Watch(Protocol):
    """Who is told what a guard came to and how long it took. Codes are of closed sets; no text is told."""

    def judged(self, guard: Guard, code: str, seconds: float) -> None: ...


class Nobody:
    """A watch that looks away."""

    def judged(self, guard: Guard, code: str, seconds: float) -> None:
        """Nothing is counted."""


NOBODY: Final = Nobody()


@dataclass(frozen=True, slots=True)
class Question(Generic[T]):
    """What is asked of one guard: the form of a sound answer, and the code that is counted for it."""

    guard: Guard
    form: TypeAdapter[T]
    code: Callable[[T], str]

    async def ask(self, work: Callable[[], Awaitable[T]], watch: Watch = NOBODY) -> T:
        """The guard's answer. Raises `GuardUnavailable` where there is none."""
        begun = time.perf_counter()
        code = "cancelled"
        try:
            answer = await within(self.guard, work)
            if not is_sound(self.form, answer):
                raise _failed(self.guard, Fault.NONSENSE)
            code = self.code(answer)
            return answer
        except GuardUnavailable as error:
            code = error.fault.value
            raise
        finally:
            watch.judged(self.guard, code, time.perf_counter() - begun)


async def within(guard: Guard, work: Callable[[], Awaitable[T]]) -> T:
    """The work within the guard's time. Raises `GuardUnavailable` when it takes longer or fails; an outage of the
    database passes through, since the queue tries that again. A thread that hangs goes on by itself."""
    limit = asyncio.timeout(limits.GUARD_LIMITS.seconds(guard))
    try:
        async with limit:
            return await work()
    except (GuardUnavailable, Unavailable):
        raise
    except Exception as error:
        slow = isinstance(error, TimeoutError) and limit.expired()
        raise _failed(guard, Fault.SLOW if slow else Fault.RAISED) from error


def sound_vectors(embed: Embed) -> Embed:
    """The embedder as guards use it: a model that is gone or hangs, or vectors that are none, is no score of 0."""

    async def checked(texts: Sequence[str]) -> NDArray[np.float32]:
        vectors = await within(Guard.EMBEDDER, lambda: embed(texts))
        if not are_vectors(vectors, len(texts)):
            raise _failed(Guard.EMBEDDER, Fault.NONSENSE)
        return vectors

    return checked


class SoundDetector:
    """A detector of personal data whose findings are spans of the text, or there are none and the guard has failed."""

    def __init__(self, inner: PersonalDataDetector) -> None:
        self._inner = inner

    def find(self, text: str) -> list[PersonalDatum]:
        """As the port says. Raises `GuardUnavailable`."""
        try:
            found = self._inner.find(text)
        except GuardUnavailable:
            raise
        except Exception as error:
            raise _failed(Guard.PERSONAL_DATA, Fault.RAISED) from error
        if not are_spans(found, len(text)):
            raise _failed(Guard.PERSONAL_DATA, Fault.NONSENSE)
        return found


async def find_in_thread(work: Callable[[], T]) -> T:
    """Work with a detector of personal data, which blocks. Raises `GuardUnavailable`."""
    return await within(Guard.PERSONAL_DATA, lambda: asyncio.to_thread(work))


def _failed(guard: Guard, fault: Fault) -> GuardUnavailable:
    _log.warning("guard.unavailable", guard=guard.value, fault=fault.value, exc_info=fault is not Fault.NONSENSE)
    return GuardUnavailable.of(guard, fault)
