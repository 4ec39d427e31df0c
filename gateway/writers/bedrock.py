"""A model of Amazon Bedrock as a writer, by the Converse API.

Its stream is read on a thread; a caller who leaves only makes that thread stop at its next piece or read timeout.
"""

import asyncio
import threading
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass
from typing import Any

from gateway.bedrock import BoundedCalls, in_time, judge, translated
from gateway.errors import ModelError, ModelUnavailable
from gateway.limits import WRITING
from gateway.writers.claim_lines import ClaimLines, bounds
from gateway.writers.message import user_message
from gateway.writers.ports import ClaimDraft, Usage, WritingTask


@dataclass(frozen=True, slots=True)
class _Piece:
    text: str = ""
    input_tokens: int = 0
    output_tokens: int = 0
    stop_reason: str | None = None


class BedrockWriter:
    """Streams one Converse call and gives each claim as its line completes. Makes one call, never a second."""

    def __init__(
        self, *, model: str, region: str | None, endpoint_url: str | None = None, total_s: float = WRITING.total_s
    ) -> None:
        self._calls = BoundedCalls(
            model=model,
            region=region,
            endpoint_url=endpoint_url,
            total_s=total_s,
            max_tokens=WRITING.output_tokens,
        )
        self.name: str = self._calls.name

    async def write(self, task: WritingTask) -> AsyncGenerator[ClaimDraft | Usage]:
        lines = ClaimLines(task.form)
        given = input_tokens = output_tokens = 0
        stop_reason: str | None = None
        messages = [("system", task.instructions), ("user", user_message(task))]
        async for piece in self._stream(messages, bounds(task.form).output_tokens):
            input_tokens += piece.input_tokens
            output_tokens += piece.output_tokens
            stop_reason = piece.stop_reason or stop_reason
            for claim in lines.feed(piece.text)[: task.max_claims - given]:
                given += 1
                yield claim
            judge(piece.stop_reason)
        if stop_reason is None:
            raise ModelUnavailable("the stream broke off before its end")
        for claim in lines.finish()[: task.max_claims - given]:
            yield claim
        yield Usage(model=self.name, input_tokens=input_tokens, output_tokens=output_tokens, calls=1)

    async def aclose(self) -> None:
        self._calls.close()

    async def _stream(self, messages: list[tuple[str, str]], max_tokens: int) -> AsyncGenerator[_Piece]:
        """Pieces as the thread reads them; raises ModelError. Leaving it early tells the thread to stop."""
        loop = asyncio.get_running_loop()
        deadline = self._calls.deadline()
        pieces: asyncio.Queue[_Piece | ModelError | None] = asyncio.Queue()
        left = threading.Event()

        def send(item: _Piece | ModelError | None) -> None:
            if not loop.is_closed():
                loop.call_soon_threadsafe(pieces.put_nowait, item)

        try:
            with in_time():
                async with asyncio.timeout_at(deadline):
                    await self._calls.begin(self._read, messages, max_tokens, send, left)
                while True:
                    async with asyncio.timeout_at(deadline):
                        item = await pieces.get()
                    if item is None:
                        return
                    if isinstance(item, ModelError):
                        raise item
                    yield item
        finally:
            left.set()

    def _read(
        self,
        messages: list[tuple[str, str]],
        max_tokens: int,
        send: Callable[[_Piece | ModelError | None], None],
        left: threading.Event,
    ) -> None:
        """On a thread: the whole stream into `send`, an error or None last."""
        try:
            with translated():
                for chunk in self._calls.chat.stream(messages, maxTokens=max_tokens):
                    if left.is_set():
                        return
                    send(_piece(chunk))
        except ModelError as error:
            send(error)
        else:
            send(None)


def _piece(chunk: Any) -> _Piece:
    """One chunk of LangChain's; its content may be a string or a list of blocks."""
    content = chunk.content
    blocks: list[Any] = [content] if isinstance(content, str) else list(content)
    text = "".join(block if isinstance(block, str) else str(block.get("text", "")) for block in blocks)
    usage: dict[str, Any] = chunk.usage_metadata or {}
    return _Piece(
        text=text,
        input_tokens=int(usage.get("input_tokens", 0)),
        output_tokens=int(usage.get("output_tokens", 0)),
        stop_reason=chunk.response_metadata.get("stopReason"),
    )
