"""Whether a call's arguments fit the tool's schema, in sentences that name the argument."""

from collections.abc import Mapping
from typing import Any, Final

from jsonschema import Draft202012Validator, FormatChecker, validators
from jsonschema.exceptions import ValidationError

from core.canonical import canonical_json
from tools.catalogue.limits import CATALOGUE_LIMITS
from tools.catalogue.models import Tool

_FORMATS: Final = FormatChecker(formats=["date"])


def _is_integer(_checker: object, value: object) -> bool:
    """JSON Schema takes 5.0 for an integer; the bank's system may not, and it would be signed as 5."""
    return isinstance(value, int) and not isinstance(value, bool)


_draft: Any = Draft202012Validator
_jsonschema: Any = validators  # it says nothing of its types
_VALIDATOR: Final[Any] = _jsonschema.extend(_draft, type_checker=_draft.TYPE_CHECKER.redefine("integer", _is_integer))


def problems(tool: Tool, args: Mapping[str, Any]) -> list[str]:
    """Plain sentences, one per argument that is wrong; [] when the arguments may be used."""
    try:
        size = len(canonical_json(dict(args)))
    except (ValueError, TypeError, RecursionError):
        return ["The arguments are not plain JSON."]
    if size > CATALOGUE_LIMITS.argument_bytes:
        return ["The arguments are too long."]
    validator: Any = _VALIDATOR(tool.schema, format_checker=_FORMATS)
    errors: list[ValidationError] = list(validator.iter_errors(dict(args)))
    found: dict[str, ValidationError] = {}
    for error in sorted(errors, key=_is_vague):
        found.setdefault(str(error.absolute_path[0]) if error.absolute_path else f":{error.validator}", error)
    return [_sentence(tool, found[name]) for name in sorted(found)]


def _is_vague(error: ValidationError) -> bool:
    """One sentence about an argument is enough: the pattern's only where no other says it better."""
    return error.validator == "pattern"


def _sentence(tool: Tool, error: ValidationError) -> str:
    if not error.absolute_path:
        return _about_all(tool, error)
    name = str(error.absolute_path[0])
    label = tool.labels.get(name, name)
    wanted: Any = error.validator_value
    match error.validator:
        case "enum":
            return f"{label} must be one of {', '.join(map(_plain, wanted))}."
        case "minimum" | "exclusiveMinimum":
            return f"{label} must be at least {wanted:,}."
        case "maximum" | "exclusiveMaximum":
            return f"{label} must be at most {wanted:,}."
        case "minLength":
            return f"{label} is too short." if error.instance else f"{label} is empty."
        case "maxLength":
            return f"{label} is too long: at most {wanted:,} characters."
        case "format" if wanted == "date":
            return f"{label} is not a date such as 2026-12-01."
        case "type":
            return f"{label} must be {_TYPES.get(str(wanted), 'of another kind')}."
        case _:
            hint = _described(tool, name)
            return f"{label} does not have the right form{'.' if hint is None else f': {hint}'}"


_TYPES: Final = {"string": "a text", "integer": "a whole number", "number": "a number", "boolean": "yes or no"}


def _about_all(tool: Tool, error: ValidationError) -> str:
    given: Any = error.instance
    wanted: Any = error.validator_value
    if error.validator == "required":
        missing = [tool.labels.get(name, name) for name in wanted if name not in given]
        return f"These are missing: {', '.join(missing)}." if len(missing) > 1 else f"{missing[0]} is missing."
    if error.validator == "additionalProperties":
        # The unknown name is whoever called's text, so it is not repeated.
        return f"There is more than this takes, which is {', '.join(tool.labels.values())}."
    return "The arguments do not have the right form."


def _described(tool: Tool, name: str) -> str | None:
    properties: Mapping[str, Mapping[str, Any]] = tool.schema.get("properties", {})
    description = properties.get(name, {}).get("description")
    return description if isinstance(description, str) and description else None


def _plain(value: Any) -> str:
    return str(value).replace("_", " ")
