"""A run told as a story: one step per record, oldest first, with the words that its events showed."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from api.audit_views import acts, endings, questions
from api.audit_views.changes import Changed
from api.audit_views.matching import Key, by_key, key_of_record
from api.audit_views.words import Sentence, Told, World, sentences
from api.schemas.approvals import PersonView
from api.schemas.audit import RecordRef, Step
from audit.records import Record, RecordKind
from core.canonical import NotCanonical, digest
from core.principal import SYSTEM_PERSON
from runs.models import StoredEvent
from tools.models import Effect

NO_RECORD = "No record in the ledger tells this; only the run's own log does."

Teller = Callable[[Told, World], Sentence]

_TELLERS: Mapping[str, Teller] = {
    RecordKind.RUN_ADMITTED: questions.admitted,
    RecordKind.RUN_SCREENED: questions.screened,
    RecordKind.RUN_UNDERSTOOD: questions.understood,
    RecordKind.RUN_RETRIEVED: questions.retrieved,
    RecordKind.RUN_WEIGHED: questions.weighed,
    RecordKind.CLAIM_RELEASED: questions.claimed,
    RecordKind.RUN_WRITTEN: questions.written,
    RecordKind.TOOL_PROPOSED: acts.proposed,
    RecordKind.TOOL_READ: acts.read,
    RecordKind.APPROVAL_REQUESTED: acts.requested,
    RecordKind.APPROVAL_EXPIRED: acts.expired,
    RecordKind.APPROVAL_WITHDRAWN: acts.withdrawn,
    RecordKind.APPROVAL_VOIDED: acts.voided,
    RecordKind.RUN_PAUSED: acts.paused,
    RecordKind.RUN_RESUMED: acts.resumed,
    RecordKind.EFFECT_STARTED: acts.begun,
    RecordKind.EFFECT_DONE: acts.done,
    RecordKind.EFFECT_REFUSED: acts.refused,
    RecordKind.EFFECT_UNKNOWN: acts.unknown,
    RecordKind.GUARD_FAILED: endings.guard_failed,
    RecordKind.RUN_FINISHED: endings.finished,
    RecordKind.RUN_CANCEL_REQUESTED: endings.cancel_requested,
    RecordKind.FEEDBACK_GIVEN: endings.rated,
    RecordKind.FIELD_CORRECTED: endings.corrected,
    RecordKind.THREAD_HIDDEN: endings.hidden,
    RecordKind.THREAD_ERASED: endings.erased,
}
_DECIDERS = {
    RecordKind.APPROVAL_SIGNED: acts.signed,
    RecordKind.APPROVAL_APPROVED: acts.signed,
    RecordKind.APPROVAL_REJECTED: acts.rejected,
}
_SHOWN_ALONE: Mapping[str, str] = {
    "claim": RecordKind.CLAIM_RELEASED,
    "proposed": RecordKind.TOOL_PROPOSED,
    "result": RecordKind.TOOL_READ,
    "required": RecordKind.APPROVAL_REQUESTED,
    "end": RecordKind.RUN_FINISHED,
}
_DECIDED_ALONE: Mapping[str, str] = {
    "approve": RecordKind.APPROVAL_APPROVED,
    "reject": RecordKind.APPROVAL_REJECTED,
    "edit": RecordKind.APPROVAL_EDITED,
    "expire": RecordKind.APPROVAL_EXPIRED,
    "withdraw": RecordKind.APPROVAL_WITHDRAWN,
    "void": RecordKind.APPROVAL_VOIDED,
}


def story(
    records: Sequence[Record],
    events: Sequence[StoredEvent],
    changed: Mapping[UUID, Sequence[Changed]],
    world: World,
) -> list[Step]:
    """The steps. An event that no record tells is told too, and that it has none is said. `changed`: by the request
    that an edit led to, what it changed."""
    shown = by_key(events)
    asked = {str(r.body.get("approval")): r.at for r in records if r.kind == RecordKind.APPROVAL_REQUESTED}
    steps: list[Step] = []
    for record in records:
        key = key_of_record(record)
        matching = shown.pop(key, None) if key is not None else None
        told = Told(record.body, record.actor, record.at, {} if matching is None else matching[1], record)
        steps.append(_step(record.kind, told, _said(record.kind, told, asked, changed, world), world))
    steps += [_alone(key, event, data, world) for key, (event, data) in shown.items()]
    return sorted(steps, key=lambda step: step.at)  # stable: what has the same moment stays in its order


def _said(
    kind: str,
    told: Told,
    asked: Mapping[str, datetime],
    changed: Mapping[UUID, Sequence[Changed]],
    world: World,
) -> Sentence:
    asked_at = asked.get(str(told.body.get("approval")))
    if kind in _DECIDERS:
        return _DECIDERS[RecordKind(kind)](told, world, asked_at)
    if kind == RecordKind.APPROVAL_EDITED:
        followed_by = told.body.get("followed_by")
        made = changed.get(UUID(followed_by), ()) if isinstance(followed_by, str) else ()
        return acts.edited(told, world, asked_at, acts.changes_told(made))
    return _TELLERS.get(kind, partial(endings.anything, kind))(told, world)


def _step(kind: str, told: Told, said: Sentence, world: World) -> Step:
    is_service = told.actor == SYSTEM_PERSON
    return Step(
        at=told.at,
        kind=kind,
        title=said.headline,
        text=said.text,
        detail=said.detail,
        actor=None if is_service else PersonView(person=told.actor, name=world.name(told.actor)),
        record=None if told.record is None else _reference(told.record),
        data=dict(told.body),
    )


def _alone(key: Key, event: StoredEvent, data: Mapping[str, Any], world: World) -> Step:
    """A step that only the run's log tells."""
    actor = str(data.get("decided_by", SYSTEM_PERSON))
    told = Told({}, actor, datetime.fromisoformat(event.data["at"]), data)
    said = _said(_kind_alone(key, data, world), told, {}, {}, world)
    return _step(event.kind, told, replace(said, detail=sentences(said.detail, NO_RECORD)), world)


def _kind_alone(key: Key, data: Mapping[str, Any], world: World) -> str:
    """The kind of the record that there should be."""
    tool = world.catalogue.get(str(data.get("tool")))
    if key[0] == "result" and tool is not None and tool.effect is Effect.WRITE:
        return RecordKind.EFFECT_DONE if data.get("ok") else RecordKind.EFFECT_REFUSED
    return _DECIDED_ALONE.get(key[2], key[2]) if key[0] == "decided" else _SHOWN_ALONE[key[0]]


def _reference(record: Record) -> RecordRef:
    try:
        intact = record.hash == digest(record.hashed_fields())
    except NotCanonical:  # no body that we wrote is like that
        intact = False
    return RecordRef(stream=record.stream, seq=record.seq, hash=record.hash, intact=intact)
