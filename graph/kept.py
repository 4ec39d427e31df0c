"""The outside of an execution that is replayed: it answers from what was kept, and leaves nothing.

Where an execution was killed, its tape ends with its last step, and so does the replay. Where it was broken off, the
replay is broken off when everything that had been kept by then is there.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar, cast

import orjson
from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import BaseCheckpointSaver, ChannelVersions, Checkpoint, CheckpointMetadata
from langgraph.checkpoint.memory import InMemorySaver
from pydantic import TypeAdapter

from audit.records import Entry
from core.database import Transaction
from core.principal import Principal
from graph import failures
from graph.errors import RunCancelled
from graph.inputs import Left
from graph.outside import CUT, Commit
from runs.events import event_data
from runs.models import Run

T = TypeVar("T")

CUT_WITHIN_S: Final = 10.0
"""For the steps still to be kept when a replay has come to where its run was broken off: one that differs never keeps
them."""


class TapeEnded(BaseException):
    """The execution took no more than this: it was killed, another took over, or the replay goes another way. No
    handler of a turn catches it."""


class Saver(InMemorySaver):
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
    memory: Saver
    live: frozenset[str] = frozenset()
    """Kinds that are decided anew instead."""
    _by_kind: dict[str, list[Any]] = field(default_factory=dict[str, list[Any]])
    _cut: Any = None
    """Where and how it was broken off, until the replay is broken off there too."""
    _after: Sequence[tuple[str, Any]] = ()
    """What was taken from then on, to end the run."""
    _kept: int = 0
    _waits: asyncio.Event = field(default_factory=asyncio.Event)
    """Something is waited for that did not come before it was broken off."""
    _is_there: asyncio.Event = field(default_factory=asyncio.Event)
    """And every step that was kept before is."""

    def __post_init__(self) -> None:
        before = self.taken
        for place, (kind, kept) in enumerate(self.taken):
            if kind == CUT:
                before, self._cut, self._after = self.taken[:place], kept, self.taken[place + 1 :]
        self._by_kind = _queues(before)

    def value(self, kind: str, adapter: TypeAdapter[T], make: Callable[[], T]) -> T:  # noqa: ARG002 -- see `Outside`
        return adapter.validate_python(self._next(kind)["value"])

    async def ask(self, kind: str, adapter: TypeAdapter[T], ask: Callable[[], Awaitable[T]]) -> T:
        kept = await self._coming(kind)
        if kind in self.live:
            return await ask()
        if "failed" in kept:
            raise failures.raised(kept["failed"])
        return adapter.validate_python(kept["value"])

    async def again(self, kind: str, work: Callable[[], Awaitable[T]]) -> T:
        if self._by_kind.get(kind):
            raise failures.raised(self._next(kind)["failed"])
        return await work()

    async def stream(
        self,
        kind: str,
        adapter: TypeAdapter[T],
        begin: Callable[[], AsyncGenerator[T]],  # noqa: ARG002
    ) -> AsyncGenerator[T]:
        while True:
            kept = await self._coming(kind)
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
        self._kept += 1
        self._look()

    def saver(self) -> BaseCheckpointSaver[str]:
        return self.memory

    def take_up(self, left: Left) -> None:
        self.memory.go_back(left)

    def sets_out(self, *, by_step: bool) -> None:
        """What led to a checkpoint is what is replayed."""

    def rested(self) -> None:
        self.memory.rest()

    async def watched(
        self,
        work: Coroutine[Any, Any, None],
        watch: Callable[[], Coroutine[Any, Any, None]],  # noqa: ARG002 -- what it saw is an input
    ) -> None:
        if self._cut is None:
            await work
            return
        broken_off = _broken_off(self._cut)
        working = asyncio.create_task(work)
        try:
            await _first(working, self._waits.wait())
            await _first(working, self._is_there.wait(), within_s=CUT_WITHIN_S)
            self._by_kind, self._cut = _queues(self._after), None
            if not working.done():
                raise broken_off
            await working
        finally:
            working.cancel()
            await asyncio.gather(working, return_exceptions=True)

    async def _coming(self, kind: str) -> Any:
        """The next input; for ever, as it was, where the execution was broken off before it came."""
        if self._cut is not None and not self._by_kind.get(kind):
            self._waits.set()
            self._look()
            await asyncio.Event().wait()
        return self._next(kind)

    def _look(self) -> None:
        if self._cut is not None and self._waits.is_set() and self._kept >= self._cut["kept"]:
            self._is_there.set()

    def _next(self, kind: str) -> Any:
        kept = self._by_kind.get(kind)
        if kept:
            return kept.pop()
        raise TapeEnded if self._cut is None else _broken_off(self._cut)


def _queues(taken: Sequence[tuple[str, Any]]) -> dict[str, list[Any]]:
    """By kind, the next one last."""
    found: dict[str, list[Any]] = {}
    for kind, kept in reversed(taken):
        found.setdefault(kind, []).append(kept)
    return found


def _broken_off(cut: Any) -> Exception:
    known: tuple[Exception, ...] = (TimeoutError(), RunCancelled())
    return next((error for error in known if type(error).__name__ == cut["value"]), failures.Defect(cut["value"]))


async def _first(
    working: asyncio.Task[None], other: Coroutine[Any, Any, object], within_s: float | None = None
) -> None:
    """Until the work is done or the other is."""
    waiting = asyncio.create_task(other)
    await asyncio.wait({working, waiting}, timeout=within_s, return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()


def _entry(entry: Entry, actor: str, commit: Commit) -> dict[str, Any]:
    return {
        "kind": entry.kind.value,
        "at": commit.at.isoformat(timespec="microseconds"),
        "actor": actor,
        "run_id": str(entry.run_id),
        "step": entry.step,
        "body": dict(entry.body),
    }
