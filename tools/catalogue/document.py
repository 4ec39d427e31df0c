"""The pinned OpenAPI document: what each operation takes, and the shape of what it returns."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, cast

from tools.catalogue.located import CatalogueError
from tools.catalogue.models import Operation

_METHODS: Final = ("get", "put", "post", "delete", "patch")
_OURS: Final = frozenset({"header", "cookie"})
"""Parameters that the connector sets itself, such as the Idempotency-Key."""


@dataclass(frozen=True, slots=True)
class DocumentedOperation:
    """An operation with the JSON Schema of each argument and of the successful reply, references resolved."""

    operation: Operation
    arguments: Mapping[str, Mapping[str, Any]]
    required: frozenset[str]
    reply: Mapping[str, Any]

    @property
    def reads(self) -> bool:
        return self.operation.method == "GET"


def read_document(path: Path) -> dict[str, DocumentedOperation]:
    """Every operation by its id. Raises `CatalogueError` where the file is no OpenAPI document."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        return dict(_operations(document))
    except OSError as error:
        raise CatalogueError(f"{path.name}: the OpenAPI document can't be read: {error}") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise CatalogueError(f"{path.name}: this is not an OpenAPI document: {error!r}") from error


def _operations(document: dict[str, Any]) -> list[tuple[str, DocumentedOperation]]:
    found: list[tuple[str, DocumentedOperation]] = []
    for path, item in cast("dict[str, dict[str, Any]]", document["paths"]).items():
        for method in _METHODS:
            if method in item:
                parameters = [*item.get("parameters", []), *item[method].get("parameters", [])]
                operation = _operation(document, path, method, item[method], parameters)
                found.append((operation.operation.id, operation))
    return found


def _operation(
    document: dict[str, Any], path: str, method: str, described: dict[str, Any], parameters: list[dict[str, Any]]
) -> DocumentedOperation:
    places: dict[str, set[str]] = {"path": set(), "query": set(), "body": set()}
    arguments: dict[str, Mapping[str, Any]] = {}
    required: set[str] = set()
    for parameter in (_resolved(document, parameter) for parameter in parameters):
        if parameter["in"] in _OURS:
            continue
        name = parameter["name"]
        places[parameter["in"]].add(name)
        arguments[name] = {"description": parameter.get("description", ""), **parameter["schema"]}
        if parameter.get("required"):
            required.add(name)
    body = _body(described.get("requestBody"))
    if body is not None:
        resolved = _resolved(document, body)
        places["body"] |= set(resolved["properties"])
        arguments.update({name: _resolved(document, schema) for name, schema in resolved["properties"].items()})
        required |= set(resolved.get("required", []))
    operation = Operation(
        id=described["operationId"],
        method=method.upper(),
        path=path,
        in_path=frozenset(places["path"]),
        in_query=frozenset(places["query"]),
        in_body=frozenset(places["body"]),
    )
    return DocumentedOperation(operation, arguments, frozenset(required), _reply(document, described))


def _body(request: dict[str, Any] | None) -> dict[str, Any] | None:
    return None if request is None else request["content"]["application/json"]["schema"]


def _reply(document: dict[str, Any], described: dict[str, Any]) -> Mapping[str, Any]:
    for status, reply in sorted(cast("dict[str, dict[str, Any]]", described["responses"]).items()):
        if status.startswith("2") and "content" in reply:
            return _resolved(document, reply["content"]["application/json"]["schema"])
    return {}


def _resolved(document: dict[str, Any], schema: Any, depth: int = 0) -> Any:
    """The value with every reference inside the document followed."""
    if depth > 32:
        raise ValueError("references go in a circle")
    if isinstance(schema, dict):
        fields = cast("dict[str, Any]", schema)
        if "$ref" in fields:
            target: Any = document
            for step in str(fields["$ref"]).removeprefix("#/").split("/"):
                target = target[step]
            return _resolved(document, target, depth + 1)
        return {key: _resolved(document, value, depth + 1) for key, value in fields.items()}
    if isinstance(schema, list):
        return [_resolved(document, item, depth + 1) for item in cast("list[Any]", schema)]
    return schema


def field_schema(reply: Mapping[str, Any], path: str) -> Mapping[str, Any] | None:
    """The schema of a field of the reply, by a path such as `cards[].last4`; None where there is none."""
    here: Mapping[str, Any] = reply
    for step in path.split("."):
        name = step.removesuffix("[]")
        properties: Mapping[str, Any] = here.get("properties", {})
        if name not in properties:
            return None
        here = properties[name]
        if step.endswith("[]"):
            if "items" not in here:
                return None
            here = here["items"]
    return here
