"""What is looked for among the runs of a tenant."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

ACTED = "acted"
"""Stands beside the states of a run where an outcome is asked for: something was done in the bank's systems."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which runs; None: whatever it is. All that is given has to hold."""

    person: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    """The first moment that is too late."""
    outcomes: Sequence[str] | None = None
    """States of a run, and `ACTED`; any of them."""
    tool: str | None = None
    document: str | None = None
    """The key of a document, or the id of one of its editions: it was among the evidence."""
    subjects: Sequence[str] = ()
    """Blind digests of a case, a customer; each of them."""
    code: str | None = None

    def as_recorded(self) -> Mapping[str, Any]:
        """What the ledger keeps of a search: ids, keys, codes and digests, no text."""
        return {
            "user": self.person,
            "from": None if self.since is None else self.since.isoformat(),
            "until": None if self.until is None else self.until.isoformat(),
            "outcomes": None if self.outcomes is None else sorted(self.outcomes),
            "tool": self.tool,
            "document": self.document,
            "subjects": sorted(self.subjects),
            "code": self.code,
        }
