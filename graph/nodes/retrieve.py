"""What may this person read that fits? Access comes first, in `retrieval`."""

from collections.abc import Sequence
from typing import Any

from langgraph.runtime import Runtime

from audit.records import RecordKind
from graph.context import RunContext
from graph.limits import TURN_LIMITS
from graph.shown import evidence_key
from graph.state import TurnState, Update
from guardrails.placeholders import plain
from retrieval.models import Expansion
from runs.events import StageName


async def retrieve(state: TurnState, runtime: Runtime[RunContext]) -> Update:
    """Search the editions in force on the as-of day among the documents that the person may read today."""
    ctx = runtime.context
    asked = ctx.run.question
    async with ctx.stage(StageName.RETRIEVE) as remark:
        evidence = await ctx.services.search.search(
            ctx.principal,
            plain(state["question"]["standalone"]),
            k=TURN_LIMITS.passages,
            as_of=ctx.as_of,
            libraries=asked.libraries,
        )
        also = evidence.searched_also
        remark.text = f"Searched also for: {', '.join(also)}" if also else None
    ctx.passages = evidence.passages
    ctx.expansions, ctx.spelt_out = evidence.expansions, evidence.spelt_out
    ctx.common = evidence.common
    ctx.record(
        RecordKind.RUN_RETRIEVED,
        f"retrieve:{evidence_key(evidence.passages)}",
        {
            "as_of": ctx.as_of.isoformat(),
            "libraries": None if asked.libraries is None else list(asked.libraries),
            "roles": sorted(ctx.principal.roles),
            "candidates": evidence.candidates,
            "embedding": ctx.services.embedder.name,
            "passages": [
                {
                    "ref": p.ref,
                    "chunk": str(p.chunk_id),
                    "edition": str(p.edition_id),
                    "sha256": p.sha256,
                    "score": f"{p.score:.6f}",
                }
                for p in evidence.passages
            ],
            **_by_glossary(evidence.expansions),
        },
    )
    return {
        "evidence": {
            "chunk_ids": [str(p.chunk_id) for p in evidence.passages],
            "scores": [p.score for p in evidence.passages],
            "strength": 0.0,
        }
    }


def _by_glossary(expansions: Sequence[Expansion]) -> dict[str, Any]:
    """The entries that widened the search, by id: the record holds no words of a question. Entries never change."""
    entries = [str(each.entry) for each in expansions if each.added]
    return {"glossary": entries} if entries else {}
