"""What is shown and recorded of a checked claim."""

from collections.abc import Iterable

from audit.records import RecordKind
from graph.context import RunContext
from runs.events import Claim, ClaimReleased


def release(ctx: RunContext, claims: Iterable[Claim]) -> None:
    """With the next flush: each claim, and its record."""
    for claim in claims:
        ctx.emit(ClaimReleased(**claim.model_dump()))
        ctx.record(
            RecordKind.CLAIM_RELEASED,
            f"claim:{claim.index}",
            {
                "index": claim.index,
                "text": ctx.key.commit(claim.text),
                "quote": claim.quote,
                "citations": [str(p.chunk_id) for p in ctx.passages if p.ref in claim.citations],
            },
        )
