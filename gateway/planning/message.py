"""A planning task as a conversation: the request, then each past call with its result, marked as data.

Results go where a provider's interface puts what a tool said, and within <result> besides: nothing in them can close
that tag, since every `<` of the JSON is escaped.
"""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage, ToolMessage

from gateway.limits import PLANNING
from gateway.planning.ports import PastStep, PlanningTask, ToolSpec

_TAG = re.compile(r"<(?=\s*/?\s*(?:request|result)\b)", re.IGNORECASE)
_CUT = "… (cut off)"


def conversation(task: PlanningTask) -> list[BaseMessage]:
    """System prompt, request, and the latest past steps in order."""
    request = _TAG.sub("&lt;", task.request)
    messages: list[BaseMessage] = [
        SystemMessage(task.instructions),
        HumanMessage(f"<request>\n{request}\n</request>"),
    ]
    for number, step in enumerate(task.past[-PLANNING.past_steps :], 1):
        messages += _exchange(f"call_{number}", step)
    return messages


def functions(tools: Sequence[ToolSpec]) -> list[dict[str, Any]]:
    """The tools in the form that both providers' LangChain classes take."""
    return [
        {
            "type": "function",
            "function": {
                "name": tool.name,
                "description": f"{tool.description} ({_EFFECTS.get(tool.effect, tool.effect)})",
                "parameters": _plain(tool.parameters),
            },
        }
        for tool in tools
    ]


_EFFECTS = {"read": "Only reads.", "write": "Asks for a change, which people confirm before it is made."}


def _exchange(call_id: str, step: PastStep) -> list[BaseMessage]:
    shown = json.dumps(_plain(step.result), ensure_ascii=False).replace("<", "\\u003c")
    if len(shown) > PLANNING.result_characters:
        shown = shown[: PLANNING.result_characters] + _CUT
    call = {"name": step.tool, "args": _plain(step.args), "id": call_id, "type": "tool_call"}
    return [
        AIMessage("", tool_calls=[call]),
        ToolMessage(f"<result>\n{shown}\n</result>", tool_call_id=call_id, name=step.tool),
    ]


def _plain(value: Any) -> Any:
    """Mappings and sequences of any kind as those that `json` writes."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType] # JSON is untyped
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]  # pyright: ignore[reportUnknownVariableType] # JSON is untyped
    return value
