"""What a call is about: the case, the customer or whatever else its identifiers name."""

from collections.abc import Mapping
from typing import Any

from tools.catalogue.models import Tool

_ID = "_id"


def subjects(tool: Tool, args: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Kind and value of each identifier among the arguments, and of each argument that steers the call:
    `("case", "C-1042")`."""
    named = [name for name in args if name.endswith(_ID) or name in tool.sensitive]
    return [(name.removesuffix(_ID), str(args[name])) for name in sorted(named)]
