"""Is the evidence enough to answer from? Where it is weak the turn says so and stops."""

from langgraph.runtime import Runtime

from audit.records import RecordKind
from graph.context import RunContext
from graph.limits import TURN_LIMITS
from graph.nodes.screen import refused
from graph.shown import evidence_key
from graph.sources import as_source
from graph.state import OutcomeState, TurnState, Update
from guardrails.reasons import ReasonCode
from guardrails.sufficiency import assess
from guardrails.verdict import Verdict, refuse
from runs.events import Abstained, Sources, StageName


async def weigh(state: TurnState, runtime: Runtime[RunContext]) -> Update:
    """Judge the evidence: enough is shown as the sources; else abstain, or refuse what looked out of scope anyway."""
    ctx = runtime.context
    async with ctx.stage(StageName.WEIGH):
        sufficiency = assess(state["question"]["standalone"], ctx.passages, ctx.expansions)
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
        return {"evidence": evidence, "outcome": abstained(ctx, verdict, withdrawn)}
    ctx.emit(Sources(sources=[as_source(p) for p in ctx.passages]))
    await ctx.flush(f"sources:{evidence_key(ctx.passages)}")
    return {"evidence": evidence}


def abstained(ctx: RunContext, verdict: Verdict, withdrawn: list[int] | None = None) -> OutcomeState:
    """The end of a turn without an answer: why, what came closest, and what to do next."""
    event = Abstained(
        code=verdict.code.value,
        reason=verdict.reason,
        nearest=[as_source(p) for p in ctx.passages[: TURN_LIMITS.nearest]],
        next_step=verdict.next_step,
        withdrawn=withdrawn or [],
    )
    return {"kind": "abstained", "event": event.model_dump(mode="json")}
