"""What may this person read that fits? Access comes first, in `retrieval`."""

from collections.abc import Sequence
from typing import Any

from langgraph.runtime import Runtime

from audit.records import RecordKind
from graph.context import RunContext
from graph.limits import TURN_LIMITS
from graph.requests import asked_about
from graph.shown import evidence_key
from graph.state import TurnState, Update
from guardrails.placeholders import plain
from retrieval.models import Expansion, Passage
from runs.events import StageName
from runs.models import Mode


async def retrieve(state: TurnState, runtime: Runtime[RunContext]) -> Update:
    """Search the editions in force on the as-of day among the documents that the person may read today."""
    ctx = runtime.context
    asked = ctx.run.question
    async with ctx.stage(StageName.RETRIEVE) as remark:
        evidence = await ctx.services.search.search(
            ctx.principal,
            asked_about(ctx, plain(state["question"]["standalone"])),
            k=TURN_LIMITS.passages,
            as_of=ctx.as_of,
            libraries=asked.libraries,
        )
        passages = await _with_surroundings(ctx, evidence.passages)
        also = evidence.searched_also
        remark.text = f"Searched also for: {', '.join(also)}" if also else None
    ctx.passages = passages
    ctx.expansions, ctx.spelt_out = evidence.expansions, evidence.spelt_out
    ctx.common = evidence.common
    ctx.record(
        RecordKind.RUN_RETRIEVED,
        f"retrieve:{evidence_key(passages)}",
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
                for p in passages
            ],
            **_by_glossary(evidence.expansions),
        },
    )
    return {
        "evidence": {
            "chunk_ids": [str(p.chunk_id) for p in passages],
            "scores": [p.score for p in passages],
            "strength": 0.0,
        }
    }


async def _with_surroundings(ctx: RunContext, hits: tuple[Passage, ...]) -> tuple[Passage, ...]:
    """A form wants whole lists: what stands around the hits comes behind them."""
    asked = ctx.run.question
    if asked.mode is Mode.ANSWER or not hits:
        return hits
    around = await ctx.services.search.around(ctx.principal, hits, as_of=ctx.as_of, libraries=asked.libraries)
    ctx.reading_order, ctx.directly_before = around.order, around.before
    return (*hits, *around.added)


def _by_glossary(expansions: Sequence[Expansion]) -> dict[str, Any]:
    """The entries that widened the search, by id: the record holds no words of a question. Entries never change."""
    entries = [str(each.entry) for each in expansions if each.added]
    return {"glossary": entries} if entries else {}
