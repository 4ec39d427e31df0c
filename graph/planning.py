"""What a person wants done, and the next call towards it: by the model where there is one, else by built-in rules."""

import asyncio
from collections.abc import Sequence
from typing import Any, cast

import orjson

from gateway.errors import ModelError
from gateway.planning.ports import PastStep, Plan, PlannedCall, PlanningTask, ToolSpec
from graph.context import Acting, RunContext
from guardrails.personal_data import Mask, Masked, PersonalDataDetector, mask, restore
from tools.calls.calls import KeptCall

SUPPLEMENT_WORDS = 8
"""The missing piece of a request ("case C-1042") is short; more words are a request of their own."""

BARE_WORDS = 2
"""Of a message that could be a request of its own: "case C-1042" alone is an answer to "Say which case"."""

_BETWEEN = "\n\x1e\n"
"""Between the texts that are masked together, so that one value has one placeholder; no screened text holds it."""


async def wanted(ctx: RunContext, text: str) -> str | None:
    """The request that a message makes of the catalogue's tools, in the person's own words; None where it makes none.

    A short message after a request that lacked something completes it.
    """
    is_request = ctx.acting.built_in.recognises(text)
    words = len(text.split())
    if words <= (BARE_WORDS if is_request else SUPPLEMENT_WORDS):
        completed = await _completed(ctx, text)
        if completed is not None:
            return completed
    return text if is_request else None


async def _completed(ctx: RunContext, text: str) -> str | None:
    """The last message with this one, where together they are what the last one alone was not: a whole request."""
    planner = ctx.acting.built_in
    if not ctx.history or ctx.history[-1].answer or not planner.recognises(ctx.history[-1].question):
        return None
    earlier = ctx.history[-1].question
    joined = f"{earlier}\n{text}"
    alone, together = [await planner.plan(_task(ctx.acting, request, ())) for request in (earlier, joined)]
    return joined if alone.missing and together.calls else None


async def next_plan(ctx: RunContext, request: str, kept: Sequence[KeptCall]) -> tuple[Plan, str]:
    """The plan from here, and who made it. A model sees no personal data: it gets and gives placeholders."""
    acting = ctx.acting
    past = [PastStep(k.proposal.call.tool, k.proposal.call.args, k.result.result) for k in kept if k.result]
    if acting.planner is None:
        return await acting.built_in.plan(_task(acting, request, past)), acting.built_in.name
    detector = ctx.services.guards.personal_data
    masked, task = await asyncio.to_thread(_masked_task, acting, detector, request, past)
    try:
        plan = await acting.planner.plan(task)
    except ModelError as error:
        plan = await acting.built_in.plan(_task(acting, request, past))
        return plan, f"{acting.built_in.name} after {type(error).__name__}"
    calls = tuple([PlannedCall(call.tool, _restored(dict(call.args), masked.masks)) for call in plan.calls])
    return Plan(calls, plan.missing, plan.usage), acting.planner.name


def _task(acting: Acting, request: str, past: Sequence[PastStep]) -> PlanningTask:
    tools = tuple([ToolSpec(t.name, t.description, t.schema, t.effect.value) for t in acting.catalogue.tools.values()])
    return PlanningTask(request, tools, tuple(past), acting.plan_prompt.text)


def _masked_task(
    acting: Acting, detector: PersonalDataDetector, request: str, past: Sequence[PastStep]
) -> tuple[Masked, PlanningTask]:
    """The task with personal data masked in the request and in what the bank's systems returned."""
    texts = [request]
    for step in past:
        texts += [orjson.dumps(dict(step.args)).decode(), orjson.dumps(step.result).decode()]
    together = _BETWEEN.join(texts)
    masked = mask(together, detector.find(together))
    said, *rest = masked.text.split(_BETWEEN)
    steps = [
        PastStep(step.tool, {"arguments": args}, result)
        for step, args, result in zip(past, rest[::2], rest[1::2], strict=True)
    ]
    return masked, _task(acting, said, steps)


def _restored(value: Any, masks: Sequence[Mask]) -> Any:
    """JSON with the placeholders in its texts filled in again."""
    if isinstance(value, str):
        return restore(value, masks)
    if isinstance(value, dict):
        return {key: _restored(item, masks) for key, item in cast("dict[str, Any]", value).items()}
    if isinstance(value, list):
        return [_restored(item, masks) for item in cast("list[Any]", value)]
    return value
