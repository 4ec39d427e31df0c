"""A connector without a network, over a bank in memory: for tests of what acts, and to be told how to fail."""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from core.canonical import digest
from core.clock import Clock, SystemClock
from tools.catalogue.models import Tool
from tools.connector.memory_bank import RULES, MemoryRecords, two_banks
from tools.connector.placing import checked_key, place
from tools.connector.ports import Acting, Outcome, ToolMisconfigured, ToolRefused, ToolUnavailable
from tools.models import Effect


class Mishap(StrEnum):
    """What is to go wrong with a call."""

    NONE = "none"
    BEFORE = "before"
    """No answer, and nothing was done."""
    AFTER = "after"
    """No answer, and it was done."""
    NOT_ACCEPTED = "not_accepted"
    """Our service token is not accepted."""


@dataclass(frozen=True, slots=True)
class MemoryEffect:
    """What was really done: one entry each time."""

    key: str
    tool: str
    args: Mapping[str, Any]
    acting: Acting


@dataclass(frozen=True, slots=True)
class _Finished:
    fingerprint: str
    outcome: Outcome


@dataclass(slots=True)
class MemoryConnector:
    """Implements `Connector`. `mishaps` happen to the next attempts, one each; `effects` stand as they were done."""

    clock: Clock = field(default_factory=SystemClock)
    banks: dict[str, MemoryRecords] = field(default_factory=two_banks)
    mishaps: deque[Mishap] = field(default_factory=deque[Mishap])
    effects: list[MemoryEffect] = field(default_factory=list[MemoryEffect])
    _finished: dict[tuple[str, str], _Finished] = field(default_factory=dict[tuple[str, str], _Finished])

    async def call(
        self, tool: Tool, args: Mapping[str, Any], acting: Acting, *, idempotency_key: str | None = None
    ) -> Any:
        """See `Connector.call`."""
        place(tool, args)
        if tool.effect is not Effect.WRITE:
            if self._reading_fails():
                raise ToolUnavailable("The bank's system can't be reached, or broke off.")
            return RULES[tool.operation.id](self._bank(acting), args, acting, self._now())
        key = checked_key(idempotency_key)
        mishap = self._mishap()
        if mishap is Mishap.BEFORE:
            raise ToolUnavailable("The bank's system can't be reached, or broke off.")
        outcome = self._write(tool, args, acting, key)
        if mishap is Mishap.AFTER:
            raise ToolUnavailable("The bank's system can't be reached, or broke off.")
        if not outcome.ok:
            raise ToolRefused(outcome.detail)
        return outcome.result

    async def outcome(self, idempotency_key: str, acting: Acting) -> Outcome | None:
        """See `Connector.outcome`."""
        key = checked_key(idempotency_key)
        if self._reading_fails():
            raise ToolUnavailable("The bank's system can't be reached, or broke off.")
        found = self._finished.get((acting.tenant, key))
        return None if found is None else found.outcome

    async def aclose(self) -> None:
        """See `Connector.aclose`."""

    def _write(self, tool: Tool, args: Mapping[str, Any], acting: Acting, key: str) -> Outcome:
        fingerprint = digest([tool.operation.id, acting.person, dict(args)])
        earlier = self._finished.get((acting.tenant, key))
        if earlier is not None:
            if earlier.fingerprint != fingerprint:
                raise ToolRefused("This Idempotency-Key was used for another request.")
            return earlier.outcome
        try:
            result = RULES[tool.operation.id](self._bank(acting), args, acting, self._now())
        except ToolRefused as refusal:
            outcome = Outcome(ok=False, result=None, detail=refusal.detail)
        else:
            outcome = Outcome(ok=True, result=result)
            self.effects.append(MemoryEffect(key, tool.name, dict(args), acting))
        self._finished[acting.tenant, key] = _Finished(fingerprint, outcome)
        return outcome

    def _bank(self, acting: Acting) -> MemoryRecords:
        if acting.tenant not in self.banks:
            raise ToolMisconfigured("The bank's system does not accept our sign-in. Tell whoever runs Countersign.")
        return self.banks[acting.tenant]

    def _reading_fails(self) -> bool:
        """A reading is tried twice."""
        return self._mishap() is not Mishap.NONE and self._mishap() is not Mishap.NONE

    def _mishap(self) -> Mishap:
        mishap = self.mishaps.popleft() if self.mishaps else Mishap.NONE
        if mishap is Mishap.NOT_ACCEPTED:
            raise ToolMisconfigured("The bank's system does not accept our sign-in. Tell whoever runs Countersign.")
        return mishap

    def _now(self) -> str:
        return self.clock.now().isoformat(timespec="milliseconds").replace("+00:00", "Z")
