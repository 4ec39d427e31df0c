"""A stop: what may not be done at present, who stopped it, who wants it to go on."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from tools.catalogue.models import Tool
from tools.models import Effect

ALL = "all"
"""Nothing is read from the bank's systems nor changed there."""
WRITES = "writes"
"""Nothing is changed there."""
TOOL = "tool:"
"""Before the name of a tool: that one is not used."""


class StopState(StrEnum):
    ACTIVE = "active"
    LIFTED = "lifted"


@dataclass(frozen=True, slots=True)
class StopPerson:
    """Somebody who stopped, by the name that the directory knows."""

    person: str
    name: str


@dataclass(frozen=True, slots=True)
class RestartMark:
    """One person's signature under the restart."""

    person: str
    name: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Stop:
    """A stop of one scope: `all`, `writes`, or `tool:NAME`. Two persons lift it."""

    id: UUID
    scope: str
    state: StopState
    stopped_by: StopPerson
    stopped_at: datetime
    lifted_at: datetime | None
    restarts: tuple[RestartMark, ...]
    """The first first."""
    reason: str | None
    """None where it was read without the key that opens it."""

    @property
    def notice(self) -> str:
        """What people are told whose work it holds up: fixed text, without the reason."""
        if self.scope == ALL:
            return "Work with the bank's systems is stopped at present."
        if self.scope == WRITES:
            return "Changes in the bank's systems are stopped at present."
        return "This kind of request is stopped at present."


def scopes_over(tool: Tool) -> list[str]:
    """The scopes whose stop holds up this tool, the widest first."""
    writes = [WRITES] if tool.effect is Effect.WRITE else []
    return [ALL, *writes, f"{TOOL}{tool.name}"]
