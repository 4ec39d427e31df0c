"""The OpenAPI 3.1 document: every failure that an endpoint may answer with is in it."""

from collections.abc import Iterator
from typing import Any, cast

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from api.events import EVENT_MODELS, event_schemas
from api.problems import KINDS, MEDIA_TYPE, Problem

EVENT_STREAM: dict[str, Any] = {
    "description": "The run's events: `id` is the number within the run, `event` the kind, `data` a JSON object.",
    "content": {
        "text/event-stream": {
            "schema": {
                "type": "string",
                "description": "Lines `id`, `event` and `data` for each event; the form of `data` is in `x-events`.",
            },
            "x-events": {kind: {"$ref": f"#/components/schemas/event.{kind}"} for kind in sorted(EVENT_MODELS)},
        }
    },
}

API_PREFIX = "/v1/"
DOCUMENTED = (400, 401, 403, 404, 405, 409, 410, 412, 413, 415, 422, 429, 500, 503)
_UNASKED = frozenset({"HTTPValidationError", "ValidationError"})
_WITH_RETRY = frozenset({429, 503})

DESCRIPTION = """
Answers from approved documents, page by page, each sentence checked against its source. What is asked to be done in
the bank's systems waits until whoever must sign it has signed exactly that, and is then done once.

Errors are problem documents (RFC 9457). What belongs to somebody else answers 404. Every reply carries
`X-Request-ID`; 429 and 503 carry `Retry-After`. Lists are paged by `limit` and an opaque `cursor`. A `POST` that
creates takes `Idempotency-Key`: the same key and body give the same reply, another body 409.
"""


def describe(app: FastAPI) -> None:
    """Give the app a document that is built once and completed with what all endpoints share."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _build(app)
        return app.openapi_schema

    app.openapi = openapi


def _build(app: FastAPI) -> dict[str, Any]:
    document = get_openapi(
        title=app.title,
        version=app.version,
        openapi_version="3.1.0",
        description=DESCRIPTION.strip(),
        routes=app.routes,
    )
    components = document.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    for name in _UNASKED:
        schemas.pop(name, None)
    template = "#/components/schemas/{model}"
    problem = Problem.model_json_schema(ref_template=template, mode="serialization")
    schemas.update(cast("dict[str, Any]", problem.pop("$defs", {})))
    schemas["Problem"] = problem
    schemas.update(event_schemas(template))
    components["headers"] = {
        "X-Request-ID": {"description": "Tell it to support.", "schema": {"type": "string"}},
        "Retry-After": {"description": "Seconds to wait before trying again.", "schema": {"type": "string"}},
    }
    components["responses"] = {f"Problem{status}": _response(status) for status in DOCUMENTED}
    for path, operation in _operations(document):
        _complete(path, operation)
    return document


def _operations(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, item in document["paths"].items():
        for operation in item.values():
            yield path, operation


def _complete(path: str, operation: dict[str, Any]) -> None:
    responses = operation["responses"]
    shared = DOCUMENTED if path.startswith(API_PREFIX) else (400, 405, 413, 500, 503)
    responses.pop("422", None)
    for status in shared:
        responses.setdefault(str(status), {"$ref": f"#/components/responses/Problem{status}"})
    for status, response in responses.items():
        if "$ref" not in response:
            response.setdefault("headers", {})["X-Request-ID"] = {"$ref": "#/components/headers/X-Request-ID"}
            response.setdefault("description", f"Status {status}")


def _response(status: int) -> dict[str, Any]:
    kind = KINDS.get(status)
    headers = {"X-Request-ID": {"$ref": "#/components/headers/X-Request-ID"}}
    if status in _WITH_RETRY:
        headers["Retry-After"] = {"$ref": "#/components/headers/Retry-After"}
    return {
        "description": kind.title if kind is not None else "Something went wrong on our side",
        "headers": headers,
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
