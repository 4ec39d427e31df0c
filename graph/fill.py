"""The answer as a form: filled in, checked field by field, and released whole or not at all."""

from audit.records import RecordKind
from gateway.writers.ports import Form
from graph.abstaining import abstained
from graph.context import RunContext
from graph.filling import FormFiller
from graph.forms import case_note, checklist
from graph.releasing import release
from graph.shown import evidence_key
from graph.sources import as_source, day_taken
from graph.state import OutcomeState, TurnState, Update
from guardrails.missing import UNSAID
from guardrails.reasons import ReasonCode
from guardrails.verdict import refuse
from runs.events import Answer, Claim, StageName
from runs.form_text import as_text
from runs.models import Mode

FORMS = {Mode.CHECKLIST: Form.CHECKLIST, Mode.CASE_NOTE: Form.CASE_NOTE}


async def fill(ctx: RunContext, state: TurnState) -> Update:
    """Release the form, or abstain where no field of it stands."""
    mode = ctx.run.question.mode
    prompt = ctx.services.form_prompts[mode]
    filler = FormFiller(ctx, FORMS[mode], state["question"]["standalone"], prompt.text)
    await ctx.flush(f"sources:{evidence_key(ctx.passages)}")
    async with ctx.stage(StageName.ANSWER):
        await filler.fill()
    ctx.record(
        RecordKind.RUN_WRITTEN,
        "write",
        {
            "form": mode.value,
            "claims": len(filler.filled),
            "left_out": filler.left_out,
            "failed_checks": len(filler.tally.failures),
            "reasons": sorted(set(filler.tally.failures)),
            "usage": filler.tally.as_usage(),
            "prompt": {"version": prompt.version, "hash": prompt.hash},
        },
    )
    if not filler.filled:
        code = ReasonCode.UNSUPPORTED_ANSWER if filler.tally.failures else ReasonCode.NOTHING_LISTED
        return {"outcome": await abstained(ctx, refuse(code), missing=UNSAID if filler.tally.failures else None)}
    return {"outcome": _filled(ctx, state, filler)}


def _filled(ctx: RunContext, state: TurnState, filler: FormFiller) -> OutcomeState:
    claims = [
        Claim(index=at, text=each.said, citations=list(each.draft.citations), quote=each.verbatim)
        for at, each in enumerate(filler.filled)
    ]
    release(ctx, claims)
    form = (
        checklist(ctx, filler.filled, filler.left_out)
        if filler.form is Form.CHECKLIST
        else case_note(state["question"]["text"], filler.filled, filler.left_out)
    )
    cited = {ref for claim in claims for ref in claim.citations}
    event = Answer(
        text=as_text(form),
        claims=claims,
        sources=[as_source(p) for p in ctx.passages if p.ref in cited],
        structured=form,
        evidence=round(state["evidence"]["strength"], 4),
        model=filler.tally.model,
        prompt_version=ctx.services.form_prompts[ctx.run.question.mode].version,
        as_of=ctx.as_of,
        usage=filler.tally.as_usage(),
        day=day_taken(ctx),
    )
    return {"kind": "answered", "event": event.model_dump(mode="json")}
