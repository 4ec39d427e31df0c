"""Execute a recorded run again from what it took, and compare what comes of it with what was kept.

No model, no search, no tool and no database is asked on the way: the same graph gets the same inputs, so it has to come
to the same events and records, byte for byte. What people did meanwhile (asking, deciding, rating) is no part of it.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast
from uuid import UUID

import orjson
from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import BaseCheckpointSaver, ChannelVersions, Checkpoint, CheckpointMetadata
from langgraph.checkpoint.memory import InMemorySaver
from pydantic import TypeAdapter

from audit import store as audit_store
from audit.records import Entry, Record, RecordKind, thread_stream
from core.canonical import canonical_json
from core.crypto import DataKey
from core.database import Transaction
from core.errors import Unavailable
from core.principal import Principal
from graph import failures, inputs
from graph.beginning import beginning, versions
from graph.errors import RunCancelled
from graph.execute import TurnRunner
from graph.inputs import Left
from graph.limits import TURN_LIMITS
from graph.outside import CUT, Commit, kept_inputs
from graph.stand_ins import as_recorded
from runs import conversations, log
from runs.events import event_data
from runs.models import Run

T = TypeVar("T")


DECIDED_TODAY = frozenset({"screening", "scope", "search", "verdict"})
"""What `under_today` decides anew: the guards that hold models, and search. Policy, weighing and the graph itself are
code of today in any case."""


class TapeEnded(BaseException):
    """The execution took no more than this: it was killed, or another took over. No handler of a turn catches it."""


class NotTaken(Exception):
    """The replayed run wants an input of a kind that the recorded one never took: it went another way."""


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


class _Saver(InMemorySaver):
    """Checkpoints in memory that can go back to where a real execution was found."""

    def __init__(self) -> None:
        super().__init__()  # pyright: ignore[reportUnknownMemberType] -- its factory is unparametrised
        self._by_step: dict[int, Any] = {}
        self._at_rest: Any = None

    async def aput(
        self,
        config: RunnableConfig,
        checkpoint: Checkpoint,
        metadata: CheckpointMetadata,
        new_versions: ChannelVersions,
    ) -> RunnableConfig:
        kept = await super().aput(config, checkpoint, metadata, new_versions)
        step = metadata.get("step")
        if step is not None:
            self._by_step[step] = self._copy()
        return kept

    def rest(self) -> None:
        """Remember this as the place of the last interrupt."""
        self._at_rest = self._copy()

    def go_back(self, left: Left) -> None:
        """To the last interrupt, or behind a step."""
        kept = self._at_rest if left.interrupted else None if left.step is None else self._by_step.get(left.step)
        if kept is not None:
            storage, self.writes, self.blobs = deepcopy(kept)
            self.storage.clear()
            self.storage.update(storage)

    def _copy(self) -> Any:
        return deepcopy((dict(self.storage), self.writes, self.blobs))


@dataclass(slots=True)
class Leavings:
    """What one run's replay has left."""

    events: dict[str, list[tuple[str, bytes]]] = field(default_factory=dict[str, list[tuple[str, bytes]]])
    """By step, as the log keeps them: the first commit of a step stands."""
    entries: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])
    """By step, what the ledger hashes of them but their place in the chain."""


@dataclass(slots=True)
class Kept:
    """The outside of one execution that is replayed: answers from what was kept, and leaves nothing."""

    system: Principal
    run: Run
    taken: Sequence[tuple[str, Any]]
    left: Leavings
    memory: _Saver
    live: frozenset[str] = frozenset()
    """Kinds that are decided anew instead."""
    _by_kind: dict[str, list[Any]] = field(default_factory=dict[str, list[Any]])

    def __post_init__(self) -> None:
        for kind, kept in reversed(self.taken):
            self._by_kind.setdefault(kind, []).append(kept)

    def value(self, kind: str, adapter: TypeAdapter[T], make: Callable[[], T]) -> T:  # noqa: ARG002 -- see `Outside`
        return adapter.validate_python(self._next(kind)["value"])

    async def ask(self, kind: str, adapter: TypeAdapter[T], ask: Callable[[], Awaitable[T]]) -> T:
        kept = self._next(kind)
        if kind in self.live:
            return await ask()
        if "failed" in kept:
            raise failures.raised(kept["failed"])
        return adapter.validate_python(kept["value"])

    async def stream(
        self,
        kind: str,
        adapter: TypeAdapter[T],
        begin: Callable[[], AsyncGenerator[T]],  # noqa: ARG002
    ) -> AsyncGenerator[T]:
        while True:
            kept = self._next(kind)
            if "failed" in kept:
                raise failures.raised(kept["failed"])
            if "ended" in kept:
                return
            yield adapter.validate_python(kept["value"])

    async def leave(self, write: Callable[[], Awaitable[object]]) -> None:
        """Nothing is changed by a replay."""

    @asynccontextmanager
    async def transaction(self) -> AsyncGenerator[Transaction]:
        yield Transaction(cast(Any, None), self.system)

    async def keep(self, tx: Transaction, commit: Commit) -> None:  # noqa: ARG002
        if commit.events and commit.step not in self.left.events:
            self.left.events[commit.step] = [
                (event.event, orjson.dumps(event_data(event, run_id=self.run.id, at=commit.at)))
                for event in commit.events
            ]
        for entry in commit.entries:
            self.left.entries.setdefault(entry.step, _entry(entry, self.run.person, commit))

    def saver(self) -> BaseCheckpointSaver[str]:
        return self.memory

    def take_up(self, left: Left) -> None:
        self.memory.go_back(left)

    def rested(self) -> None:
        self.memory.rest()

    async def watched(
        self,
        work: Coroutine[Any, Any, None],
        watch: Callable[[], Coroutine[Any, Any, None]],  # noqa: ARG002 -- what it saw is an input
    ) -> None:
        await work

    def _next(self, kind: str) -> Any:
        kept = self._by_kind.get(kind)
        if kept:
            return kept.pop()
        cut = self._by_kind.get(CUT)
        if cut:
            raise TimeoutError if cut.pop()["value"] == TimeoutError.__name__ else RunCancelled
        if any(self._by_kind.values()) and kind not in self._by_kind:
            raise NotTaken(kind)
        raise TapeEnded


def _entry(entry: Entry, actor: str, commit: Commit) -> dict[str, Any]:
    return {
        "kind": entry.kind.value,
        "at": commit.at.isoformat(timespec="microseconds"),
        "actor": actor,
        "run_id": str(entry.run_id),
        "step": entry.step,
        "body": dict(entry.body),
    }


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
    memory, then = _Saver(), dict[str, str]()
    for taken in tapes.values():
        live = DECIDED_TODAY if under_today else frozenset[str]()
        outside = Kept(Principal.system(tenant), run, taken, left, memory, live)
        start = inputs.BEGINNING.validate_python(taken[0][1]["value"])
        then = dict(start.versions)
        services = as_recorded(runner.services, then, prompts_too=not under_today)
        ctx = beginning(services, key, outside, start)
        with suppress(TapeEnded, Unavailable):
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
