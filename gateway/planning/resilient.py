"""Several planners as one: where one fails, the next plans."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from typing import Any

import structlog
from purgatory import AsyncCircuitBreakerFactory
from purgatory.domain.messages.events import ContextChanged
from purgatory.domain.model import OpenedState

from gateway.errors import ModelError, ModelNonsense, ModelRefused, ModelUnavailable
from gateway.limits import RESILIENCE, ResilienceLimits
from gateway.planning.ports import Plan, Planner, PlanningTask

_log = structlog.get_logger("gateway")

_NO_OUTAGE: list[Any] = [ModelNonsense, ModelRefused, asyncio.CancelledError]
"""These say nothing about a provider's health."""


class ResilientPlanner:
    """Asks its planners in order, each once and behind a breaker; any ModelError leads to the next.

    The last one's error reaches the caller, who has the built-in planner for that case.
    """

    def __init__(self, planners: Sequence[Planner], limits: ResilienceLimits = RESILIENCE) -> None:
        self._planners = tuple(planners)
        self._counts: Counter[tuple[str, str]] = Counter()
        self._states: dict[str, str] = {}
        self._breakers = AsyncCircuitBreakerFactory(
            default_threshold=limits.breaker_threshold, default_ttl=limits.breaker_open_s, exclude=_NO_OUTAGE
        )
        self._breakers.add_listener(self._on_breaker)
        self.name: str = self._planners[0].name if self._planners else "none"

    async def plan(self, task: PlanningTask) -> Plan:
        failed: ModelError | None = None
        for planner in self._planners:
            try:
                return await self._guarded(planner, task)
            except ModelError as error:
                failed = error
                _log.warning("planner_failed", planner=planner.name, cause=type(error).__name__, detail=str(error))
        raise failed or ModelUnavailable("there is no planner")

    async def aclose(self) -> None:
        for planner in self._planners:
            await planner.aclose()

    def describe(self) -> list[dict[str, str | int]]:
        """Of each planner in order: its name, its breaker's state, and counts since the start."""
        return [
            {
                "planner": planner.name,
                "breaker": self._states.get(planner.name, "closed"),
                **{counted: self._counts[planner.name, counted] for counted in ("calls", "plans", "failures")},
            }
            for planner in self._planners
        ]

    async def _guarded(self, planner: Planner, task: PlanningTask) -> Plan:
        try:
            async with await self._breakers.get_breaker(planner.name):
                return await self._ask(planner, task)
        except OpenedState:
            raise ModelUnavailable(f"{planner.name} has failed repeatedly") from None

    async def _ask(self, planner: Planner, task: PlanningTask) -> Plan:
        self._counts[planner.name, "calls"] += 1
        try:
            plan = await planner.plan(task)
        except ModelError:
            self._counts[planner.name, "failures"] += 1
            raise
        self._counts[planner.name, "plans"] += 1
        return plan

    def _on_breaker(self, name: str, _kind: str, event: object) -> None:
        if isinstance(event, ContextChanged):
            self._states[name] = event.state
            _log.warning("breaker_changed", planner=name, state=event.state)
