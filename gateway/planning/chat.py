"""A model behind an OpenAI-compatible endpoint as a planner."""

from gateway.limits import PLANNING
from gateway.openai_compatible import OpenAICompatible
from gateway.planning.message import conversation, functions
from gateway.planning.ports import Plan, PlanningTask
from gateway.planning.replies import plan_of, tokens
from gateway.writers.ports import Usage


class ChatPlanner:
    """Offers the tools in one call and takes what it calls, never a second."""

    def __init__(self, endpoint: OpenAICompatible) -> None:
        self._endpoint = endpoint
        self.name: str = f"openai:{endpoint.model}"

    async def plan(self, task: PlanningTask) -> Plan:
        messages = conversation(task)
        reply = await self._endpoint.call_tools(
            messages,
            functions(task.tools),
            max_tokens=PLANNING.output_tokens,
            max_bytes=PLANNING.reply_bytes,
        )
        usage = Usage(
            model=self.name,
            input_tokens=tokens(reply.input_tokens, sum(len(str(message.content)) for message in messages)),
            output_tokens=tokens(reply.output_tokens, sum(len(name) + len(args) for name, args in reply.calls)),
            calls=1,
        )
        return plan_of(task, reply.calls, usage)

    async def aclose(self) -> None:
        await self._endpoint.aclose()
