"""What a planner is given, what it proposes, and the port of those who plan."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from gateway.writers.ports import Usage


@dataclass(frozen=True, slots=True)
class ToolSpec:
    """A tool as a planner sees it."""

    name: str
    description: str
    parameters: Mapping[str, Any]
    """JSON Schema of the arguments: an object."""
    effect: str
    """`read` or `write`."""


@dataclass(frozen=True, slots=True)
class PlannedCall:
    """A call that a planner proposes, undecided: whoever takes it assumes that an attacker wrote it."""

    tool: str
    args: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class PastStep:
    """A call of this run that was carried out, and its result (JSON)."""

    tool: str
    args: Mapping[str, Any]
    result: Any


@dataclass(frozen=True, slots=True)
class PlanningTask:
    """One request and what has been done for it so far. Placeholders such as `[card number 1]` stand for what
    a model must not see; they come back in the arguments as they are and the caller restores them."""

    request: str
    """The person's words. Where a message completes an earlier one, both, a line each."""
    tools: tuple[ToolSpec, ...]
    past: tuple[PastStep, ...]
    instructions: str
    """The system prompt of a model."""


@dataclass(frozen=True, slots=True)
class Plan:
    """The next calls, in order. Neither a call nor anything missing: all is done, or no tool fits."""

    calls: tuple[PlannedCall, ...] = ()
    missing: str | None = None
    """What the person has to add, a fixed sentence of the product: `Say which case: its number looks like C-1042.`"""
    usage: Usage | None = None
    planner: str = ""
    """The name of the planner whose plan it is."""


class Planner(Protocol):
    """Chooses the next calls for a request."""

    @property
    def name(self) -> str:
        """`built-in-1`, `openai:MODEL`, `bedrock:MODEL`."""
        ...

    async def plan(self, task: PlanningTask) -> Plan:
        """One step. Raises ModelUnavailable, ModelMisconfigured, ModelNonsense or ModelRefused."""
        ...

    async def aclose(self) -> None:
        """Release connections and threads."""
        ...
