"""What is being asked, by itself: a follow-up becomes a stand-alone question, its scope is judged, and whether the
person wants something done."""

from datetime import date
from typing import Any

from langgraph.runtime import Runtime

from audit.records import RecordKind
from gateway.errors import ModelError
from graph import followups
from graph.as_of import NamedDay, is_about_today, named_day
from graph.context import RunContext
from graph.nodes.screen import refused
from graph.planning import has_planned, is_look_up, wanted
from graph.state import ActingState, QuestionState, TurnState, Update
from guardrails.intent import Intent
from guardrails.placeholders import fits
from guardrails.reasons import ReasonCode
from guardrails.risk import Kind, Risk, at_admission, strictest
from guardrails.scope import ScopeFinding
from guardrails.verdict import refuse
from runs.events import StageName
from runs.models import Exchange, Mode


async def understand(state: TurnState, runtime: Runtime[RunContext]) -> Update:
    """Rewrite a follow-up, then refuse errands and what is forbidden.

    A question that only looks out of scope goes on: what the bank's own documents answer is in scope.
    """
    ctx = runtime.context
    question = state["question"]
    async with ctx.stage(StageName.UNDERSTAND) as remark:
        history = await _masked(ctx)
        ctx.named = _named(ctx, question["masked"], history)
        asked, history = _without_days(ctx, question["masked"], history)
        standalone, how = await _stand_alone(ctx, asked, history)
        finding = await ctx.services.guards.scope.judge(standalone, mode=ctx.run.question.mode.value)
        request = _request(ctx, question["text"], finding.intent)
        if request is None and await has_planned(ctx):
            request = question["text"]
        risk, tightened = _risk(ctx, question, finding)
        if tightened and finding.verdict and request is None:
            remark.text = "Shown as a whole, once every sentence is checked"
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
            **_routed(finding, risk),
            **({} if ctx.named is None else {"as_of": ctx.as_of.isoformat(), "as_of_by": ctx.named.reading.value}),
        },
    )
    if request is not None:
        return await _act(ctx, request, is_suspicious=question["suspicious"])
    stranger = finding.intent is Intent.QUESTION and finding.verdict.code is ReasonCode.OUT_OF_SCOPE
    # A form is written, never done: "add a note to the case" asks for the note.
    wants_form = ctx.run.question.mode is not Mode.ANSWER and finding.intent is Intent.ACTION_REQUEST
    if not finding.verdict and not stranger and not wants_form:
        return {"outcome": refused(finding.verdict)}
    return {
        "question": {
            **question,
            "standalone": standalone,
            "stranger": stranger,
            "kind": (finding.kind or Kind.POLICY_QUESTION).value,
            "risk": risk.value,
        }
    }


def _risk(ctx: RunContext, question: QuestionState, finding: ScopeFinding) -> tuple[Risk, bool]:
    """The risk, and whether it holds back an answer that was announced sentence by sentence. It is the strictest of
    the question understood, of its own words, by which the release was announced, and of a suspicion."""
    if finding.risk is None:  # an input from before there were risks: released as it was then
        return Risk.STANDARD if question["suspicious"] else Risk.LOW, False
    announced = at_admission(question["text"], mode=ctx.run.question.mode.value, follows=bool(ctx.history))
    risk = strictest((finding.risk, announced, Risk.HIGH if question["suspicious"] else Risk.LOW))
    return risk, announced is Risk.LOW and risk is not Risk.LOW


def _routed(finding: ScopeFinding, risk: Risk) -> dict[str, Any]:
    """Kind and risk for the record, with the rules behind them; nothing where the input is older than both."""
    if finding.kind is None or finding.risk is None:
        return {}
    return {"kind": finding.kind.value, "risk": risk.value, "risk_rules": list(finding.rules)}


def _named(ctx: RunContext, question: str, history: list[Exchange]) -> NamedDay | None:
    """The day that the question names, or that an earlier one did which it leans on."""
    today = _may_name_a_day(ctx)
    if today is None:
        return None
    own = named_day(question, today)
    if own is not None or is_about_today(question) or not followups.leans_on_earlier(question):
        return own
    for exchange in reversed(history):
        found = named_day(exchange.question, today)
        if found is not None or not followups.leans_on_earlier(exchange.question):
            return found
    return None


def _without_days(ctx: RunContext, question: str, history: list[Exchange]) -> tuple[str, list[Exchange]]:
    """What is searched for: the words of a day say which editions count, and stand in none of them."""
    today = _may_name_a_day(ctx)
    if today is None:
        return question, history

    def without(text: str) -> str:
        found = named_day(text, today)
        return text if found is None else found.without

    return without(question), [Exchange(without(each.question), each.answer) for each in history]


def _may_name_a_day(ctx: RunContext) -> date | None:
    """The day on which the question was asked; None where the request named the day that counts."""
    asked = ctx.run.question
    return None if asked.as_of_given else asked.asked_on


def _request(ctx: RunContext, text: str, intent: Intent) -> str | None:
    """What the person wants done or looked up in the bank's systems; None for a question about its documents."""
    if ctx.services.acting is None or ctx.run.question.mode is not Mode.ANSWER:
        return None
    if intent not in (Intent.QUESTION, Intent.ACTION_REQUEST):
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
    """Earlier turns as a model may see them: personal data hidden as in the question itself."""
    if not ctx.history:
        return []
    await ctx.learn([text for e in ctx.history for text in (e.question, e.answer)])
    hide = ctx.placeholders.hide
    return [Exchange(hide(e.question), hide(e.answer)) for e in ctx.history]


async def _stand_alone(ctx: RunContext, question: str, history: list[Exchange]) -> tuple[str, str]:
    """The stand-alone question and who made it so. A model that fails leaves it to the rules."""
    if not history or not followups.leans_on_earlier(question):
        return question, "nobody"
    rewriter = ctx.services.rewriter
    if rewriter is not None:
        try:
            rewritten = await rewriter.rewrite([(e.question, e.answer) for e in history], question)
            if fits(rewritten, question, *(text for e in history for text in (e.question, e.answer))):
                return rewritten, rewriter.name
            return followups.stand_alone(question, history), "rules after a placeholder that stands for nothing"
        except ModelError as error:
            return followups.stand_alone(question, history), f"rules after {type(error).__name__}"
    return followups.stand_alone(question, history), "rules"
