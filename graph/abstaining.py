"""The end of a turn without an answer: why, what is missing, what came closest, whom to ask, what to do next."""

from collections.abc import Sequence
from datetime import date

from graph import inputs
from graph.context import RunContext
from graph.limits import TURN_LIMITS
from graph.sources import as_source, day_taken
from graph.state import OutcomeState
from guardrails.missing import Missing
from guardrails.reasons import ReasonCode
from guardrails.verdict import Verdict, refuse
from retrieval.models import Passage
from retrieval.owners.models import POLICY_OWNER, Owner
from retrieval.owners.store import owners_of
from retrieval.publishing.findings import date_of
from runs.events import Abstained, AskedPerson, MissingPart


async def abstained(
    ctx: RunContext,
    verdict: Verdict,
    withdrawn: list[int] | None = None,
    *,
    missing: Missing | None = None,
    answered_from: date | None = None,
) -> OutcomeState:
    """`answered_from`: the day from which on documents answer what they don't on the day that was asked about."""
    reason = verdict.reason
    if answered_from is not None:
        verdict, missing = refuse(ReasonCode.NO_EDITION_THEN), None
        reason = (
            f"No edition that counted on {date_of(ctx.as_of)} answers this. From {date_of(answered_from)} on one does."
        )
    asked = ctx.run.question
    nearest = ctx.passages[: TURN_LIMITS.nearest]
    event = Abstained(
        code=verdict.code.value,
        reason=reason,
        as_of=None if asked.asked_on in (None, ctx.as_of) else ctx.as_of,
        day=day_taken(ctx),
        nearest=[as_source(p) for p in nearest],
        next_step=verdict.next_step,
        withdrawn=withdrawn or [],
        missing=None
        if missing is None
        else MissingPart(kind=missing.kind, words=list(missing.words), text=missing.text),
        ask=await _whom_to_ask(ctx, nearest) or None,
    )
    return {"kind": "abstained", "event": event.model_dump(mode="json")}


async def _whom_to_ask(ctx: RunContext, nearest: Sequence[Passage]) -> list[AskedPerson]:
    """The policy owners of the nearest documents; where none of those is known, their role for each library."""
    if not nearest:
        return []
    editions, principal = list(dict.fromkeys(p.edition_id for p in nearest)), ctx.principal

    async def find() -> tuple[Owner, ...]:
        # Under the reader's own rights: a document that they may not open names nobody.
        async with ctx.services.database.transaction(principal) as tx:
            return await owners_of(tx, editions, TURN_LIMITS.owners)

    owners = await ctx.outside.ask("owners", inputs.OWNERS, find)
    if owners:
        return [
            AskedPerson(role=POLICY_OWNER, person=each.person, name=each.name, documents=list(each.documents))
            for each in owners
        ]
    libraries = list(dict.fromkeys(p.library for p in nearest))[: TURN_LIMITS.owners]
    return [
        AskedPerson(
            role=POLICY_OWNER,
            library=library,
            documents=list(dict.fromkeys(p.title for p in nearest if p.library == library)),
        )
        for library in libraries
    ]
