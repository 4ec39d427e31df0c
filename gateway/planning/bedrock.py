"""A model of Amazon Bedrock as a planner, by one Converse call that offers the tools.

The call blocks, so it runs on a thread of a bounded pool; a caller who leaves or runs out of time leaves the thread to
end at its own read timeout, and its place is free only then.
"""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from langchain_core.messages import AIMessage, BaseMessage

from gateway.bedrock import converse_client, judge, translated
from gateway.errors import ModelNonsense, ModelUnavailable
from gateway.limits import PLANNING, WRITING
from gateway.planning.message import conversation, functions
from gateway.planning.ports import Plan, PlanningTask
from gateway.planning.replies import plan_of, tokens
from gateway.writers.ports import Usage


class BedrockPlanner:
    """Offers the tools in one call and takes what it calls, never a second."""

    def __init__(
        self, *, model: str, region: str | None, endpoint_url: str | None = None, total_s: float = PLANNING.total_s
    ) -> None:
        self.name: str = f"bedrock:{model}"
        self._total_s = total_s
        self._chat: Any = converse_client(
            model=model,
            region=region,
            endpoint_url=endpoint_url,
            total_s=total_s,
            max_tokens=PLANNING.output_tokens,
        )
        self._threads = ThreadPoolExecutor(WRITING.bedrock_threads, thread_name_prefix="bedrock")
        self._free = asyncio.Semaphore(WRITING.bedrock_threads)

    async def plan(self, task: PlanningTask) -> Plan:
        messages = conversation(task)
        message = await self._ask(messages, functions(task.tools))
        judge(message.response_metadata.get("stopReason"))
        calls = [(call["name"], call["args"]) for call in message.tool_calls]
        counted = message.usage_metadata
        usage = Usage(
            model=self.name,
            input_tokens=tokens(
                None if counted is None else counted["input_tokens"], sum(len(str(m.content)) for m in messages)
            ),
            output_tokens=tokens(
                None if counted is None else counted["output_tokens"],
                sum(len(name) + len(str(args)) for name, args in calls),
            ),
            calls=1,
        )
        return plan_of(task, calls, usage)

    async def aclose(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _ask(self, messages: list[BaseMessage], offered: list[dict[str, Any]]) -> AIMessage:
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(self._total_s):
                await self._free.acquire()
                asked = self._threads.submit(self._invoke, messages, offered)
                asked.add_done_callback(
                    lambda _: None if loop.is_closed() else loop.call_soon_threadsafe(self._free.release)
                )
                return await asyncio.wrap_future(asked)
        except TimeoutError as error:
            raise ModelUnavailable("the model did not answer in time") from error

    def _invoke(self, messages: list[BaseMessage], offered: list[dict[str, Any]]) -> AIMessage:
        """On a thread: the whole reply."""
        try:
            with translated():
                return self._chat.bind_tools(offered).invoke(messages)
        except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:  # it is read unchecked
            raise ModelNonsense("the provider sent a reply that can't be read") from error
