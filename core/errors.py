"""Errors as vocabulary: one class per cause, each with its HTTP status and code (RFC 9457)."""

from collections.abc import Mapping
from typing import Any, ClassVar


class ProblemError(Exception):
    """A failure that the caller is told about. `detail` says in plain words what to change."""

    status: ClassVar[int] = 500
    code: ClassVar[str] = "internal_error"
    title: ClassVar[str] = "Something went wrong on our side"

    def __init__(self, detail: str, *, headers: Mapping[str, str] | None = None, **extra: Any) -> None:
        super().__init__(detail)
        self.detail = detail
        self.headers = dict(headers or {})
        self.extra = extra

    def as_problem(self, request_id: str | None = None) -> dict[str, Any]:
        """The problem document as a JSON-ready mapping."""
        problem: dict[str, Any] = {
            "type": f"urn:countersign:problem:{self.code}",
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            "code": self.code,
        }
        if request_id is not None:
            problem["request_id"] = request_id
        return {**self.extra, **problem}


class BadRequest(ProblemError):
    status = 400
    code = "bad_request"
    title = "The request cannot be read"


class Unauthenticated(ProblemError):
    status = 401
    code = "unauthenticated"
    title = "Sign in first"

    def __init__(self, detail: str, **extra: Any) -> None:
        super().__init__(detail, headers={"WWW-Authenticate": "Bearer"}, **extra)


class Forbidden(ProblemError):
    status = 403
    code = "forbidden"
    title = "You may not do this"


class NotFound(ProblemError):
    """Also for what exists but belongs to somebody else: the two cannot be told apart."""

    status = 404
    code = "not_found"
    title = "Not found"


class MethodNotAllowed(ProblemError):
    status = 405
    code = "method_not_allowed"
    title = "This address does not take that method"


class Conflict(ProblemError):
    status = 409
    code = "conflict"
    title = "This conflicts with the present state"


class ThreadBusy(Conflict):
    code = "thread_busy"
    title = "This conversation is still working on the last question"


class IdempotencyMismatch(Conflict):
    code = "idempotency_mismatch"
    title = "This Idempotency-Key was used with another body"


class Gone(ProblemError):
    status = 410
    code = "gone"
    title = "No longer available"


class PreconditionFailed(ProblemError):
    status = 412
    code = "precondition_failed"
    title = "It changed since you looked"


class PayloadTooLarge(ProblemError):
    status = 413
    code = "payload_too_large"
    title = "Too large"


class UnsupportedMedia(ProblemError):
    status = 415
    code = "unsupported_media_type"
    title = "This kind of file is not supported"


class Unprocessable(ProblemError):
    status = 422
    code = "unprocessable"
    title = "The request is not valid"


class TooManyRequests(ProblemError):
    status = 429
    code = "too_many_requests"
    title = "Too many requests"

    def __init__(self, detail: str, *, retry_after_s: int = 1, **extra: Any) -> None:
        super().__init__(detail, headers={"Retry-After": str(retry_after_s)}, **extra)


class TurnTimedOut(ProblemError):
    status = 504
    code = "budget_exceeded"
    title = "The answer took too long"


class Unavailable(ProblemError):
    """Something that we depend on is down; nothing was changed."""

    status = 503
    code = "unavailable"
    title = "Temporarily unavailable"

    def __init__(self, detail: str, *, retry_after_s: int = 2, **extra: Any) -> None:
        super().__init__(detail, headers={"Retry-After": str(retry_after_s)}, **extra)


class QueueFull(Unavailable):
    """More questions are waiting than can be answered in a while."""

    code = "queue_full"
    title = "Many questions are waiting"
