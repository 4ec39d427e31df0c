"""Whether the schema that a catalogue gives an argument allows nothing that the operation does not take."""

from collections.abc import Mapping
from typing import Any, Final, cast

_AT_LEAST: Final = frozenset({"minimum", "minLength", "minItems", "exclusiveMinimum"})
_AT_MOST: Final = frozenset({"maximum", "maxLength", "maxItems", "exclusiveMaximum"})
_SAME: Final = frozenset({"type", "pattern", "format", "items", "multipleOf"})
NARROWING: Final = _AT_LEAST | _AT_MOST | _SAME | {"enum"}
WORDS: Final = frozenset({"description", "title"})


def widening(given: Mapping[str, Any], own: Mapping[str, Any]) -> str | None:
    """What in `given` (the catalogue's) is wider than in `own` (the operation's), as a phrase; None when nothing is."""
    for key, value in given.items():
        if key in WORDS:
            continue
        if key not in NARROWING:
            return f"'{key}' can't be checked; use {', '.join(sorted(NARROWING))}"
        problem = _wider(key, value, own)
        if problem is not None:
            return problem
    return None


def _wider(key: str, value: Any, own: Mapping[str, Any]) -> str | None:
    if key == "enum":
        return _wider_choice(value, own)
    if key in _SAME:
        return None if key not in own or own[key] == value else f"'{key}' must stay {own[key]!r}"
    if not isinstance(value, int | float) or isinstance(value, bool):
        return f"'{key}' must be a number"
    if key not in own:
        return None
    if key in _AT_LEAST and value < own[key]:
        return f"'{key}' {value} is less than the operation's {own[key]}"
    if key in _AT_MOST and value > own[key]:
        return f"'{key}' {value} is more than the operation's {own[key]}"
    return None


def _wider_choice(value: Any, own: Mapping[str, Any]) -> str | None:
    if not isinstance(value, list) or not value:
        return "'enum' must be a list of values"
    if "enum" not in own:
        return None
    extra = [choice for choice in cast("list[Any]", value) if choice not in own["enum"]]
    return f"the operation does not take {', '.join(map(repr, extra))}" if extra else None
