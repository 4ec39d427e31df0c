"""What a person wants done, and the next call towards it: by the model where there is one, else by built-in rules."""

from collections.abc import Sequence
from typing import Any

import orjson

from gateway.errors import ModelError
from gateway.planning.ports import PastStep, Plan, PlannedCall, PlanningTask
from graph import inputs
from graph.context import Acting, RunContext
from guardrails.filling import filled
from tools.calls.calls import KeptCall, calls_of_run
from tools.models import Effect
from tools.planning.specs import specs


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
    """The plan from here, one call at most, and who made it. A model sees no personal data: it gets and gives
    placeholders. Raises `Misplaced` where it gives one that does not belong there.

    `by_rules`: no model is asked.
    """
    acting = ctx.acting
    past = [PastStep(k.proposal.call.tool, k.proposal.call.args, k.result.result) for k in kept if k.result]
    if acting.planner is None or by_rules:
        return await acting.built_in.plan(_task(acting, request, past)), acting.built_in.name
    task, shown = await _hidden_task(ctx, request, past)
    try:
        plan = await acting.planner.plan(task)
    except ModelError as error:
        plan = await acting.built_in.plan(_task(acting, request, past))
        return plan, f"{acting.built_in.name} after {type(error).__name__}"
    calls = tuple([_filled(ctx, call, shown) for call in plan.calls[:1]])
    return Plan(calls, plan.missing, plan.usage), acting.planner.name


def _task(acting: Acting, request: str, past: Sequence[PastStep]) -> PlanningTask:
    return PlanningTask(request, specs(acting.catalogue.tools.values()), tuple(past), acting.plan_prompt.text)


async def _hidden_task(ctx: RunContext, request: str, past: Sequence[PastStep]) -> tuple[PlanningTask, list[str]]:
    """The task with personal data hidden in the request and in what the bank's systems returned; and its texts."""
    texts = [request]
    for step in past:
        texts += [orjson.dumps(dict(step.args)).decode(), orjson.dumps(step.result).decode()]
    await ctx.learn(texts)
    hidden = [ctx.placeholders.hide(text) for text in texts]
    said, *rest = hidden
    steps = [
        PastStep(step.tool, _parsed(args), result)
        for step, args, result in zip(past, rest[::2], rest[1::2], strict=True)
    ]
    return _task(ctx.acting, said, steps), hidden


def _filled(ctx: RunContext, call: PlannedCall, shown: Sequence[str]) -> PlannedCall:
    """The call with values for its placeholders, where the tool is one of ours: no other is called anyway."""
    tool = ctx.acting.catalogue.get(call.tool)
    if tool is None:
        return call
    return PlannedCall(call.tool, filled(dict(call.args), tool.schema, ctx.placeholders, *shown))


def _parsed(text: str) -> dict[str, Any]:
    """Masked arguments as JSON again; as a text where a placeholder stands for what was no text."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return {"masked": text}
