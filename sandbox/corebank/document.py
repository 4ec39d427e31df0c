"""The OpenAPI document as the one truth of what a request may hold: requests are checked against it."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import orjson
from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import ValidationError

from sandbox.corebank.problems import Invalid

PATH = Path(__file__).parent / "openapi.json"
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation: where it is, and the schemas of its path arguments and body (None: it takes none)."""

    id: str
    method: str
    path: str
    arguments: Json
    body: Json | None

    @property
    def writes(self) -> bool:
        return self.method != "GET"

    def check_arguments(self, arguments: Mapping[str, Any]) -> None:
        """Raises `Invalid` with a sentence for the first argument that is wrong."""
        _check(self.arguments, arguments)

    def check_body(self, body: object) -> None:
        """Raises `Invalid` with a sentence for the first field that is wrong."""
        _check(self.body or {}, body)


def text() -> bytes:
    """The document as it is served."""
    return PATH.read_bytes()


def operations() -> list[Operation]:
    """Every operation of the document."""
    document: Json = orjson.loads(text())
    return [
        _operation(document, path, method, entry)
        for path, methods in cast("dict[str, Json]", document["paths"]).items()
        for method, entry in methods.items()
        if method != "parameters"
    ]


def _operation(document: Json, path: str, method: str, entry: Json) -> Operation:
    shared = cast("list[Json]", document["paths"][path].get("parameters", []))
    parameters = [_resolved(document, one) for one in [*shared, *entry.get("parameters", [])]]
    in_path = {
        one["name"]: {"description": one["description"], **one["schema"]} for one in parameters if one["in"] == "path"
    }
    body = entry.get("requestBody")
    return Operation(
        id=entry["operationId"],
        method=method.upper(),
        path=path,
        arguments={"type": "object", "properties": in_path},
        body=None if body is None else body["content"]["application/json"]["schema"],
    )


def _resolved(document: Json, node: Json) -> Json:
    """A parameter, or the component that its `$ref` names."""
    reference = node.get("$ref")
    if reference is None:
        return node
    found: Any = document
    for step in str(reference).removeprefix("#/").split("/"):
        found = found[step]
    return found


def _check(schema: Json, value: Any) -> None:
    validator: Any = Draft202012Validator(schema, format_checker=FormatChecker(["date"]))
    errors: list[ValidationError] = sorted(validator.iter_errors(value), key=lambda one: list(one.absolute_path))
    error = next(iter(errors), None)
    if error is not None:
        raise Invalid(_sentence(error))
    if isinstance(value, dict):
        for name, one in cast("Json", value).items():
            if isinstance(one, float):  # JSON Schema takes 5.0 for an integer
                raise Invalid(f"{name} must be a whole number without a decimal point.")


def _sentence(error: ValidationError) -> str:
    name = ".".join(str(step) for step in error.absolute_path) or "The body"
    schema = cast("Json", error.schema)
    match error.validator:
        case "required":
            missing = sorted(set(schema["required"]) - set(cast("Json", error.instance)))
            return f"{missing[0]} is missing."
        case "additionalProperties":
            unknown = sorted(set(cast("Json", error.instance)) - set(schema["properties"]))
            return f"{unknown[0][:40]} is not part of this request."
        case "enum":
            return f"{name} must be one of {', '.join(schema['enum'])}."
        case "minimum":
            return f"{name} must be at least {schema['minimum']:,}."
        case "maximum":
            return f"{name} must be at most {schema['maximum']:,}."
        case "maxLength":
            return f"{name} must have at most {schema['maxLength']:,} characters."
        case _:
            expected = schema.get("description")
            return f"{name} is not valid." if expected is None else f"{name} is not valid. Expected: {expected}"
