"""What the bank's system says no with: one class per cause, each a problem document (RFC 9457)."""

from typing import ClassVar


class BankProblem(Exception):
    """A request that is not carried out. `detail` is a sentence for people."""

    status: ClassVar[int] = 500
    code: ClassVar[str] = "internal_error"
    title: ClassVar[str] = "Something went wrong"

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail

    def document(self) -> dict[str, object]:
        return problem(self.status, self.code, self.title, self.detail)


class Unreadable(BankProblem):
    status, code, title = 400, "bad_request", "The request can't be read"


class NoKey(BankProblem):
    status, code, title = 400, "idempotency_key_missing", "A write needs an Idempotency-Key"


class Unauthenticated(BankProblem):
    """Says nothing of why: the log of the caller knows what it sent."""

    status, code, title = 401, "unauthenticated", "The service token is not accepted"


class UnknownBank(BankProblem):
    status, code, title = 403, "unknown_tenant", "This bank is not kept here"


class NotFound(BankProblem):
    status, code, title = 404, "not_found", "No such record"


class UnknownOperation(BankProblem):
    status, code, title = 404, "unknown_operation", "Nothing was finished under this key"


class Conflict(BankProblem):
    status, code, title = 409, "conflict", "The record's present state does not allow this"


class KeyUsed(BankProblem):
    status, code, title = 409, "idempotency_mismatch", "This Idempotency-Key was used for another request"


class InProgress(BankProblem):
    status, code, title = 409, "in_progress", "A request with this Idempotency-Key is being worked on"


class TooLarge(BankProblem):
    status, code, title = 413, "payload_too_large", "The request is too large"


class NotJson(BankProblem):
    status, code, title = 415, "unsupported_media_type", "The request's body must be JSON"


class Invalid(BankProblem):
    status, code, title = 422, "invalid", "A value is not allowed"


class Busy(BankProblem):
    status, code, title = 503, "busy", "Too many writes at once"


class ToldToFail(BankProblem):
    code, title = "told_to_fail", "The fault switch is on"


def problem(status: int, code: str, title: str, detail: str) -> dict[str, object]:
    """A problem document."""
    kind = f"urn:core-banking:problem:{code}"
    return {"type": kind, "title": title, "status": status, "detail": detail, "code": code}
