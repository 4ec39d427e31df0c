"""The port to the bank's systems: what may be called, for whom, and what can come of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from core.errors import ProblemError, Unavailable
from tools.catalogue.models import Tool


@dataclass(frozen=True, slots=True)
class Acting:
    """In whose name a call is made: the maker of the request, and who signed it (nobody, for a reading)."""

    tenant: str
    person: str
    approved_by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the bank's system finished under a key: carried out with a result (JSON), or refused with its sentence."""

    ok: bool
    result: Any
    detail: str = ""


class ToolRefused(ProblemError):
    """Definite: the bank's system said no, and nothing was done. `detail` is a sentence for people."""

    status = 409
    code = "tool_refused"
    title = "The bank's system refused this"


class ToolUnavailable(Unavailable):
    """No usable reply. Of a write it is not known whether it was done: ask `outcome` with its key."""

    code = "tool_unavailable"
    title = "The bank's system gave no answer"


class ToolMisconfigured(ToolUnavailable):
    """The bank's system does not accept our service token: nothing was done, and trying again won't help by itself."""

    code = "tool_misconfigured"
    title = "The bank's system does not accept our sign-in"


class Connector(Protocol):
    """A way to the bank's systems. Safe to use from many tasks of one event loop."""

    async def call(
        self, tool: Tool, args: Mapping[str, Any], acting: Acting, *, idempotency_key: str | None = None
    ) -> Any:
        """The result (JSON) of one call, within `tool.timeout_s` seconds in all.

        A write needs a key and is sent once; a reading is tried a second time where the first failed early. `args` are
        checked against the tool's schema by the caller; what would not go where the operation wants it is refused.
        Raises `ToolRefused`, `ToolUnavailable` (`ToolMisconfigured` among them), and `ValueError` for a write without
        a key.
        """
        ...

    async def outcome(self, idempotency_key: str, acting: Acting) -> Outcome | None:
        """What was finished under a key; None: nothing so far.

        A write that was sent may still be under way: None is final once `SETTLED_AFTER_S` (limits.py) have passed
        since the last `call` with this key began. Raises `ToolUnavailable`.
        """
        ...

    async def aclose(self) -> None:
        """Close connections. Nothing may be called afterwards."""
        ...
