"""A model behind an OpenAI-compatible endpoint as a writer."""

from collections.abc import AsyncGenerator
from contextlib import aclosing

from gateway.openai_compatible import OpenAICompatible, Reply
from gateway.writers.claim_lines import ClaimLines, bounds
from gateway.writers.message import user_message
from gateway.writers.ports import ClaimDraft, Usage, WritingTask

CHARACTERS_PER_TOKEN = 4
"""For a provider that reports no usage: the common rule of thumb for English."""


class ChatWriter:
    """Streams one completion and gives each claim as its line completes. Makes one call, never a second."""

    def __init__(self, endpoint: OpenAICompatible) -> None:
        self._endpoint = endpoint
        self.name: str = f"openai:{endpoint.model}"

    async def write(self, task: WritingTask) -> AsyncGenerator[ClaimDraft | Usage]:
        message = user_message(task)
        reply, lines = Reply(), ClaimLines(task.form)
        given = characters = 0
        messages = [("system", task.instructions), ("user", message)]
        async with aclosing(
            self._endpoint.stream(messages, reply, max_tokens=bounds(task.form).output_tokens)
        ) as pieces:
            async for piece in pieces:
                characters += len(piece)
                for claim in lines.feed(piece)[: task.max_claims - given]:
                    given += 1
                    yield claim
                if given >= task.max_claims:
                    break
        for claim in lines.finish()[: task.max_claims - given] if given < task.max_claims else []:
            yield claim
        asked = (len(task.instructions) + len(message)) // CHARACTERS_PER_TOKEN
        yield Usage(
            model=self.name,
            input_tokens=asked if reply.input_tokens is None else reply.input_tokens,
            output_tokens=characters // CHARACTERS_PER_TOKEN if reply.output_tokens is None else reply.output_tokens,
            calls=1,
        )

    async def aclose(self) -> None:
        await self._endpoint.aclose()
