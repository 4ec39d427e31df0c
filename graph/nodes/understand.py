"""What is being asked, by itself: a follow-up becomes a stand-alone question, its scope is judged, and whether the
person wants something done."""

import asyncio

from langgraph.runtime import Runtime

from audit.records import RecordKind
from gateway.errors import ModelError
from graph import followups
from graph.context import RunContext
from graph.nodes.screen import refused
from graph.planning import has_planned, is_look_up, wanted
from graph.state import ActingState, TurnState, Update
from guardrails.intent import Intent
from guardrails.personal_data import mask
from guardrails.reasons import ReasonCode
from guardrails.verdict import refuse
from runs.events import StageName
from runs.models import Exchange


async def understand(state: TurnState, runtime: Runtime[RunContext]) -> Update:
    """Rewrite a follow-up, then refuse errands and what is forbidden.

    A question that only looks out of scope goes on: what the bank's own documents answer is in scope.
    """
    ctx = runtime.context
    question = state["question"]
    async with ctx.stage(StageName.UNDERSTAND):
        history = await _masked(ctx)
        standalone, how = await _stand_alone(ctx, question["masked"], history)
        finding = await ctx.services.guards.scope.judge(standalone)
        request = _request(ctx, question["text"], finding.intent)
        if request is None and await has_planned(ctx):
            request = question["text"]
    ctx.record(
        RecordKind.RUN_UNDERSTOOD,
        "understand",
        {
            "standalone": ctx.key.commit(standalone),
            "rewritten_by": how,
            "earlier_turns": len(history),
            "intent": finding.intent.value,
            "in_scope": f"{finding.in_scope:.6f}",
            "code": finding.verdict.code.value,
            "acting": request is not None,
        },
    )
    if request is not None:
        return await _act(ctx, request, is_suspicious=question["suspicious"])
    stranger = finding.intent is Intent.QUESTION and finding.verdict.code is ReasonCode.OUT_OF_SCOPE
    if not finding.verdict and not stranger:
        return {"outcome": refused(finding.verdict)}
    return {"question": {**question, "standalone": standalone, "stranger": stranger}}


def _request(ctx: RunContext, text: str, intent: Intent) -> str | None:
    """What the person wants done or looked up in the bank's systems; None for a question about its documents."""
    if ctx.services.acting is None or intent not in (Intent.QUESTION, Intent.ACTION_REQUEST):
        return None
    request = wanted(ctx, text)
    return text if request is None and intent is Intent.ACTION_REQUEST else request


async def _act(ctx: RunContext, request: str, *, is_suspicious: bool) -> Update:
    """A suspicion takes the tools away, except to look up what written rules read in the person's own words."""
    if is_suspicious and not await is_look_up(ctx, request):
        return {"outcome": refused(refuse(ReasonCode.TOOLS_SUSPENDED))}
    acting: ActingState = {
        "request": request,
        "only_reads": is_suspicious,
        "call_id": "",
        "approval_id": "",
        "digest": "",
        "performed": False,
    }
    return {"acting": acting}


async def _masked(ctx: RunContext) -> list[Exchange]:
    """Earlier turns as a model may see them: personal data masked as in the question itself."""
    detector = ctx.services.guards.personal_data

    def masked(text: str) -> str:
        return mask(text, detector.find(text)).text

    return await asyncio.to_thread(lambda: [Exchange(masked(e.question), masked(e.answer)) for e in ctx.history])


async def _stand_alone(ctx: RunContext, question: str, history: list[Exchange]) -> tuple[str, str]:
    """The stand-alone question and who made it so. A model that fails leaves it to the rules."""
    if not history or not followups.leans_on_earlier(question):
        return question, "nobody"
    rewriter = ctx.services.rewriter
    if rewriter is not None:
        try:
            return await rewriter.rewrite([(e.question, e.answer) for e in history], question), rewriter.name
        except ModelError as error:
            return followups.stand_alone(question, history), f"rules after {type(error).__name__}"
    return followups.stand_alone(question, history), "rules"
