"""The tools of a catalogue as planners see them."""

from collections.abc import Iterable

from gateway.planning.ports import ToolSpec
from tools.catalogue.models import Tool


def specs(tools: Iterable[Tool]) -> tuple[ToolSpec, ...]:
    """One for each tool: what a model is told of it. Nothing of who signs, which is no planner's business."""
    return tuple(ToolSpec(tool.name, tool.description, tool.schema, tool.effect.value) for tool in tools)
