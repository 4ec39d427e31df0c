"""The words that people read about a call: templates over its arguments and its result, and any value in words.

A template is data, never code: `{case_id}` is an argument, `{result.state}` a field of the result, `[0]` and `[-1]` an
item of a list. There are no format specifications, no attributes and no nesting, and what is filled in is never read
as a template again.
"""

import re
import unicodedata
from collections.abc import Mapping
from typing import Any, Final, cast

MISSING: Final = "–"
"""Stands where there is nothing to show."""

_PLACEHOLDER: Final = re.compile(r"\{([a-z_][a-z0-9_]*(?:\.[a-z_][a-z0-9_]*|\[-?[0-9]+\])*)\}", re.IGNORECASE)
_STEP: Final = re.compile(r"([a-z_][a-z0-9_]*)|\[(-?[0-9]+)\]", re.IGNORECASE)
_EMPTY: Final = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180d\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)
"""Letters and marks that show nothing by themselves, in which a whole text can be hidden."""
_CODE_WORD: Final = re.compile(r"[a-z]+(_[a-z]+)+")


def render(template: str, args: Mapping[str, Any], result: Any = None) -> str:
    """Fill the template. What is missing or empty shows as a dash; codes such as `suspected_fraud` as words."""
    return _PLACEHOLDER.sub(lambda found: _filled(found[1], args, result), template)


def placeholders(template: str) -> list[str]:
    """The paths that a template names, in their order: `case_id`, `result.state`."""
    return [found[1] for found in _PLACEHOLDER.finditer(template)]


def has_stray_braces(template: str) -> bool:
    """Whether braces stand in the template that are no placeholder: they would be shown as they are."""
    rest = _PLACEHOLDER.sub("", template)
    return "{" in rest or "}" in rest


def value_text(value: Any) -> str:
    """A JSON value in words, exactly: amounts with thousands separators, lists joined, nothing invisible.

    Characters that show nothing or turn the direction of writing are written as their code, so that what is shown is
    what is done.
    """
    if value is None or value in ("", [], {}):
        return MISSING
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, Mapping):
        fields = cast("Mapping[str, Any]", value)
        return ", ".join(f"{visible(key)}: {value_text(item)}" for key, item in fields.items())
    if isinstance(value, list | tuple):
        items = cast("list[Any]", value)
        joint = "; " if any(isinstance(item, Mapping) for item in items) else ", "
        return joint.join(value_text(item) for item in items)
    return visible(str(value))


def in_words(value: Any) -> str:
    """As `value_text`, with a code such as `suspected_fraud` as words."""
    text = value_text(value)
    return text.replace("_", " ") if isinstance(value, str) and _CODE_WORD.fullmatch(value) else text


def visible(text: str) -> str:
    """The text with every character that can't be seen, line breaks excepted, as its code."""
    return "".join(character if _is_seen(character) else f"\\u{ord(character):04x}" for character in text)


def _is_seen(character: str) -> bool:
    if character in "\n ":
        return True
    hidden = unicodedata.category(character) in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
    return not hidden and not _EMPTY.match(character)


def _filled(path: str, args: Mapping[str, Any], result: Any) -> str:
    steps = [name or int(index) for name, index in _STEP.findall(path)]
    value: Any = {"result": result} if steps[0] == "result" else args
    for step in steps:
        value = _step(value, step)
    return in_words(value)


def _step(value: Any, step: str | int) -> Any:
    if isinstance(step, str):
        return cast("Mapping[str, Any]", value).get(step) if isinstance(value, Mapping) else None
    if not isinstance(value, list | tuple):
        return None
    items = cast("list[Any]", value)
    return items[step] if -len(items) <= step < len(items) else None
