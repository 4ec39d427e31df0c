"""Every failure leaves as a problem document (RFC 9457), made in this one place."""

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, cast

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException
from starlette.responses import Response

from core import errors
from core.errors import ProblemError
from core.telemetry import logger
from tools.approvals.reasons import RightCode

log = logger(__name__)

MEDIA_TYPE = "application/problem+json"
MAX_FIELDS = 20

KINDS: dict[int, type[ProblemError]] = {
    kind.status: kind
    for kind in (
        errors.BadRequest,
        errors.Unauthenticated,
        errors.Forbidden,
        errors.NotFound,
        errors.MethodNotAllowed,
        errors.Conflict,
        errors.Gone,
        errors.PreconditionFailed,
        errors.PayloadTooLarge,
        errors.UnsupportedMedia,
        errors.Unprocessable,
        errors.TooManyRequests,
        errors.Unavailable,
    )
}
"""The class that stands for a status where only the status is known."""

DETAILS = {
    400: "The body is not valid JSON or not a valid form. Check it and send it again.",
    404: "There is nothing at this address.",
    405: "This address does not take that method; the Allow header names those it takes.",
    413: "The body is larger than this address takes.",
    415: "Send the body in the documented media type.",
}


class FieldProblem(BaseModel):
    """One field that is not valid."""

    field: str = Field(description="Where it stands, such as `body.message` or `query.limit`.")
    problem: str = Field(description="What is wrong with it.")


class Problem(BaseModel):
    """A problem document (RFC 9457)."""

    model_config = ConfigDict(extra="allow")

    type: str = Field(description="`urn:countersign:problem:` and the code.")
    title: str = Field(description="The kind of problem, in a few words.")
    status: int
    detail: str = Field(description="What happened and what to change.")
    code: str = Field(description="Stable name of the kind, for programs.")
    request_id: str = Field(description="The value of `X-Request-ID`; tell it to support.")
    reason_code: RightCode | None = Field(
        default=None, description="Only with 403 to a decision about a request: why the caller may not."
    )
    fields: list[FieldProblem] = Field(default=[], description="Only with 422: the fields that are not valid.")


def problem_response(problem: ProblemError, request_id: str) -> Response:
    """The reply that carries a problem."""
    return Response(
        json.dumps(problem.as_problem(request_id), ensure_ascii=False).encode("utf-8", "replace"),
        status_code=problem.status,
        headers=problem.headers,
        media_type=MEDIA_TYPE,
    )


async def _document(_request: Request, problem: ProblemError, request_id: str) -> Response:
    return problem_response(problem, request_id)


def request_id_of(request: Request) -> str:
    """The id that the middleware gave to this request."""
    return str(request.scope.get("request_id", ""))


def from_status(status: int, headers: Mapping[str, str] | None = None) -> ProblemError:
    """The problem for an error that the framework raised with a bare status."""
    kind = KINDS.get(status, errors.BadRequest if status < 500 else ProblemError)
    problem = kind(DETAILS.get(status, "The request could not be handled."))
    problem.headers.update(headers or {})
    return problem


def from_validation(error: RequestValidationError) -> ProblemError:
    """400 where the body can't be read at all, else 422 with the fields; no value is echoed."""
    found = cast("Sequence[Mapping[str, Any]]", error.errors())
    if any(entry["type"] == "json_invalid" and isinstance(entry["loc"][-1], int) for entry in found):
        return from_status(400)  # the body as a whole; a number says where it breaks off
    fields = [
        {"field": ".".join(str(part) for part in entry["loc"]), "problem": str(entry["msg"])}
        for entry in found[:MAX_FIELDS]
    ]
    names = ", ".join(dict.fromkeys(field["field"] for field in fields))
    sizes = [
        f" At most {entry['ctx']['max_length']:,} characters fit into {entry['loc'][-1]}."
        for entry in found[:MAX_FIELDS]
        if entry["type"] in ("string_too_long", "too_long") and isinstance(entry.get("input"), str)
    ]
    return errors.Unprocessable(f"Correct these fields: {names}.{''.join(sizes)}", fields=fields)


def unexpected() -> ProblemError:
    """What the caller is told of a defect."""
    return ProblemError("The failure was logged under this request id; tell it to support.")


def wants_page(request: Request) -> bool:
    """Whether a person's browser asks for a page, which a problem document would not help."""
    return "text/html" in request.headers.get("accept", "") and not request.url.path.startswith("/v1/")


def install(app: FastAPI, page: Callable[[Request, ProblemError, str], Awaitable[Response]]) -> None:
    """Give the app its one way to answer failures: problem documents, and `page` for people at a page's address."""

    async def answer(request: Request, problem: ProblemError) -> Response:
        request_id = request_id_of(request)
        return await (page if wants_page(request) else _document)(request, problem, request_id)

    async def on_problem(request: Request, error: Exception) -> Response:
        return await answer(request, cast("ProblemError", error))

    async def on_validation(request: Request, error: Exception) -> Response:
        return await answer(request, from_validation(cast("RequestValidationError", error)))

    async def on_http(request: Request, error: Exception) -> Response:
        http = cast("HTTPException", error)
        return await answer(request, from_status(http.status_code, http.headers))

    async def on_unexpected(request: Request, _error: Exception) -> Response:
        return await answer(request, unexpected())  # the framework raises it again for the door, which logs it

    app.add_exception_handler(Exception, on_unexpected)
    app.add_exception_handler(ProblemError, on_problem)
    app.add_exception_handler(RequestValidationError, on_validation)
    app.add_exception_handler(HTTPException, on_http)
