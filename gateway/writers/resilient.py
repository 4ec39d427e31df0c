"""Several writers as one that always answers: retry, breaker, failover, and quoting as the last resort."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing, suppress
from dataclasses import dataclass, replace
from typing import Any

import stamina
import structlog
from purgatory import AsyncCircuitBreakerFactory
from purgatory.domain.messages.events import ContextChanged
from purgatory.domain.model import OpenedState
from purgatory.service._async.circuitbreaker import AsyncCircuitBreaker

from gateway.errors import ModelError, ModelNonsense, ModelRefused, ModelUnavailable
from gateway.limits import RESILIENCE, ResilienceLimits
from gateway.writers.ports import ClaimDraft, Usage, Writer, WritingTask

_log = structlog.get_logger("gateway")

# These say nothing about the provider's health, nor does a caller who leaves.
_NO_OUTAGE: list[Any] = [ModelNonsense, ModelRefused, asyncio.CancelledError, GeneratorExit]


class BreakerOpen(ModelUnavailable):
    """Not called at all: it failed several times in a row a moment ago."""


@dataclass(slots=True)
class _Attempt:
    """What one `write` has done so far, over all writers."""

    task: WritingTask
    deadline: float
    """For the first item, in the event loop's time."""
    calls: int = 0


@dataclass(frozen=True, slots=True)
class _Started:
    """A writer's stream that has given its first item; None when it ended without any."""

    writer: Writer
    stream: AsyncGenerator[ClaimDraft | Usage]
    first: ClaimDraft | Usage | None


class ResilientWriter:
    """Asks its writers in order until one has given its first item; from then on that one alone counts.

    Before that, a ModelUnavailable is tried once more and any ModelError leads to the next writer, within
    `first_claim_s` for all together; then `last_resort`, which needs no network, writes. After the first claim
    an error reaches the caller, since two models' sentences must not mix in one answer. `Usage.model` says who
    wrote, `Usage.calls` counts all calls made on the way.
    """

    def __init__(self, writers: Sequence[Writer], last_resort: Writer, limits: ResilienceLimits = RESILIENCE) -> None:
        self._writers = tuple(writers)
        self._last_resort = last_resort
        self._limits = limits
        self._counts: Counter[tuple[str, str]] = Counter()
        self._states: dict[str, str] = {}
        self._breakers = AsyncCircuitBreakerFactory(
            default_threshold=limits.breaker_threshold, default_ttl=limits.breaker_open_s, exclude=_NO_OUTAGE
        )
        self._breakers.add_listener(self._on_breaker)
        self.name: str = self._writers[0].name if self._writers else last_resort.name

    async def write(self, task: WritingTask) -> AsyncGenerator[ClaimDraft | Usage]:
        attempt = _Attempt(task, asyncio.get_running_loop().time() + self._limits.first_claim_s)
        started = await self._start_any(attempt)
        async with aclosing(started.stream) as stream:
            item = started.first
            while item is not None:
                yield replace(item, calls=attempt.calls) if isinstance(item, Usage) else item
                item = await self._continue(started.writer, stream)
        self._counts[started.writer.name, "answers"] += 1

    async def aclose(self) -> None:
        for writer in (*self._writers, self._last_resort):
            await writer.aclose()

    def describe(self) -> list[dict[str, str | int]]:
        """Of each writer in order: its name, its breaker's state, and counts since the start."""
        return [
            {
                "writer": writer.name,
                "breaker": self._states.get(writer.name, "closed"),
                **{counted: self._counts[writer.name, counted] for counted in ("calls", "answers", "failures")},
            }
            for writer in (*self._writers, self._last_resort)
        ]

    async def _start_any(self, attempt: _Attempt) -> _Started:
        for writer in self._writers:
            try:
                return await self._start(writer, attempt)
            except ModelError as error:
                _log.warning("writer_failed", writer=writer.name, cause=type(error).__name__, detail=str(error))
            if _time_is_up(attempt):
                break
        return await self._open(self._last_resort, attempt)

    async def _start(self, writer: Writer, attempt: _Attempt) -> _Started:
        """Its first item, behind its breaker, tried again where that may help."""
        limits = self._limits
        async for trial in stamina.retry_context(
            on=lambda error: _may_help_again(error, attempt),
            attempts=limits.attempts,
            timeout=limits.first_claim_s,
            wait_initial=limits.wait_initial_s,
            wait_max=limits.wait_max_s,
            wait_jitter=limits.wait_jitter_s,
        ):
            with trial:
                try:
                    async with await self._breaker(writer):
                        return await self._open(writer, attempt)
                except OpenedState:
                    raise BreakerOpen(f"{writer.name} has failed repeatedly") from None
        raise AssertionError("stamina gives at least one attempt and raises the last one's error")

    async def _open(self, writer: Writer, attempt: _Attempt) -> _Started:
        attempt.calls += 1
        self._counts[writer.name, "calls"] += 1
        stream = writer.write(attempt.task)
        try:
            if writer is self._last_resort:  # local, and there is nobody after it: not bounded by the deadline
                return _Started(writer, stream, await anext(stream, None))
            async with asyncio.timeout_at(attempt.deadline):
                return _Started(writer, stream, await anext(stream, None))
        except TimeoutError as error:
            self._counts[writer.name, "failures"] += 1
            raise ModelUnavailable(f"{writer.name} gave no claim in time") from error
        except ModelError:
            self._counts[writer.name, "failures"] += 1
            raise

    async def _continue(self, writer: Writer, stream: AsyncGenerator[ClaimDraft | Usage]) -> ClaimDraft | Usage | None:
        try:
            return await anext(stream, None)
        except ModelError as error:
            self._counts[writer.name, "failures"] += 1
            with suppress(OpenedState, ModelError):
                async with await self._breaker(writer):  # so that it learns of this failure, too
                    raise error
            raise

    async def _breaker(self, writer: Writer) -> AsyncCircuitBreaker:
        return await self._breakers.get_breaker(writer.name)

    def _on_breaker(self, name: str, _kind: str, event: object) -> None:
        if isinstance(event, ContextChanged):
            self._states[name] = event.state
            _log.warning("breaker_changed", writer=name, state=event.state)


def _may_help_again(error: Exception, attempt: _Attempt) -> bool:
    passing = isinstance(error, ModelUnavailable) and not isinstance(error, BreakerOpen)
    return passing and not _time_is_up(attempt)


def _time_is_up(attempt: _Attempt) -> bool:
    return asyncio.get_running_loop().time() >= attempt.deadline
