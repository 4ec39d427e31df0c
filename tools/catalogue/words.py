"""An argument as people read it."""

from typing import Any

from tools.catalogue.models import Tool
from tools.rendering import in_words, value_text


def argument_text(tool: Tool, name: str, value: Any) -> str:
    """The value exactly; one of a few codes that the schema lists (`daily_card`) as words."""
    is_code = "enum" in tool.schema.get("properties", {}).get(name, {})
    return in_words(value) if is_code else value_text(value)
