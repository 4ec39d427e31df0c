"""Failures as inputs: what failed is kept by name, and fails the same way when the run is replayed."""

from collections.abc import Mapping
from typing import Any, Final

from core.errors import ProblemError, Unavailable
from gateway.errors import ModelError, ModelMisconfigured, ModelNonsense, ModelRefused, ModelUnavailable
from tools.connector.ports import ToolMisconfigured, ToolRefused, ToolUnavailable

_NAMED: Final[Mapping[str, type[Exception]]] = {
    kind.__name__: kind
    for kind in (
        ModelError,
        ModelUnavailable,
        ModelMisconfigured,
        ModelNonsense,
        ModelRefused,
        ToolRefused,
        ToolUnavailable,
        ToolMisconfigured,
        Unavailable,
    )
}


class Defect(Exception):
    """Something failed that the product has no name for; only that it did is kept."""


def written(error: Exception) -> dict[str, str]:
    """The failure as it is kept. The words of one without a name may quote anything, so they are left out."""
    name = type(error).__name__
    if name not in _NAMED:
        return {"type": name}
    return {"type": name, "detail": error.detail if isinstance(error, ProblemError) else str(error)}


def raised(kept: Mapping[str, Any]) -> Exception:
    """The failure again."""
    kind = _NAMED.get(kept["type"])
    return Defect(kept["type"]) if kind is None else kind(kept.get("detail", ""))
