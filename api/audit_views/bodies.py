"""What the last record of a kind says."""

from collections.abc import Mapping, Sequence
from typing import Any

from audit.records import Record, RecordKind

NOTHING: Mapping[str, Any] = {}


def last_body(records: Sequence[Record], kind: RecordKind) -> Mapping[str, Any]:
    """Of the last record of this kind; empty where there is none."""
    return next((record.body for record in reversed(records) if record.kind == kind), NOTHING)


def last_part(records: Sequence[Record], kind: RecordKind, name: str) -> Mapping[str, Any]:
    """An object within that body; empty where it is not there."""
    return last_body(records, kind).get(name) or NOTHING
