"""Write, check and release in one node, so that a claim is shown while the next is being written."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from langgraph.runtime import Runtime

from audit.records import RecordKind
from graph import inputs
from graph.abstaining import abstained
from graph.conflicting import conflicts_of
from graph.context import RunContext
from graph.fill import fill
from graph.releasing import release
from graph.shown import evidence_key
from graph.sources import as_source, day_taken
from graph.state import OutcomeState, TurnState, Update
from graph.writing import ClaimWriter
from guardrails.missing import UNSAID
from guardrails.reasons import ReasonCode
from guardrails.risk import Kind, Risk
from guardrails.verdict import refuse
from runs.events import Answer, Claim, StageName
from runs.models import Mode

_Written = asyncio.Queue[Claim | None]
"""Checked claims as they come; None behind the last."""


async def answer(state: TurnState, runtime: Runtime[RunContext]) -> Update:
    """Release checked claims, by the risk of the question: each at once or all together; without one, abstain."""
    ctx = runtime.context
    if ctx.run.question.mode is not Mode.ANSWER:
        return await fill(ctx, state)
    asked = state["question"]
    writer = ClaimWriter(ctx, asked["standalone"], all_or_nothing=asked["risk"] == Risk.HIGH)
    at_once = asked["risk"] == Risk.LOW and not asked["suspicious"] and not ctx.shown.claims
    async with _under_way(writer.claims()) as written:
        # The sources are shown while the first sentences are written: a model takes its time to begin.
        await ctx.flush(f"sources:{evidence_key(ctx.passages)}")
        async with ctx.stage(StageName.ANSWER):
            async for claims, is_last in _batches(ctx, written):
                release(ctx, claims)
                if at_once and claims and not is_last:
                    await ctx.flush(f"claims:{claims[0].index}")
    ctx.record(
        RecordKind.RUN_WRITTEN,
        "write",
        {
            "claims": len(writer.accepted),
            "failed_checks": len(writer.tally.failures),
            "reasons": sorted(set(writer.tally.failures)),
            "usage": writer.tally.as_usage(),
            "prompt": {"version": ctx.services.answer_prompt.version, "hash": ctx.services.answer_prompt.hash},
        },
    )
    if not writer.accepted:
        return {"outcome": await abstained(ctx, refuse(ReasonCode.UNSUPPORTED_ANSWER), missing=UNSAID)}
    return {"outcome": _answered(ctx, state, writer)}


@asynccontextmanager
async def _under_way(claims: AsyncGenerator[Claim]) -> AsyncGenerator[_Written]:
    """Claims are written from here on, whatever the block does meanwhile: its commits don't hold the writer up."""
    queue: _Written = asyncio.Queue()

    async def produce() -> None:
        try:
            async for claim in claims:
                queue.put_nowait(claim)
        finally:
            queue.put_nowait(None)

    producer = asyncio.create_task(produce())
    try:
        yield queue
        await producer
    finally:
        producer.cancel()


async def _batches(ctx: RunContext, written: _Written) -> AsyncGenerator[tuple[list[Claim], bool]]:
    """What is ready since the last look, and whether that was the end.

    How much was ready is a matter of speed, and so an input: what is committed together depends on it.
    """
    is_last = False
    while not is_last:
        ready = [await written.get()]
        size = ctx.outside.value("ready", inputs.NUMBER, lambda: 1 + written.qsize())
        while len(ready) < size and ready[-1] is not None:
            ready.append(await written.get())
        is_last = None in ready
        yield [claim for claim in ready if claim is not None], is_last


def _answered(ctx: RunContext, state: TurnState, writer: ClaimWriter) -> OutcomeState:
    conflicts = conflicts_of(writer.accepted, ctx.passages)
    shown = [statement.ref for conflict in conflicts for statement in conflict.statements]
    cited = {ref for claim in writer.accepted for ref in claim.citations} | set(shown)
    event = Answer(
        text="\n".join(claim.text for claim in writer.accepted),
        claims=writer.accepted,
        sources=[as_source(p) for p in ctx.passages if p.ref in cited],
        evidence=round(state["evidence"]["strength"], 4),
        model=writer.tally.model,
        prompt_version=ctx.services.answer_prompt.version,
        as_of=ctx.as_of,
        usage=writer.tally.as_usage(),
        day=day_taken(ctx),
        offer="checklist" if state["question"]["kind"] == Kind.CHECKLIST.value else None,
        quotes_only=True if writer.fell_back else None,
        conflicts=conflicts or None,
    )
    return {"kind": "answered", "event": event.model_dump(mode="json")}
