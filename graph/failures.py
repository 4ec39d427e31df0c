"""Failures as inputs: what failed is kept by name, and fails the same way when the run is replayed."""

from collections.abc import Mapping
from typing import Any, Final

from core.errors import ProblemError, Unavailable
from gateway.errors import ModelError, ModelMisconfigured, ModelNonsense, ModelRefused, ModelUnavailable
from guardrails.fail_closed import GuardUnavailable
from tools.connector.ports import ToolMisconfigured, ToolRefused, ToolUnavailable

_NAMED: Final[Mapping[str, type[Exception]]] = {
    kind.__name__: kind
    for kind in (
        ModelError,
        ModelUnavailable,
        ModelMisconfigured,
        ModelNonsense,
        ModelRefused,
        GuardUnavailable,
        ToolRefused,
        ToolUnavailable,
        ToolMisconfigured,
        Unavailable,
        TimeoutError,
    )
}


class Defect(Exception):
    """Something failed that the product has no name for; only that it did is kept."""


def written(error: Exception) -> dict[str, Any]:
    """The failure as it is kept. The words of one without a name may quote anything, so they are left out."""
    name = type(error).__name__
    if name not in _NAMED and isinstance(error, ProblemError):
        return {"type": name, "problem": error.as_problem()}
    if name not in _NAMED:
        return {"type": name}
    return {"type": name, "detail": error.detail if isinstance(error, ProblemError) else str(error)}


def raised(kept: Mapping[str, Any]) -> Exception:
    """The failure again."""
    if "problem" in kept:
        return _problem(kept["type"], kept["problem"])
    kind = _NAMED.get(kept["type"])
    return Defect(kept["type"]) if kind is None else kind(kept.get("detail", ""))


def _problem(name: str, kept: Mapping[str, Any]) -> ProblemError:
    """One that a run tells its person of, as it was told."""
    own = ("type", "title", "status", "detail", "code")
    kind = type(name, (ProblemError,), {part: kept[part] for part in ("title", "status", "code")})
    return kind(kept["detail"], **{part: value for part, value in kept.items() if part not in own})
