"""What a reply of the bank's system means: done, refused, or not known."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

import orjson

from core.telemetry import logger
from tools.connector.limits import LIMITS
from tools.connector.ports import Outcome, ToolMisconfigured, ToolRefused, ToolUnavailable

log = logger(__name__)

UNKNOWN_OPERATION: Final = "unknown_operation"
"""The problem code with which the bank's system says that it finished nothing under a key."""

IN_PROGRESS: Final = "in_progress"
_UNFINISHED: Final = frozenset({408, 425, 429})
_WORTH_TRYING_AGAIN: Final = frozenset({500, 502, 503, 504})
_JSON = re.compile(r"application/(?:[a-z0-9.-]+\+)?json(?:\s*;.*)?", re.IGNORECASE)
_MARKUP = re.compile(r"<[a-zA-Z/!?]")


class Hiccup(ToolUnavailable):
    """No usable reply this time, and one may come at once: a reading may be tried again."""


@dataclass(frozen=True, slots=True)
class Reply:
    """A reply that has been read to its end."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """The body's JSON; None for an empty one. Raises `ToolUnavailable` for anything else."""
        if not self.body:
            return None
        if not _JSON.fullmatch(self.headers.get("content-type", "")):
            raise ToolUnavailable("The bank's system answered with something other than data.")
        try:
            return orjson.loads(self.body)
        except orjson.JSONDecodeError as error:
            raise ToolUnavailable("The bank's system answered with data that can't be read.") from error

    def problem(self) -> Mapping[str, Any]:
        """The problem document of a refusal. Raises `ToolUnavailable` where there is none: a gateway's page, say,
        tells nothing of what the bank's system did."""
        found = self.json()
        if not isinstance(found, dict):
            raise ToolUnavailable("The bank's system gave no reason.")
        return cast("dict[str, Any]", found)


def result_of(reply: Reply) -> Any:
    """The result of a call. Raises `ToolRefused` where the system said no, `ToolUnavailable` where it is not known."""
    if 200 <= reply.status < 300:
        return reply.json()
    if not 400 <= reply.status < 500 or reply.status in _UNFINISHED:
        raise _no_answer(reply)
    if reply.status in {401, 403, 407}:
        raise _misconfigured(reply)
    problem = reply.problem()
    if reply.status == 409 and (problem.get("code") == IN_PROGRESS or "retry-after" in reply.headers):
        raise ToolUnavailable("The bank's system is still working on this request.")
    raise ToolRefused(plain(problem.get("detail")))


def outcome_of(reply: Reply) -> Outcome | None:
    """What the system finished under a key. Raises `ToolUnavailable` unless it says so itself: a 404 of anybody else
    must not be taken for “nothing was done”."""
    if reply.status == 404 and reply.problem().get("code") == UNKNOWN_OPERATION:
        return None
    if reply.status in {401, 403, 407}:
        raise _misconfigured(reply)
    if reply.status != 200:
        raise _no_answer(reply)
    found: Any = reply.json()
    match found:
        case {"status": int(status), "reply": result}:
            if 200 <= status < 300:
                return Outcome(ok=True, result=result)
            refusal: Any = result
            detail = cast("dict[str, Any]", refusal).get("detail") if isinstance(refusal, dict) else None
            return Outcome(ok=False, result=None, detail=plain(detail))
        case _:
            raise ToolUnavailable("The bank's system answered with data that can't be read.")


def plain(detail: object) -> str:
    """A refusal's reason as one bounded line of plain text; a fixed sentence where it is none or holds markup."""
    if not isinstance(detail, str) or _MARKUP.search(detail):
        return "The bank's system refused this."
    visible = "".join(" " if unicodedata.category(mark).startswith("Z") or mark in "\n\t" else mark for mark in detail)
    text = " ".join("".join(mark for mark in visible if not unicodedata.category(mark).startswith("C")).split())
    if len(text) > LIMITS.detail_chars:
        text = text[: LIMITS.detail_chars - 1].rstrip() + "…"
    return text or "The bank's system refused this."


def _no_answer(reply: Reply) -> ToolUnavailable:
    kind = Hiccup if reply.status in _WORTH_TRYING_AGAIN else ToolUnavailable
    return kind("The bank's system could not answer. Try again in a moment.")


def _misconfigured(reply: Reply) -> ToolMisconfigured:
    log.error("tool.not_accepted", status=reply.status)
    return ToolMisconfigured("The bank's system does not accept our sign-in. Tell whoever runs Countersign.")
