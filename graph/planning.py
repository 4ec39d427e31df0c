"""What a person wants done, and the next call towards it: by the model where there is one, else by built-in rules."""

from collections.abc import Sequence
from typing import Any, cast

import orjson

from gateway.errors import ModelError
from gateway.planning.ports import PastStep, Plan, PlannedCall, PlanningTask
from graph import inputs
from graph.context import Acting, RunContext
from graph.guarded import searched
from guardrails.personal_data import Mask, Masked, PersonalDataDetector, mask, restore
from tools.calls.calls import KeptCall, calls_of_run
from tools.models import Effect
from tools.planning.specs import specs

_BETWEEN = "\n\x1e\n"
"""Between the texts that are masked together, so that one value has one placeholder; no screened text holds it."""


def wanted(ctx: RunContext, text: str) -> str | None:
    """The request that a message makes of the catalogue's tools, in the person's own words; None where it makes none.

    A message that gives what the request before it lacked completes it.
    """
    planner = ctx.acting.built_in
    earlier = ctx.history[-1] if ctx.history else None
    if earlier is not None and not earlier.answer:
        joined = planner.joined(earlier.question, text)
        if joined is not None:
            return joined
    return text if planner.recognises(text) else None


async def has_planned(ctx: RunContext) -> bool:
    """Whether an earlier execution of this run has made calls: then it is a request, whatever is understood now."""
    if ctx.attempt == 1 or ctx.services.acting is None:
        return False
    async with ctx.outside.transaction() as tx:
        calls = await ctx.outside.ask("calls", inputs.CALLS, lambda: calls_of_run(tx, ctx.key, ctx.run.id))
    return bool(calls)


async def is_look_up(ctx: RunContext, request: str) -> bool:
    """Whether the written rules read the request as one to look something up."""
    acting = ctx.acting
    plan = await acting.built_in.plan(_task(acting, request, ()))
    tools = [acting.catalogue.get(call.tool) for call in plan.calls]
    return bool(tools) and all(tool is not None and tool.effect is Effect.READ for tool in tools)


async def next_plan(
    ctx: RunContext, request: str, kept: Sequence[KeptCall], *, by_rules: bool = False
) -> tuple[Plan, str]:
    """The plan from here, and who made it. A model sees no personal data: it gets and gives placeholders.

    `by_rules`: no model is asked.
    """
    acting = ctx.acting
    past = [PastStep(k.proposal.call.tool, k.proposal.call.args, k.result.result) for k in kept if k.result]
    if acting.planner is None or by_rules:
        return await acting.built_in.plan(_task(acting, request, past)), acting.built_in.name
    detector = ctx.services.guards.personal_data
    masked, task = await searched(ctx, f"plan:{len(past)}", lambda: _masked_task(acting, detector, request, past))
    try:
        plan = await acting.planner.plan(task)
    except ModelError as error:
        plan = await acting.built_in.plan(_task(acting, request, past))
        return plan, f"{acting.built_in.name} after {type(error).__name__}"
    calls = tuple([PlannedCall(call.tool, _restored(dict(call.args), masked.masks)) for call in plan.calls])
    return Plan(calls, plan.missing, plan.usage), acting.planner.name


def _task(acting: Acting, request: str, past: Sequence[PastStep]) -> PlanningTask:
    return PlanningTask(request, specs(acting.catalogue.tools.values()), tuple(past), acting.plan_prompt.text)


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
        PastStep(step.tool, _parsed(args), result)
        for step, args, result in zip(past, rest[::2], rest[1::2], strict=True)
    ]
    return masked, _task(acting, said, steps)


def _parsed(text: str) -> dict[str, Any]:
    """Masked arguments as JSON again; as a text where a placeholder stands for what was no text."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return {"masked": text}


def _restored(value: Any, masks: Sequence[Mask]) -> Any:
    """JSON with the placeholders in its texts filled in again."""
    if isinstance(value, str):
        return restore(value, masks)
    if isinstance(value, dict):
        return {key: _restored(item, masks) for key, item in cast("dict[str, Any]", value).items()}
    if isinstance(value, list):
        return [_restored(item, masks) for item in cast("list[Any]", value)]
    return value
