"""Is the evidence enough to answer from? Where it is weak the turn says so and stops."""

from datetime import date

from langgraph.runtime import Runtime

from audit.records import RecordKind
from graph import inputs
from graph.abstaining import abstained
from graph.context import RunContext
from graph.guarded import weighed
from graph.limits import TURN_LIMITS
from graph.nodes.screen import refused
from graph.requests import asked_about, enough
from graph.sources import as_source
from graph.state import TurnState, Update
from guardrails.missing import missing_in
from guardrails.placeholders import plain
from guardrails.reasons import ReasonCode
from guardrails.risk import Risk
from guardrails.sufficiency import assess
from guardrails.thresholds import SUFFICIENCY
from guardrails.verdict import refuse
from retrieval.publishing.store import first_day_after
from runs.events import Sources, StageName


async def weigh(state: TurnState, runtime: Runtime[RunContext]) -> Update:
    """Judge the evidence: enough becomes the sources; else abstain, or refuse what looked out of scope anyway."""
    ctx = runtime.context
    async with ctx.stage(StageName.WEIGH):
        risk = Risk(state["question"]["risk"])
        asked = asked_about(ctx, plain(state["question"]["standalone"]))
        sufficiency = await weighed(ctx, "evidence", lambda: enough(ctx, asked, risk))
    verdict = sufficiency.verdict
    ctx.record(
        RecordKind.RUN_WEIGHED,
        "weigh",
        {
            "enough": bool(verdict),
            "code": verdict.code.value,
            "evidence": f"{sufficiency.evidence:.6f}",
            "demanded": f"{SUFFICIENCY.demanded(risk):.3f}",
            "features": {name: f"{value:.6f}" for name, value in sufficiency.features.items()},
        },
    )
    evidence = state["evidence"].copy()
    evidence["strength"] = sufficiency.evidence
    withdrawn = ctx.shown.withdrawn_by(ctx.passages)
    if withdrawn and verdict:
        verdict = refuse(ReasonCode.UNSUPPORTED_ANSWER)
    first = None if verdict else await _first_day(ctx, asked, risk)
    if not verdict and state["question"]["stranger"] and first is None and not withdrawn:
        return {"evidence": evidence, "outcome": refused(refuse(ReasonCode.OUT_OF_SCOPE))}
    if not verdict:
        missing = missing_in(asked, ctx.passages, sufficiency, verdict.code, ctx.expansions, ctx.common)
        end = await abstained(ctx, verdict, withdrawn, missing=missing, answered_from=first)
        return {"evidence": evidence, "outcome": end}
    ctx.emit(Sources(sources=[as_source(p) for p in ctx.passages]))
    return {"evidence": evidence}


async def _first_day(ctx: RunContext, question: str, risk: Risk) -> date | None:
    """Where a day in the past has no answer and today has: from which day on it has one, by documents that the person
    may read, of which none counted on that day. None where that is not why."""
    asked = ctx.run.question
    if asked.asked_on is None or ctx.as_of >= asked.asked_on:
        return None
    today = await ctx.services.search.search(
        ctx.principal, question, k=TURN_LIMITS.passages, as_of=asked.asked_on, libraries=asked.libraries
    )
    found = (question, today.passages, today.expansions, today.common, risk)
    if not await weighed(ctx, "today", lambda: assess(*found)):
        return None
    document, principal, day = today.passages[0].document, ctx.principal, ctx.as_of

    async def first() -> date | None:
        async with ctx.services.database.transaction(principal) as tx:
            return await first_day_after(tx, document, day)

    return await ctx.outside.ask("first_day", inputs.MAYBE_DAY, first)
