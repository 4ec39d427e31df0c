"""Execute a recorded run again from what it took, and compare what comes of it with what was kept.

No model, no search, no tool and no database is asked on the way: the same graph gets the same inputs, so it has to come
to the same events and records, byte for byte. What people did meanwhile (asking, deciding, rating) is no part of it.
"""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson

from audit import store as audit_store
from audit.records import Record, RecordKind, thread_stream
from core.canonical import canonical_json
from core.crypto import DataKey
from core.errors import Unavailable
from core.principal import Principal
from graph import inputs
from graph.beginning import beginning, versions
from graph.execute import TurnRunner
from graph.kept import Kept, Leavings, Saver, TapeEnded
from graph.limits import TURN_LIMITS
from graph.outside import kept_inputs
from graph.stand_ins import as_recorded
from runs import conversations, log
from runs.models import Run

DECIDED_TODAY = frozenset({"screening", "scope", "search", "around", "verdict"})
"""What `under_today` decides anew: the guards that hold models, and search. Policy, weighing and the graph itself are
code of today in any case."""


@dataclass(frozen=True, slots=True)
class Difference:
    """Where the replay came to something else; None on the side that has nothing there."""

    where: str
    recorded: Any
    replayed: Any


@dataclass(frozen=True, slots=True)
class Replay:
    """What a replay came to. `versions`: of what decided then, where today's differ: `name: then → now`."""

    identical: bool
    events: int
    records: int
    attempts: int
    differences: tuple[Difference, ...]
    versions: Mapping[str, str]


async def replay(runner: TurnRunner, tenant: str, run_id: UUID) -> Replay:
    """Execute the run again from its inputs. Raises `NotFound`, and `Gone` for an erased conversation."""
    return await _replay(runner, tenant, run_id, under_today=False)


async def under_today(runner: TurnRunner, tenant: str, run_id: UUID) -> Replay:
    """What would differ under today's guards, thresholds, prompts, catalogue and editions, with the model's and the
    tools' recorded answers. A run that would go another way differs from where it leaves the recorded one.

    Raises as `replay`.
    """
    return await _replay(runner, tenant, run_id, under_today=True)


async def _replay(runner: TurnRunner, tenant: str, run_id: UUID, *, under_today: bool) -> Replay:
    services = runner.services
    async with services.database.transaction(Principal.system(tenant)) as tx:
        run, key = await conversations.get_run(tx, services.keyring, run_id)
        tapes = await kept_inputs(tx, key, run_id)
        stored_events = await log.read_by_step(tx, key, run_id)
        records = await audit_store.stream_records(tx, thread_stream(run.thread_id))
    left = Leavings()
    then = await _executions(runner, tenant, run, key, tapes, left, under_today=under_today)
    own = [record for record in records if record.run_id == run_id]
    differences = (*_compare_events(stored_events, left, own), *_compare_records(own, left))
    now = versions(services)
    changed = {name: f"{was} → {now.get(name, '–')}" for name, was in then.items() if now.get(name) != was}
    return Replay(
        identical=not differences,
        events=sum(len(each) for each in left.events.values()),
        records=len(left.entries),
        attempts=len(tapes),
        differences=differences,
        versions=changed,
    )


async def _executions(
    runner: TurnRunner,
    tenant: str,
    run: Run,
    key: DataKey,
    tapes: Mapping[int, Sequence[tuple[str, Any]]],
    left: Leavings,
    *,
    under_today: bool,
) -> Mapping[str, str]:
    """Every execution of the run after another; returns what its versions were."""
    memory, then = Saver(), dict[str, str]()
    for taken in tapes.values():
        live = DECIDED_TODAY if under_today else frozenset[str]()
        outside = Kept(Principal.system(tenant), run, taken, left, memory, live)
        start = inputs.BEGINNING.validate_python(taken[0][1]["value"])
        then = dict(start.versions)
        services = as_recorded(runner.services, then, prompts_too=not under_today)
        ctx = beginning(services, key, outside, start)
        with suppress(TapeEnded, Unavailable, TimeoutError):
            async with asyncio.timeout(TURN_LIMITS.wall_s):
                await runner.execute(ctx)
    return then


def _compare_events(
    stored: Mapping[str, Sequence[tuple[str, bytes]]], left: Leavings, own: Sequence[Record]
) -> list[Difference]:
    """Step by step; what people did has steps of its own."""
    ended_by_people = any(record.kind in _ENDINGS for record in own)
    found: list[Difference] = []
    for step in dict.fromkeys((*stored, *left.events)):
        recorded, replayed = stored.get(step), left.events.get(step)
        is_peoples = step == "admit" or step.startswith(("decided:", "required:"))
        if replayed is None and (is_peoples or (step == "finish" and ended_by_people)):
            continue
        if recorded is None or replayed is None or list(recorded) != replayed:
            found.append(Difference(f"events of {step}", _readable(recorded), _readable(replayed)))
    return found


_ENDINGS = frozenset({RecordKind.APPROVAL_REJECTED, RecordKind.APPROVAL_EXPIRED, RecordKind.APPROVAL_WITHDRAWN})
"""Records of decisions that end a run where they are taken."""

_PEOPLES = frozenset(
    {
        RecordKind.RUN_ADMITTED,
        RecordKind.RUN_CANCEL_REQUESTED,
        RecordKind.FEEDBACK_GIVEN,
        RecordKind.FIELD_CORRECTED,
        RecordKind.APPROVAL_SIGNED,
        RecordKind.APPROVAL_APPROVED,
        RecordKind.APPROVAL_EDITED,
        *_ENDINGS,
    }
)


def _compare_records(own: Sequence[Record], left: Leavings) -> list[Difference]:
    ended_by_people = any(record.kind in _ENDINGS for record in own)
    found: list[Difference] = []
    stored = {record.step: record for record in own}
    for step in dict.fromkeys((*stored, *left.entries)):
        record, replayed = stored.get(step), left.entries.get(step)
        if record is not None and replayed is None:
            by_people = record.kind in _PEOPLES or (record.kind == RecordKind.RUN_FINISHED and ended_by_people)
            edited = record.kind == RecordKind.APPROVAL_REQUESTED and record.body.get("follows") is not None
            if by_people or edited:
                continue
        recorded = None if record is None else {name: record.hashed_fields()[name] for name in _COMPARED}
        same = recorded is not None and replayed is not None and canonical_json(recorded) == canonical_json(replayed)
        if not same:
            found.append(Difference(f"record of {step}", recorded, replayed))
    return found


_COMPARED = ("kind", "at", "actor", "run_id", "step", "body")


def _readable(events: Sequence[tuple[str, bytes]] | None) -> Any:
    return None if events is None else [{"event": kind, "data": orjson.loads(data)} for kind, data in events]
