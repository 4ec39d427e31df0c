"""Puts each argument where its operation wants it. A value can't lead anywhere else than its own place."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from tools.catalogue.models import Tool
from tools.connector.limits import LIMITS
from tools.connector.ports import ToolRefused

_KEY = re.compile(r"[A-Za-z0-9._:-]{8,128}")
_PLACE = re.compile(r"\{([a-z0-9_]+)\}")
_LEADS_ELSEWHERE = re.compile(r"[/\\?#%;\x00-\x20\x7f]")
"""Servers and proxies decode `%2F` before they route, so writing it so is no protection: such a value is refused."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A request without its address: method, target (path and query, encoded) and the fields of the body."""

    method: str
    target: str
    body: Mapping[str, Any] | None


def place(tool: Tool, args: Mapping[str, Any]) -> Placed:
    """The request of a call. Raises `ToolRefused` for an argument that is missing, has no place, or doesn't fit it."""
    operation = tool.operation
    homeless = sorted(set(args) - operation.in_path - operation.in_query - operation.in_body)
    if homeless:
        raise ToolRefused(f"“{homeless[0][:40]}” is not an argument of {tool.name}. Nothing was done.")

    def segment(match: re.Match[str]) -> str:
        name = match[1]
        if name not in args:
            raise ToolRefused(f"The argument {name} is missing. Nothing was done.")
        return path_segment(name, args[name])

    target = _PLACE.sub(segment, operation.path)
    query = {name: args[name] for name in sorted(operation.in_query) if name in args}
    if query:
        target += "?" + urlencode({name: _text(name, value) for name, value in query.items()}, quote_via=quote)
    body = {name: args[name] for name in sorted(operation.in_body) if name in args}
    return Placed(operation.method, target, body if operation.in_body else None)


def checked_key(key: str | None) -> str:
    """The key as it is. Raises `ValueError` for none, and for one that would not be taken."""
    if key is None or not _KEY.fullmatch(key):
        raise ValueError("A write needs an idempotency key of 8 to 128 letters, digits, or . _ : - characters.")
    return key


def path_segment(name: str, value: Any) -> str:
    """One segment of a path, encoded. Raises `ToolRefused` for what is none."""
    text = _text(name, value)
    if not text.strip(".") or len(text) > LIMITS.path_chars or _LEADS_ELSEWHERE.search(text):
        raise ToolRefused(f"The argument {name} can't be part of an address. Nothing was done.")
    return quote(text, safe="")


def _text(name: str, value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise ToolRefused(f"The argument {name} must be a text or a whole number. Nothing was done.")
    try:
        str(value).encode()
    except UnicodeEncodeError as error:
        raise ToolRefused(f"The argument {name} is not valid text. Nothing was done.") from error
    return str(value)
