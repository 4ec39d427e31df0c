"""A walk over leaves: positions without gaps, the subtrees that each completes, and the roots that were signed."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from audit.chain import Fault
from audit.merkle import Frontier


@dataclass(slots=True)
class LeafWalk:
    """Takes a tenant's leaves in the order of their positions, batch by batch.

    `wanted`: at which sizes the root is asked for. `faults` name the record of the first leaf that is wrong.
    """

    tenant: str
    wanted: frozenset[int]
    roots: dict[int, bytes] = field(default_factory=dict[int, bytes])
    faults: list[Fault] = field(default_factory=list[Fault])
    _frontier: Frontier = field(default_factory=Frontier)

    @property
    def size(self) -> int:
        """How many leaves were taken."""
        return self._frontier.size

    def take(self, rows: Iterable[Any]) -> None:
        """The next `LeafRow`s, as plain tuples."""
        frontier, wanted = self._frontier, self.wanted
        for position, stream, seq, leaf, completes in rows:
            if position != frontier.size:
                if not self.faults:
                    reason = f"position {frontier.size} of the log is missing before it"
                    self.faults.append(Fault(self.tenant, stream, seq, reason))
                return
            if frontier.append(leaf) != completes and not self.faults:
                reason = f"the log does not add up at its position {position}"
                self.faults.append(Fault(self.tenant, stream, seq, reason))
            if frontier.size in wanted:
                self.roots[frontier.size] = frontier.root()
