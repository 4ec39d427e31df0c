"""The catalogue in memory: what each allow-listed tool is, who may ask for it, who must sign."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from core.principal import Permission
from tools.models import Effect, Signature


@dataclass(frozen=True, slots=True)
class Operation:
    """The HTTP operation behind a tool. Each argument goes to the place that the OpenAPI document gives it."""

    id: str
    method: str
    path: str
    """With `{name}` for path arguments."""
    in_path: frozenset[str]
    in_query: frozenset[str]
    in_body: frozenset[str]


@dataclass(frozen=True, slots=True)
class Limit:
    """An amount that an argument is measured against: what each role may sign, and above what two must."""

    argument: str
    by_role: Mapping[str, int]
    """A role that is not named here may sign nothing of this tool."""
    two_above: int | None = None


@dataclass(frozen=True, slots=True)
class Fact:
    """A line of what stands in the bank's system now; `after` (a template over the arguments) where it will change."""

    label: str
    now: str
    """Template over the result of the reading tool: `{state}, customer {customer_id}`."""
    after: str | None = None
    only: Mapping[str, str] = field(default_factory=dict[str, str])
    """The line is shown only where the proposal's arguments have these values."""


@dataclass(frozen=True, slots=True)
class Facts:
    """Which reading tool shows the present state beside a proposal, and with what arguments."""

    tool: str
    arguments: Mapping[str, str]
    """Argument of the reading tool -> argument of the proposal."""
    lines: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class Tool:
    """One allow-listed operation."""

    name: str
    title: str
    """What it does, in two or three words: `Add note to case`."""
    description: str
    """For planners: when this tool is the right one."""
    operation: Operation
    schema: Mapping[str, Any]
    """JSON Schema of the arguments: an object, `additionalProperties` false."""
    labels: Mapping[str, str]
    effect: Effect
    permission: Permission
    """What the maker needs, when asking and when it is executed."""
    signature: Signature | None
    """None for reads."""
    signers: frozenset[str]
    """Roles that may sign."""
    expires: timedelta
    timeout_s: float
    summary: str
    """Template over the arguments: `Add a note to case {case_id}`."""
    receipt: str
    """Template over arguments and result, what is said once it is done; for reads, what is answered."""
    sensitive: frozenset[str] = frozenset()
    """Arguments that steer what is affected; they must be the person's own words or trusted fields."""
    limit: Limit | None = None
    facts: Facts | None = None
    trusted: frozenset[str] = frozenset()
    """Fields of the result (dotted paths, `items[].id`) that may be trusted as the bank's own identifiers or figures;
    every other text in it is free text."""
    hints: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """For the built-in planner: words that ask for this tool, and how its free-text argument is found."""


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Every tool that may be used. `version` is a digest over the catalogue file and its OpenAPI document."""

    version: str
    system: str
    """What people call the bank's system: `Core Banking`."""
    tools: Mapping[str, Tool]

    def get(self, name: str) -> Tool | None:
        """The tool, or None for what is not allow-listed."""
        return self.tools.get(name)
