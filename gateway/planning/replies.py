"""What a model answered, as a plan: every bound and every form is checked here, for both providers.

Arguments are read strictly, so that what is decided, signed and sent is one and the same: one JSON object, no key
twice, whole numbers only, no character that a store or another parser would read differently.
"""

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn, cast

from gateway.errors import ModelNonsense
from gateway.limits import PLANNING
from gateway.planning.ports import Plan, PlannedCall, PlanningTask, ToolSpec
from gateway.writers.ports import Usage

_SAFE_INTEGER = 2**53 - 1
"""Larger ones differ between parsers (RFC 8259, section 6)."""


def plan_of(task: PlanningTask, calls: Sequence[tuple[str, object]], usage: Usage) -> Plan:
    """The plan of (name, arguments as JSON text or already read). Raises ModelNonsense.

    Text beside or instead of calls is never looked at. A model that has seen a result ends with it; one that has
    seen none and calls nothing has not done what it was asked, and the next planner tries.
    """
    if not calls and not task.past:
        raise ModelNonsense("the model called no tool")
    if len(calls) > PLANNING.calls:
        raise ModelNonsense(f"the model made {len(calls)} calls at once")
    tools = {tool.name: tool for tool in task.tools}
    planned = tuple(_planned(tools, name, arguments) for name, arguments in calls)
    return Plan(calls=planned, usage=usage, planner=usage.model)


def _planned(tools: Mapping[str, ToolSpec], name: str, arguments: object) -> PlannedCall:
    tool = tools.get(name)
    if tool is None:
        raise ModelNonsense("the model called a tool that it was not given")
    args = read_arguments(arguments) if isinstance(arguments, str) else _as_if_read(arguments)
    properties = cast("Mapping[str, Any]", tool.parameters.get("properties", {}))
    required = cast("Sequence[str]", tool.parameters.get("required", ()))
    if not args.keys() <= properties.keys() or not args.keys() >= set(required):
        raise ModelNonsense("the model's arguments are not those of the tool")
    return PlannedCall(name, args)


def read_arguments(text: str) -> dict[str, Any]:
    """The arguments in this JSON text; raises ModelNonsense for anything but one small, plain object."""
    if len(text) > PLANNING.arguments_characters:
        raise ModelNonsense("the model's arguments are too long")
    try:
        value = json.loads(text, object_pairs_hook=_without_duplicates, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:  # also a number with thousands of digits
        raise ModelNonsense("the model's arguments are no JSON object") from error
    if not isinstance(value, dict):
        raise ModelNonsense("the model's arguments are no JSON object")
    _check(cast("object", value), 1)
    return cast("dict[str, Any]", value)


def _as_if_read(arguments: object) -> dict[str, Any]:
    """Arguments that the provider's client has read already; what it made of duplicates is gone."""
    try:
        return read_arguments(json.dumps(arguments))
    except (TypeError, ValueError, RecursionError) as error:
        raise ModelNonsense("the model's arguments are no JSON object") from error


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    keys = {key for key, _ in pairs}
    if len(keys) != len(pairs):
        raise ModelNonsense("the model's arguments have a key twice")
    return dict(pairs)


def _no_number(name: str) -> NoReturn:
    raise ModelNonsense(f"the model's arguments have {name} in them")


def _check(value: object, depth: int) -> None:
    if depth > PLANNING.arguments_depth:
        raise ModelNonsense("the model's arguments are nested too deeply")
    if isinstance(value, str):
        _check_text(value)
    elif isinstance(value, dict):
        for key, item in cast("dict[str, object]", value).items():
            _check_text(key)
            _check(item, depth + 1)
    elif isinstance(value, list):
        for item in cast("list[object]", value):
            _check(item, depth + 1)
    elif isinstance(value, float) or (isinstance(value, int) and abs(value) > _SAFE_INTEGER):
        raise ModelNonsense("the model's arguments have a number that is not whole, or too large")


def _check_text(text: str) -> None:
    if any(character < " " and character not in "\n\t" for character in text) or not _is_unicode(text):
        raise ModelNonsense("the model's arguments have characters that are no text")


def _is_unicode(text: str) -> bool:
    return not any("\ud800" <= character <= "\udfff" for character in text)


def tokens(counted: float | None, characters: int) -> int:
    """As the provider counted them, else four characters each."""
    return max(0, math.ceil(characters / 4) if counted is None else int(counted))
