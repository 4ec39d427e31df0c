"""What goes wrong on purpose, for tests: each request draws its fault from seeded chances."""

import random
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field


class Fault(StrEnum):
    """Ways in which a request can go wrong. `_after`: what was asked has been done and committed by then."""

    NONE = "none"
    SLOW = "slow"  # waits, then does it, whether or not anybody still waits for the reply
    SLOW_AFTER = "slow_after"
    HTTP_500 = "http_500"
    HTTP_500_AFTER = "http_500_after"
    DROP = "drop"  # the connection breaks, nothing was done
    DROP_AFTER = "drop_after"
    IN_PROGRESS = "in_progress"  # 409: as if another request with this key were being worked on


class FaultRule(BaseModel):
    """One chance to go wrong. `count` is how often it may happen, null is until reset."""

    model_config = ConfigDict(extra="forbid")

    fault: Fault
    probability: Annotated[float, Field(ge=0, le=1)] = 1.0
    count: Annotated[int, Field(ge=1)] | None = None
    delay_ms: Annotated[float, Field(ge=0, le=600_000)] = 0
    operations: Annotated[frozenset[str], Field(max_length=20)] = frozenset()
    """Operation ids; empty is all."""


class FaultSettings(BaseModel):
    """What replaces the present rules. The first rule that is drawn is the one that happens."""

    model_config = ConfigDict(extra="forbid")

    rules: Annotated[list[FaultRule], Field(max_length=20)]
    seed: int = 0


@dataclass(slots=True)
class FaultSwitch:
    """The present rules, and how often each has happened. Used from one event loop only."""

    rules: list[FaultRule] = field(default_factory=list[FaultRule])
    hits: list[int] = field(default_factory=list[int])
    chance: random.Random = field(default_factory=random.Random)

    def change(self, settings: FaultSettings) -> None:
        self.rules, self.hits = settings.rules, [0] * len(settings.rules)
        self.chance = random.Random(settings.seed)  # noqa: S311 -- repeatable, not secret

    def draw(self, operation: str) -> tuple[Fault, float]:
        """The fault of this request and its delay in seconds."""
        for index, rule in enumerate(self.rules):
            if rule.operations and operation not in rule.operations:
                continue
            if rule.count is not None and self.hits[index] >= rule.count:
                continue
            if self.chance.random() < rule.probability:
                self.hits[index] += 1
                return rule.fault, rule.delay_ms / 1000
        return Fault.NONE, 0.0

    def describe(self) -> dict[str, object]:
        shown = zip(self.rules, self.hits, strict=True)
        return {"rules": [{**rule.model_dump(mode="json"), "hits": hits} for rule, hits in shown]}
