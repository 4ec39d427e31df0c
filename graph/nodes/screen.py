"""May it be asked? A clear attack is refused; a suspicion tightens what follows."""

from langgraph.runtime import Runtime

from audit.records import RecordKind
from graph.context import RunContext
from graph.state import OutcomeState, TurnState, Update
from guardrails.risk import Kind, Risk
from guardrails.verdict import Verdict
from runs.events import Refused, StageName


async def screen(state: TurnState, runtime: Runtime[RunContext]) -> Update:  # noqa: ARG001 -- a node's shape
    """Normalise the question, mask personal data, and refuse what may not be asked."""
    ctx = runtime.context
    async with ctx.stage(StageName.SCREEN):
        screening = await ctx.services.guards.screener.screen(ctx.run.question.text)
    ctx.record(
        RecordKind.RUN_SCREENED,
        "screen",
        {
            "question": ctx.key.commit(ctx.run.question.text),
            "allowed": bool(screening.verdict),
            "code": screening.verdict.code.value,
            "suspicious": screening.suspicious,
            "rules": list(screening.rules),
            "masked": len(screening.masks),
        },
    )
    if not screening.verdict:
        return {"outcome": refused(screening.verdict)}
    ctx.placeholders.learn((mask.kind, mask.value) for mask in screening.masks)
    masked = ctx.placeholders.hide(screening.text)  # with the numbers that earlier turns gave
    return {
        "question": {
            "text": screening.text,
            "masked": masked,
            "standalone": masked,
            "suspicious": screening.suspicious,
            "stranger": False,
            "kind": Kind.POLICY_QUESTION.value,
            "risk": Risk.HIGH.value,
        }
    }


def refused(verdict: Verdict) -> OutcomeState:
    """The end of a turn that a guard refused."""
    event = Refused(code=verdict.code.value, reason=verdict.reason, next_step=verdict.next_step)
    return {"kind": "refused", "event": event.model_dump(mode="json")}
