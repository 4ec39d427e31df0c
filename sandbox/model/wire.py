"""OpenAI's chat completions as bytes: what arrives, and chunks encoded ahead so that a stream is cheap."""

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import orjson
from pydantic import BaseModel, ConfigDict

DONE = b"data: [DONE]\n\n"
CHARACTERS_PER_TOKEN = 4  # the usual rule of thumb for English; only usage figures depend on it
_PIECES = re.compile(r"\s*\S+|\s+$")


class Part(BaseModel):
    model_config = ConfigDict(extra="ignore")

    type: str
    text: str = ""


class Message(BaseModel):
    model_config = ConfigDict(extra="ignore")

    role: str
    content: str | list[Part] | None = None

    @property
    def text(self) -> str:
        if isinstance(self.content, str):
            return self.content
        return "".join(part.text for part in self.content or [])


class StreamOptions(BaseModel):
    model_config = ConfigDict(extra="ignore")

    include_usage: bool = False


class Function(BaseModel):
    model_config = ConfigDict(extra="ignore")

    name: str = ""


class Tool(BaseModel):
    model_config = ConfigDict(extra="ignore")

    function: Function = Function()


class ChatRequest(BaseModel):
    """The fields of a request that matter here; others are accepted and ignored."""

    model_config = ConfigDict(extra="ignore")

    model: str
    messages: list[Message]
    stream: bool = False
    stream_options: StreamOptions | None = None
    max_tokens: int | None = None
    max_completion_tokens: int | None = None
    tools: list[Tool] | None = None

    @property
    def tool_names(self) -> tuple[str, ...]:
        return tuple(tool.function.name for tool in self.tools or ())

    @property
    def prompt(self) -> str:
        """The last message of the user."""
        return next((message.text for message in reversed(self.messages) if message.role == "user"), "")

    @property
    def limit(self) -> int | None:
        return self.max_completion_tokens or self.max_tokens

    @property
    def wants_usage(self) -> bool:
        return self.stream_options is not None and self.stream_options.include_usage


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A call in a reply, its arguments (JSON text) in the deltas in which they are streamed."""

    id: str
    name: str
    deltas: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Completion:
    """A reply before it is encoded. `field` is `content` or `refusal`; one delta counts as one token."""

    id: str
    model: str
    created: int
    deltas: tuple[str, ...]
    prompt_tokens: int
    field: str = "content"
    finish_reason: str = "stop"
    calls: tuple[ToolCall, ...] = ()

    @property
    def tokens(self) -> int:
        return len(self.deltas) + sum(len(call.deltas) for call in self.calls)

    @property
    def usage(self) -> dict[str, int]:
        completion = self.tokens
        return {
            "prompt_tokens": self.prompt_tokens,
            "completion_tokens": completion,
            "total_tokens": self.prompt_tokens + completion,
        }


def split(text: str, tokens: int = 0) -> tuple[str, ...]:
    """`text` in deltas: about one a word, or in `tokens` pieces of even length where that is given."""
    if not tokens or not text:
        return tuple(_PIECES.findall(text))
    edges = [len(text) * step // tokens for step in range(tokens + 1)]
    return tuple(text[start:end] for start, end in itertools.pairwise(edges))


def cut(completion: Completion, limit: int | None) -> Completion:
    """The first `limit` tokens of the reply, and how it finishes then."""
    if limit is None or completion.tokens <= limit:
        return replace(completion, finish_reason="tool_calls" if completion.calls else "stop")
    left = max(0, limit - len(completion.deltas))
    calls: list[ToolCall] = []
    for call in completion.calls:
        if left > 0:
            calls.append(replace(call, deltas=call.deltas[:left]))
            left -= len(call.deltas)
    return replace(completion, deltas=completion.deltas[:limit], calls=tuple(calls), finish_reason="length")


def stream_chunks(completion: Completion, *, usage: bool) -> tuple[list[bytes], list[bytes]]:
    """Server-sent events of a reply: one per delta, and those that end the stream."""
    envelope = orjson.dumps(
        {
            "id": completion.id,
            "object": "chat.completion.chunk",
            "created": completion.created,
            "model": completion.model,
            "system_fingerprint": "sandbox",
        }
    )
    head = b"data: " + envelope[:-1] + b',"choices":[{"index":0,"logprobs":null,"finish_reason":null,"delta":'
    first = b'{"role":"assistant","' + completion.field.encode() + b'":""}'
    open_delta = b'{"' + completion.field.encode() + b'":'
    deltas = [head + open_delta + orjson.dumps(delta) + b"}}]}\n\n" for delta in completion.deltas]
    if deltas:
        deltas[0] = head + first + b"}]}\n\n" + deltas[0]
    if completion.calls:
        if not deltas:
            deltas.append(head + b'{"role":"assistant","content":null}}]}\n\n')
        deltas += [
            head + orjson.dumps({"tool_calls": [piece]}) + b"}]}\n\n" for piece in _call_pieces(completion.calls)
        ]
    reason = orjson.dumps(completion.finish_reason)
    last = b"data: " + envelope[:-1] + b',"choices":[{"index":0,"logprobs":null,"delta":{},"finish_reason":'
    ending = [last + reason + b"}]}\n\n"]
    if usage:
        figures = orjson.dumps(completion.usage)
        ending.append(b"data: " + envelope[:-1] + b',"choices":[],"usage":' + figures + b"}\n\n")
    return deltas, [*ending, DONE]


def _call_pieces(calls: Sequence[ToolCall]) -> Iterator[dict[str, object]]:
    """Each call's name with empty arguments, then its arguments bit by bit, as the API streams them."""
    for index, call in enumerate(calls):
        yield {
            "index": index,
            "id": call.id,
            "type": "function",
            "function": {"name": call.name, "arguments": ""},
        }
        for delta in call.deltas:
            yield {"index": index, "function": {"arguments": delta}}


def whole_body(completion: Completion) -> bytes:
    """The reply of a request that does not stream."""
    message: dict[str, object] = {"role": "assistant", "content": None, "refusal": None}
    if completion.deltas or not completion.calls:
        message[completion.field] = "".join(completion.deltas)
    if completion.calls:
        message["tool_calls"] = [
            {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": "".join(call.deltas)}}
            for call in completion.calls
        ]
    choice = {
        "index": 0,
        "message": message,
        "logprobs": None,
        "finish_reason": completion.finish_reason,
    }
    return orjson.dumps(
        {
            "id": completion.id,
            "object": "chat.completion",
            "created": completion.created,
            "model": completion.model,
            "system_fingerprint": "sandbox",
            "choices": [choice],
            "usage": completion.usage,
        }
    )


def error_body(message: str, kind: str) -> bytes:
    return orjson.dumps({"error": {"message": message, "type": kind, "param": None, "code": None}})
