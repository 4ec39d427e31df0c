"""What a run rested on and was made with: passages with their text as it was, results of tools, versions."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import orjson

from api.audit_views.bodies import last_body, last_part
from api.audit_views.words import World
from api.schemas.audit import PassageEvidence, ToolEvidence, Versions
from audit.records import Record, RecordKind
from audit.search import store
from core.canonical import sha256_hex
from core.crypto import DataKey, SealBroken
from core.database import Transaction
from core.telemetry import logger
from graph.outside import kept_inputs
from tools.calls.calls import calls_of_run
from tools.planning.builtin import BuiltInPlanner

log = logger(__name__)

Row = dict[str, Any]

BUILT_IN = BuiltInPlanner.name
"""Rules of our own, which no prompt tells anything."""


async def evidence(
    tx: Transaction,
    key: DataKey | None,
    run_id: UUID,
    records: Sequence[Record],
    outcome: Mapping[str, Any],
    world: World,
) -> list[PassageEvidence | ToolEvidence]:
    """Passages by number, or what the bank's system returned to each call. `outcome`: of the event that ended it."""
    cited = {ref for claim in outcome.get("claims", []) for ref in claim["citations"]}
    passages = await _passages(tx, records)
    if passages or key is None:
        return [*passages]
    return [*await _results(tx, key, run_id, cited, world)]


async def _passages(tx: Transaction, records: Sequence[Record]) -> list[PassageEvidence]:
    found: list[dict[str, Any]] = list(last_body(records, RecordKind.RUN_RETRIEVED).get("passages", []))
    cited = {
        chunk for record in records if record.kind == RecordKind.CLAIM_RELEASED for chunk in record.body["citations"]
    }
    stored = {str(row["id"]): row for row in await store.passages(tx, [UUID(each["chunk"]) for each in found])}
    return [_passage(each, stored.get(each["chunk"]), is_cited=each["chunk"] in cited) for each in found]


def _passage(found: Mapping[str, Any], row: Row | None, *, is_cited: bool) -> PassageEvidence:
    """The text only where it is the one that was found: its digest is on record."""
    known: Row = row or {}
    is_same = row is not None and sha256_hex(row["text"].encode()) == found["sha256"]
    return PassageEvidence(
        ref=found["ref"],
        chunk_id=UUID(found["chunk"]),
        edition_id=UUID(found["edition"]),
        document=known.get("document"),
        title=known.get("title"),
        version=known.get("version"),
        library=known.get("library"),
        section=list(known.get("section", [])),
        page=known.get("page"),
        effective_from=known.get("effective_from"),
        effective_to=known.get("effective_to"),
        score=float(found["score"]),
        sha256=found["sha256"],
        text=known["text"] if is_same else None,
        as_it_was=is_same,
        cited=is_cited,
    )


async def _results(tx: Transaction, key: DataKey, run_id: UUID, cited: set[int], world: World) -> list[ToolEvidence]:
    try:
        calls = await calls_of_run(tx, key, run_id)
    except SealBroken:
        log.exception("audit.calls_altered", run_id=str(run_id))
        return []
    executed = [(call.proposal, call.result) for call in calls if call.result is not None]
    return [
        ToolEvidence(
            ref=ref,
            call_id=proposal.call_id,
            tool=proposal.call.tool,
            title=world.tool(proposal.call.tool),
            ok=result.ok,
            cited=ref in cited,
            summary=result.summary,
            text=orjson.dumps(result.result, option=orjson.OPT_INDENT_2).decode(),
            result=result.result,
        )
        for ref, (proposal, result) in enumerate(executed, start=1)
    ]


async def made_with(
    tx: Transaction, key: DataKey | None, run_id: UUID, records: Sequence[Record], usage: Mapping[str, Any]
) -> Versions:
    """What decided in the run: as its records say, and of what they don't, as its recorded inputs do."""
    begun = await _versions(tx, key, run_id)
    prompt = last_part(records, RecordKind.RUN_WRITTEN, "prompt").get("version")
    proposed = last_body(records, RecordKind.TOOL_PROPOSED)
    prompts = [] if prompt is None else [f"answer {prompt}"]
    if proposed and "plan_prompt" in begun and proposed.get("planned_by") == begun.get("planner") != BUILT_IN:
        prompts.append(f"plan {begun['plan_prompt'].partition(' ')[0]}")
    return Versions(
        model=last_part(records, RecordKind.RUN_WRITTEN, "usage").get("model") or usage.get("model"),
        planner=proposed.get("planned_by"),
        prompts=prompts,
        catalogue=proposed.get("catalogue"),
        thresholds=begun.get("thresholds"),
        embedding=last_body(records, RecordKind.RUN_RETRIEVED).get("embedding"),
    )


async def _versions(tx: Transaction, key: DataKey | None, run_id: UUID) -> Mapping[str, str]:
    """Of the last execution; nothing where its inputs were not recorded, erased, or altered."""
    if key is None:
        return {}
    try:
        executions = [taken for taken in (await kept_inputs(tx, key, run_id)).values() if taken]
    except SealBroken:
        log.exception("audit.inputs_altered", run_id=str(run_id))
        return {}
    return {} if not executions else executions[-1][0][1]["value"]["versions"]
