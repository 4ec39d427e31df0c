"""Is the evidence enough to answer from? Where it is weak the turn says so and stops."""

from datetime import date

from langgraph.runtime import Runtime

from audit.records import RecordKind
from graph import inputs
from graph.context import RunContext
from graph.guarded import weighed
from graph.limits import TURN_LIMITS
from graph.nodes.screen import refused
from graph.sources import as_source, day_taken
from graph.state import OutcomeState, TurnState, Update
from guardrails.placeholders import plain
from guardrails.reasons import ReasonCode
from guardrails.sufficiency import assess
from guardrails.verdict import Verdict, refuse
from retrieval.publishing.findings import date_of
from retrieval.publishing.store import first_day_after
from runs.events import Abstained, Sources, StageName


async def weigh(state: TurnState, runtime: Runtime[RunContext]) -> Update:
    """Judge the evidence: enough becomes the sources; else abstain, or refuse what looked out of scope anyway."""
    ctx = runtime.context
    async with ctx.stage(StageName.WEIGH):
        asked = plain(state["question"]["standalone"])
        sufficiency = await weighed(ctx, "evidence", lambda: assess(asked, ctx.passages, ctx.expansions, ctx.common))
    verdict = sufficiency.verdict
    ctx.record(
        RecordKind.RUN_WEIGHED,
        "weigh",
        {
            "enough": bool(verdict),
            "code": verdict.code.value,
            "evidence": f"{sufficiency.evidence:.6f}",
            "features": {name: f"{value:.6f}" for name, value in sufficiency.features.items()},
        },
    )
    evidence = state["evidence"].copy()
    evidence["strength"] = sufficiency.evidence
    withdrawn = ctx.shown.withdrawn_by(ctx.passages)
    if withdrawn and verdict:
        verdict = refuse(ReasonCode.UNSUPPORTED_ANSWER)
    if not verdict and state["question"]["stranger"] and not withdrawn:
        return {"evidence": evidence, "outcome": refused(refuse(ReasonCode.OUT_OF_SCOPE))}
    if not verdict:
        first = await _first_day(ctx, plain(state["question"]["standalone"]))
        return {"evidence": evidence, "outcome": abstained(ctx, verdict, withdrawn, answered_from=first)}
    ctx.emit(Sources(sources=[as_source(p) for p in ctx.passages]))
    return {"evidence": evidence}


async def _first_day(ctx: RunContext, question: str) -> date | None:
    """Where a day in the past has no answer and today has: from which day on it has one, by documents that the person
    may read, of which none counted on that day. None where that is not why."""
    asked = ctx.run.question
    if asked.asked_on is None or ctx.as_of >= asked.asked_on:
        return None
    today = await ctx.services.search.search(
        ctx.principal, question, k=TURN_LIMITS.passages, as_of=asked.asked_on, libraries=asked.libraries
    )
    if not await weighed(ctx, "today", lambda: assess(question, today.passages, today.expansions)):
        return None
    document, principal, day = today.passages[0].document, ctx.principal, ctx.as_of

    async def first() -> date | None:
        async with ctx.services.database.transaction(principal) as tx:
            return await first_day_after(tx, document, day)

    return await ctx.outside.ask("first_day", inputs.MAYBE_DAY, first)


def abstained(
    ctx: RunContext, verdict: Verdict, withdrawn: list[int] | None = None, *, answered_from: date | None = None
) -> OutcomeState:
    """The end of a turn without an answer: why, what came closest, and what to do next."""
    reason = verdict.reason
    if answered_from is not None:
        verdict = refuse(ReasonCode.NO_EDITION_THEN)
        reason = (
            f"No edition that counted on {date_of(ctx.as_of)} answers this. From {date_of(answered_from)} on one does."
        )
    asked = ctx.run.question
    event = Abstained(
        code=verdict.code.value,
        reason=reason,
        as_of=None if asked.asked_on in (None, ctx.as_of) else ctx.as_of,
        day=day_taken(ctx),
        nearest=[as_source(p) for p in ctx.passages[: TURN_LIMITS.nearest]],
        next_step=verdict.next_step,
        withdrawn=withdrawn or [],
    )
    return {"kind": "abstained", "event": event.model_dump(mode="json")}
