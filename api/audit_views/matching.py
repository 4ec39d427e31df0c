"""Which event showed what a record tells: the two are written in one transaction, under keys that both have."""

from collections.abc import Mapping, Sequence
from typing import Any

from audit.records import Record, RecordKind
from runs.models import StoredEvent

Key = tuple[str, ...]

DECISIONS: Mapping[str, str] = {
    RecordKind.APPROVAL_SIGNED: "approve",
    RecordKind.APPROVAL_APPROVED: "approve",
    RecordKind.APPROVAL_REJECTED: "reject",
    RecordKind.APPROVAL_EDITED: "edit",
    RecordKind.APPROVAL_EXPIRED: "expire",
    RecordKind.APPROVAL_WITHDRAWN: "withdraw",
    RecordKind.APPROVAL_VOIDED: "void",
}
_RESULTS = frozenset(
    {RecordKind.TOOL_READ, RecordKind.EFFECT_DONE, RecordKind.EFFECT_REFUSED, RecordKind.EFFECT_UNKNOWN}
)
_ENDINGS = frozenset({"answer", "abstained", "refused", "error"})
_BY_NOBODY = frozenset({"expire", "void"})
END: Key = ("end",)


def key_of_record(record: Record) -> Key | None:
    """None for what no event shows."""
    body = record.body
    if record.kind in DECISIONS:
        return _decided(body.get("approval"), DECISIONS[record.kind], record.actor)
    if record.kind in _RESULTS:
        return "result", str(body.get("call"))
    match record.kind:
        case RecordKind.CLAIM_RELEASED:
            return "claim", str(body.get("index"))
        case RecordKind.TOOL_PROPOSED:
            return "proposed", str(body.get("call"))
        case RecordKind.APPROVAL_REQUESTED:
            return "required", str(body.get("approval"))
        case RecordKind.RUN_FINISHED:
            return END
        case _:
            return None


def key_of_event(event: StoredEvent) -> Key | None:
    """None for what needs no step of its own: stages, sources, that the run paused or began."""
    data: Mapping[str, Any] = event.data
    match event.kind:
        case "claim":
            return "claim", str(data["index"])
        case "tool.proposed":
            return "proposed", str(data["call_id"])
        case "tool.result":
            return "result", str(data["call_id"])
        case "approval.required":
            return "required", str(data["approval_id"])
        case "approval.decided":
            return _decided(data["approval_id"], str(data["decision"]), str(data["decided_by"]))
        case kind if kind in _ENDINGS or kind == "run.finished":
            return END
        case _:
            return None


def _decided(approval: object, decision: str, person: str) -> Key:
    """Two persons may approve; what nobody decides has one event, whoever it is ascribed to."""
    return "decided", str(approval), decision, "" if decision in _BY_NOBODY else person


def by_key(events: Sequence[StoredEvent]) -> dict[Key, tuple[StoredEvent, dict[str, Any]]]:
    """The events that records can have, each with its data; of the end its outcome and its state in one."""
    found: dict[Key, tuple[StoredEvent, dict[str, Any]]] = {}
    for event in events:
        key = key_of_event(event)
        if key is None:
            continue
        first, data = found.get(key, (event, {}))
        # The state of the run is `run.finished`'s; an error has a `status` of its own, the one of HTTP.
        merged = {**data, **event.data} if event.kind == "run.finished" else {**event.data, **data}
        found[key] = (first, merged)
    return found
