"""The end of a turn: outcome, reply, final state and record in one transaction."""

from typing import Any

from langgraph.runtime import Runtime

from audit.records import RecordKind
from graph import inputs, receipts
from graph.context import RunContext
from graph.errors import RunCancelled, RunSuperseded
from graph.outside import FINISH
from graph.performing import ENDED, abandon_open
from graph.state import TurnState, Update
from retrieval.publishing.store import keep_citations
from runs import conversations, store
from runs.events import Abstained, Answer, Refused, RunFinished, Source, Sources
from runs.models import RunStatus

_EVENTS = {"answered": Answer, "abstained": Abstained, "refused": Refused}


async def record(state: TurnState, runtime: Runtime[RunContext]) -> Update:
    """Commit the outcome. Whoever finished the run before (a cancel) or has taken it over wins: then nothing is added,
    also not that the graph has ended, or who took it over would find nothing left to do in a run that is not over."""
    ctx = runtime.context
    outcome = state["outcome"]
    event = _EVENTS[outcome["kind"]].model_validate(outcome["event"])
    status = RunStatus(outcome["kind"])
    usage = event.usage if isinstance(event, Answer) else {}
    now, reply_id = ctx.now(), ctx.new_id()
    # What was done is said, also where the person asked to stop after it was signed.
    has_acted = "acting" in state and state["acting"]["performed"]
    async with ctx.outside.transaction() as tx:
        if await ctx.finish(tx, status, usage, now, despite_stop=has_acted, on_evidence=not isinstance(event, Refused)):
            if ctx.attempt > 1:  # an execution that began anew may end otherwise than the one that asked
                await abandon_open(tx, ctx, ENDED)
            _tell(ctx, event, status, usage)
            await ctx.commit_into(tx, FINISH)
            if isinstance(event, Answer):
                text = event.text
                cited = sorted({source.edition_id for source in event.sources if isinstance(source, Source)})
                await ctx.outside.leave(lambda: keep_citations(tx, ctx.run.id, cited, now))
                await ctx.outside.leave(lambda: conversations.keep_reply(tx, ctx.key, ctx.run, reply_id, text, now))
        else:
            asked = await ctx.outside.ask("stop", inputs.FLAG, lambda: store.is_stop_requested(tx, ctx.run.id))
            raise RunCancelled if asked else RunSuperseded
    return {}


def _tell(ctx: RunContext, event: Answer | Abstained | Refused, status: RunStatus, usage: dict[str, Any]) -> None:
    if receipts.is_receipt(event) and not ctx.is_waiting(Sources):
        # The process that acted died before this one took the run up behind it, and its sources were not shown.
        ctx.emit(Sources(sources=event.sources))
    ctx.emit(event)
    ctx.emit(RunFinished(status=status))
    ctx.record(
        RecordKind.RUN_FINISHED,
        FINISH,
        {
            "status": status.value,
            "code": "" if isinstance(event, Answer) else event.code,
            "text": ctx.key.commit(event.text if isinstance(event, Answer) else event.reason),
            "usage": usage,
        },
    )
