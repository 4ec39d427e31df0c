"""What the model server says next, how fast, and what goes wrong: set through `/control`."""

from collections import deque
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Annotated, Any

import orjson
from pydantic import BaseModel, ConfigDict, Field

REQUESTS_KEPT = 200


class Fault(StrEnum):
    """Ways in which a reply can go wrong."""

    NONE = "none"
    HTTP_500 = "http_500"
    HTTP_429 = "http_429"
    DROP_MIDSTREAM = "drop_midstream"  # half the reply, then the connection breaks
    STALL_MIDSTREAM = "stall_midstream"  # half the reply, then silence
    HANG = "hang"  # silence until the client leaves
    GARBAGE = "garbage"  # a whole reply whose text is no JSON line
    BAD_CHUNK = "bad_chunk"  # a stream whose data is no JSON at all
    REFUSAL = "refusal"  # the provider's own refusal field instead of content


class ScriptedCall(BaseModel):
    """A tool call to make. Arguments given as text are sent as they are, sound JSON or not; an object is encoded."""

    model_config = ConfigDict(extra="forbid")

    name: str
    arguments: str | dict[str, Any] = "{}"

    @property
    def text(self) -> str:
        return self.arguments if isinstance(self.arguments, str) else orjson.dumps(self.arguments).decode()


class ScriptedReply(BaseModel):
    """One reply to give: whole content, or its deltas as they are to be sent; and tool calls, with or without it."""

    model_config = ConfigDict(extra="forbid")

    content: str | None = None
    deltas: list[str] | None = None
    tool_calls: list[ScriptedCall] = []
    fault: Fault = Fault.NONE


class Control(BaseModel):
    """Settings to change; what is not named stays. `times` counts the faulty replies, null is until reset."""

    model_config = ConfigDict(extra="forbid")

    script: list[str | list[str] | ScriptedReply] = []
    ttft_ms: Annotated[float, Field(ge=0, le=600_000)] = 0
    tokens_per_second: Annotated[float, Field(ge=0)] = 0  # 0: as fast as it can
    tokens: Annotated[int, Field(ge=0, le=10_000)] = 0  # deltas in every reply; 0: about one a word
    fault: Fault = Fault.NONE
    times: Annotated[int, Field(ge=1)] | None = 1


@dataclass(slots=True)
class Exchange:
    """One request as it arrived, and how its reply ended."""

    path: str
    body: bytes
    authorized: bool
    outcome: str = "under way"


@dataclass(slots=True)
class Script:
    """The server's present behaviour and the requests it saw, oldest first."""

    replies: deque[ScriptedReply] = field(default_factory=deque[ScriptedReply])
    ttft_ms: float = 0
    tokens_per_second: float = 0
    tokens: int = 0
    fault: Fault = Fault.NONE
    times: int | None = 1
    requests: deque[Exchange] = field(default_factory=lambda: deque[Exchange](maxlen=REQUESTS_KEPT))

    def change(self, control: Control) -> None:
        self.replies.extend(_reply(entry) for entry in control.script)
        for name in control.model_fields_set & {"ttft_ms", "tokens_per_second", "tokens", "fault"}:
            setattr(self, name, getattr(control, name))
        if "fault" in control.model_fields_set:
            self.times = control.times

    def reset(self) -> None:
        """Back to quoting at full speed, with no memory of requests."""
        fresh = Script()
        for name in self.__slots__:
            setattr(self, name, getattr(fresh, name))

    def next(self) -> tuple[ScriptedReply | None, Fault]:
        """The next scripted reply, if any, and the fault to give it with.

        A fault wears off after `times` replies. Meanwhile the queue stands still: a client that tries again
        gets the reply that the fault spoiled.
        """
        head = self.replies[0] if self.replies else None
        if self.fault is Fault.NONE:
            if head is not None:
                self.replies.popleft()
            return head, Fault.NONE if head is None else head.fault
        fault = self.fault
        if self.times is not None:
            self.times -= 1
            if self.times == 0:
                self.fault, self.times = Fault.NONE, 1
        return head, fault

    def describe(self) -> dict[str, object]:
        return {
            "scripted_replies": len(self.replies),
            "ttft_ms": self.ttft_ms,
            "tokens_per_second": self.tokens_per_second,
            "tokens": self.tokens,
            "fault": self.fault,
            "times": self.times,
            "requests": len(self.requests),
        }


def _reply(entry: str | list[str] | ScriptedReply) -> ScriptedReply:
    if isinstance(entry, str):
        return ScriptedReply(content=entry)
    return ScriptedReply(deltas=entry) if isinstance(entry, list) else entry
