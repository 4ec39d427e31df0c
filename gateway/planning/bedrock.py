"""A model of Amazon Bedrock as a planner, by one Converse call that offers the tools."""

import asyncio
from typing import Any

from langchain_core.messages import AIMessage, BaseMessage

from gateway.bedrock import BoundedCalls, in_time, judge, translated
from gateway.errors import ModelNonsense
from gateway.limits import PLANNING
from gateway.planning.message import conversation, functions
from gateway.planning.ports import Plan, PlanningTask
from gateway.planning.replies import plan_of, tokens
from gateway.writers.ports import Usage


class BedrockPlanner:
    """Offers the tools in one call and takes what it calls, never a second."""

    def __init__(
        self, *, model: str, region: str | None, endpoint_url: str | None = None, total_s: float = PLANNING.total_s
    ) -> None:
        self._calls = BoundedCalls(
            model=model,
            region=region,
            endpoint_url=endpoint_url,
            total_s=total_s,
            max_tokens=PLANNING.output_tokens,
        )
        self.name: str = self._calls.name

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
        self._calls.close()

    async def _ask(self, messages: list[BaseMessage], offered: list[dict[str, Any]]) -> AIMessage:
        with in_time():
            async with asyncio.timeout_at(self._calls.deadline()):
                return await asyncio.wrap_future(await self._calls.begin(self._invoke, messages, offered))

    def _invoke(self, messages: list[BaseMessage], offered: list[dict[str, Any]]) -> AIMessage:
        """On a thread: the whole reply."""
        try:
            with translated():
                return self._calls.chat.bind_tools(offered).invoke(messages)
        except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:  # it is read unchecked
            raise ModelNonsense("the provider sent a reply that can't be read") from error
