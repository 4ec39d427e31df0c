"""How the acting branch ends: the fixed words of what was read and done, or why nothing was."""

from collections.abc import Sequence
from typing import TypeGuard

from graph.context import RunContext
from graph.state import OutcomeState
from guardrails.reasons import EXPLANATIONS, ReasonCode
from runs.events import Abstained, Answer, Claim, Refused, Sources, ToolSource
from tools.calls.calls import CallResult, KeptCall

WRITER = "receipt"
"""Stands where an answer names its model: nothing of a receipt is written by one."""

CHANGE_IT = "Change the request, or do it in the usual system."
"""The next step where policy says no."""


def executed(kept: Sequence[KeptCall]) -> list[tuple[KeptCall, CallResult]]:
    """The calls that were executed, whatever came of them."""
    return [(call, call.result) for call in kept if call.result is not None]


def answered(ctx: RunContext, kept: Sequence[KeptCall], *more: str) -> OutcomeState:
    """The receipt: what each call gave, each with its result as the source, then fixed sentences about the rest."""
    sources: list[ToolSource] = []
    claims: list[Claim] = []
    for number, (call, result) in enumerate(executed(kept), start=1):
        proposal = call.proposal
        sources.append(
            ToolSource(ref=number, call_id=proposal.call_id, tool=proposal.call.tool, summary=result.summary)
        )
        claims.append(Claim(index=number - 1, text=result.summary, citations=[number], quote=False))
    claims += [Claim(index=len(claims) + n, text=text, citations=[], quote=False) for n, text in enumerate(more)]
    ctx.emit(Sources(sources=list(sources)))
    event = Answer(
        text="\n".join(claim.text for claim in claims),
        claims=claims,
        sources=list(sources),
        evidence=1.0,
        model=WRITER,
        prompt_version="",
        as_of=ctx.run.question.as_of,
        usage={},
    )
    return {"kind": "answered", "event": event.model_dump(mode="json")}


def is_receipt(event: Answer | Abstained | Refused) -> TypeGuard[Answer]:
    """Whether it is what `answered` has made."""
    return isinstance(event, Answer) and event.model == WRITER


def nothing_found(reason: str, code: ReasonCode) -> OutcomeState:
    """The end without a result: the bank's system had none, or something is missing. `reason` is fixed text, or the
    plain detail that the bank's own system gave."""
    event = Abstained(code=code.value, reason=reason, nearest=[], next_step=EXPLANATIONS[code].next_step)
    return {"kind": "abstained", "event": event.model_dump(mode="json")}


def refused_call(code: str, reason: str, next_step: str) -> OutcomeState:
    """The end where policy says no."""
    event = Refused(code=code, reason=reason, next_step=next_step)
    return {"kind": "refused", "event": event.model_dump(mode="json")}
