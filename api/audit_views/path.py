"""The way of a run through the state machine, from its records."""

from collections.abc import Iterable, Mapping

from audit.records import Record, RecordKind

_NODES: Mapping[str, str] = {
    RecordKind.RUN_SCREENED: "screen",
    RecordKind.RUN_UNDERSTOOD: "understand",
    RecordKind.RUN_RETRIEVED: "retrieve",
    RecordKind.RUN_WEIGHED: "weigh",
    RecordKind.CLAIM_RELEASED: "answer",
    RecordKind.RUN_WRITTEN: "answer",
    RecordKind.TOOL_PROPOSED: "act",
    RecordKind.TOOL_READ: "act",
    RecordKind.APPROVAL_REQUESTED: "act",
    RecordKind.RUN_PAUSED: "sign",
    RecordKind.APPROVAL_SIGNED: "sign",
    RecordKind.APPROVAL_APPROVED: "sign",
    RecordKind.APPROVAL_REJECTED: "sign",
    RecordKind.APPROVAL_EDITED: "sign",
    RecordKind.APPROVAL_EXPIRED: "sign",
    RecordKind.APPROVAL_WITHDRAWN: "sign",
    RecordKind.RUN_RESUMED: "sign",
    RecordKind.EFFECT_STARTED: "perform",
    RecordKind.EFFECT_DONE: "perform",
    RecordKind.EFFECT_REFUSED: "perform",
    RecordKind.EFFECT_UNKNOWN: "perform",
    RecordKind.APPROVAL_VOIDED: "perform",
}
_BY_GRAPH = frozenset({"answered", "abstained", "refused"})
"""Ends that the node `record` gives; every other one ends a run from outside of its graph."""


def path(records: Iterable[Record]) -> list[str]:
    """The nodes in the order of the visits. A request that is changed while it waits is still the same visit."""
    visited: list[str] = []
    for record in records:
        node = _node(record)
        if node is None or (visited and visited[-1] == node) or _is_changed_request(visited, record):
            continue
        if node == "record" and visited and visited[-1] == "perform":
            visited.append("act")  # the graph goes back there to see whether anything is left to do
        visited.append(node)
    return visited


def _node(record: Record) -> str | None:
    if record.kind == RecordKind.RUN_FINISHED:
        return "record" if record.body.get("status") in _BY_GRAPH else None
    return _NODES.get(record.kind)


def _is_changed_request(visited: list[str], record: Record) -> bool:
    return record.kind == RecordKind.APPROVAL_REQUESTED and bool(visited) and visited[-1] == "sign"
