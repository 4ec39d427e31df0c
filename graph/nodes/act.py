"""The bounded loop of the acting branch: plan a call, have code decide it, read at once or ask for a signature."""

from langgraph.runtime import Runtime

from graph.calling import CallLoop
from graph.context import RunContext
from graph.state import TurnState, Update
from runs.events import StageName


async def act(state: TurnState, runtime: Runtime[RunContext]) -> Update:
    """Go on until a call waits for a signature, or the turn has its outcome."""
    ctx = runtime.context
    acting = state["acting"]
    async with ctx.stage(StageName.ACT):
        step = await CallLoop(ctx, acting["request"], only_reads=acting["only_reads"]).advance()
    if step.waiting is None:
        return {"outcome": step.outcome}
    await ctx.flush(f"act:{step.waiting}")  # the next execution goes on from the interrupt and shows this no more
    return {"acting": {**acting, "call_id": str(step.waiting), "approval_id": "", "digest": ""}}
