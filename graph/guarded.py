"""What a turn asks of each guard, and how it ends where a guard gives no answer."""

import asyncio
from collections.abc import Callable
from typing import Final, TypeVar

from pydantic import TypeAdapter

from audit.records import RecordKind
from graph import inputs
from graph.context import RunContext
from guardrails.fail_closed import Guard, GuardUnavailable, Question, find_in_thread
from guardrails.reasons import ReasonCode
from guardrails.scope import ScopeFinding
from guardrails.screening import Screening
from guardrails.sufficiency import Sufficiency
from guardrails.verdict import Verdict, refuse
from runs.events import Abstained, Refused

T = TypeVar("T")

SCREENING: Final[Question[Screening]] = Question(
    Guard.SCREENING, inputs.SCREENING, lambda answer: answer.verdict.code.value
)
SCOPE: Final[Question[ScopeFinding]] = Question(Guard.SCOPE, inputs.SCOPE, lambda answer: answer.verdict.code.value)
SUFFICIENCY: Final[Question[Sufficiency]] = Question(
    Guard.SUFFICIENCY, TypeAdapter(Sufficiency), lambda answer: answer.verdict.code.value
)
CLAIM: Final[Question[Verdict]] = Question(Guard.CLAIM, inputs.VERDICT, lambda answer: answer.code.value)


async def weighed(ctx: RunContext, piece: str, work: Callable[[], Sufficiency]) -> Sufficiency:
    """The evidence weighed, in a thread, so that a guard that computes for ever is left behind. `piece` names this
    weighing within the turn. Raises `GuardUnavailable`."""
    watch = ctx.services.watch
    return await ctx.outside.again(f"weighing:{piece}", lambda: SUFFICIENCY.ask(lambda: asyncio.to_thread(work), watch))


async def searched(ctx: RunContext, piece: str, work: Callable[[], T]) -> T:
    """Texts searched for personal data, likewise."""
    return await ctx.outside.again(f"masking:{piece}", lambda: find_in_thread(work))


def ending(ctx: RunContext) -> Refused | Abstained:
    """What the person is told: refused while nothing of an answer is there, else abstained, and nothing that was shown
    of it stands. Which guard it was is for the record."""
    verdict = refuse(ReasonCode.GUARD_UNAVAILABLE)
    code, reason, next_step = verdict.code.value, verdict.reason, verdict.next_step
    if not ctx.passages:
        return Refused(code=code, reason=reason, next_step=next_step)
    shown = [claim.index for claim in ctx.shown.claims]
    withdrawn = [*shown, *ctx.released]
    return Abstained(code=code, reason=reason, next_step=next_step, nearest=[], withdrawn=withdrawn)


def note(ctx: RunContext, failed: GuardUnavailable) -> None:
    """Record which guard failed, and how; not the words of its failure, which may quote anything."""
    body = {"guard": failed.guard.value, "fault": failed.fault.value}
    ctx.record(RecordKind.GUARD_FAILED, f"guard:{failed.guard.value}", body)
