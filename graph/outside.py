"""The one way out of a run: whatever it takes from outside, and whatever it leaves there.

A run that is executed takes from the world and has what it took kept with every commit. A run that is replayed takes
the same from what was kept, leaves nothing, and so has to come to the same events and records.
"""

import asyncio
import json
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine, Sequence
from contextlib import AbstractAsyncContextManager, aclosing, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol, TypeVar
from uuid import UUID

from langgraph.checkpoint.base import BaseCheckpointSaver
from pydantic import TypeAdapter

from audit import ledger
from audit.chain import Head
from audit.records import Entry, thread_stream
from core.crypto import DataKey
from core.database import Database, Transaction
from core.principal import Principal
from graph import failures
from graph.inputs import Left
from graph.serde import SealedSerializer
from graph.store import TenantSaver
from guardrails.fail_closed import GuardUnavailable
from runs import log
from runs.event_log import store as event_store
from runs.events import Event
from runs.models import Run
from runs.sealing import inputs_context

T = TypeVar("T")

CUT = "cut"
"""The kind of the input at which an execution was broken off from outside, by a stop or by its time, after so many
steps kept. What is behind it was taken to end the run."""

FINISH = "finish"
"""The step that ends a run."""


@dataclass(frozen=True, slots=True)
class Commit:
    """What a step leaves, all of it or nothing."""

    step: str
    events: Sequence[Event]
    entries: Sequence[Entry]
    at: datetime


class Outside(Protocol):
    """Where a run's inputs come from. Each has a kind; inputs of one kind come in the order in which they are taken.

    `adapter` says how an input is kept: it comes back equal to what it was.
    """

    def value(self, kind: str, adapter: TypeAdapter[T], make: Callable[[], T]) -> T:
        """An input that is there at once: the time, an id."""
        ...

    async def ask(self, kind: str, adapter: TypeAdapter[T], ask: Callable[[], Awaitable[T]]) -> T:
        """An input that is waited for. A failure that the product has a name for is an input too."""
        ...

    async def again(self, kind: str, work: Callable[[], Awaitable[T]]) -> T:
        """Work of a guard that comes to the same from the same inputs, so that a replay does it again: only that it
        failed is an input. The kind names this one piece of work of the execution."""
        ...

    def stream(self, kind: str, adapter: TypeAdapter[T], begin: Callable[[], AsyncGenerator[T]]) -> AsyncGenerator[T]:
        """Inputs that come one by one, with the failure that ends them."""
        ...

    async def leave(self, write: Callable[[], Awaitable[object]]) -> None:
        """Change something outside."""
        ...

    def transaction(self) -> AbstractAsyncContextManager[Transaction]:
        """A transaction of the tenant's system."""
        ...

    async def keep(self, tx: Transaction, commit: Commit) -> None:
        """Events, records and the inputs behind them, inside `tx`."""
        ...

    def saver(self) -> BaseCheckpointSaver[str]:
        """Where LangGraph's checkpoints are."""
        ...

    def take_up(self, left: Left) -> None:
        """The graph goes on from here: what the saver holds beyond it was never kept."""
        ...

    def sets_out(self, *, by_step: bool) -> None:
        """The graph goes on. `by_step`: an execution may take it up behind any step, not only where it rests."""
        ...

    def rested(self) -> None:
        """The graph has come to its end, or to an interrupt."""
        ...

    async def watched(self, work: Coroutine[Any, Any, None], watch: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """The work, until it is done or what watches it breaks it off."""
        ...


@dataclass(slots=True)
class World:
    """The outside of a run that is executed."""

    database: Database
    system: Principal
    run: Run
    key: DataKey
    attempt: int
    _taken: list[tuple[str, Any]] = field(default_factory=list[tuple[str, Any]])
    _kept: int = 0
    _steps: int = 0
    _by_step: bool = False
    _is_over: bool = False
    _end_of_stream: Head = ledger.NEW_STREAM
    """Where this execution has seen the conversation's records end."""
    _whole: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Held for each step: what breaks the work off waits for its end, so that it is kept whole or not at all."""

    def value(self, kind: str, adapter: TypeAdapter[T], make: Callable[[], T]) -> T:
        made = make()
        self._take(kind, adapter, made)
        return made

    async def ask(self, kind: str, adapter: TypeAdapter[T], ask: Callable[[], Awaitable[T]]) -> T:
        try:
            answer = await ask()
        except Exception as error:
            self._taken.append((kind, {"failed": failures.written(error)}))
            raise
        self._take(kind, adapter, answer)
        return answer

    async def again(self, kind: str, work: Callable[[], Awaitable[T]]) -> T:
        try:
            return await work()
        except GuardUnavailable as error:
            self._taken.append((kind, {"failed": failures.written(error)}))
            raise

    async def stream(
        self, kind: str, adapter: TypeAdapter[T], begin: Callable[[], AsyncGenerator[T]]
    ) -> AsyncGenerator[T]:
        try:
            async with aclosing(begin()) as items:
                async for item in items:
                    self._take(kind, adapter, item)
                    yield item
        except Exception as error:
            self._taken.append((kind, {"failed": failures.written(error)}))
            raise
        self._taken.append((kind, {"ended": True}))

    async def leave(self, write: Callable[[], Awaitable[object]]) -> None:
        await write()

    @asynccontextmanager
    async def transaction(self) -> AsyncGenerator[Transaction]:
        async with self._whole, self.database.transaction(self.system) as tx:
            yield tx

    async def keep(self, tx: Transaction, commit: Commit) -> None:
        taken = self._sealed_taken()
        await log.keep_step(tx, self.key, self.run.id, commit.step, commit.events, commit.at, taken)
        if commit.entries:
            stream = thread_stream(self.run.thread_id)
            linked = await ledger.append(
                tx, stream, commit.entries, actor=self.run.person, at=commit.at, after=self._end_of_stream
            )
            if linked:
                self._end_of_stream = Head(linked[-1].seq, linked[-1].hash)
        self._steps += 1
        self._is_over = commit.step == FINISH

    def saver(self) -> BaseCheckpointSaver[str]:
        serde = SealedSerializer(self.key, self.system.tenant, self.run.id)
        return TenantSaver(
            self.database,
            self.system,
            serde,
            fence=(self.run.id, self.attempt),
            is_new=self.attempt == 1,
            is_over=lambda: self._is_over,
            before=self._before_checkpoint,
        )

    def take_up(self, left: Left) -> None:
        """The database holds what was kept and nothing beyond it."""

    def sets_out(self, *, by_step: bool) -> None:
        self._by_step = by_step

    def rested(self) -> None:
        """The saver knows."""

    async def watched(self, work: Coroutine[Any, Any, None], watch: Callable[[], Coroutine[Any, Any, None]]) -> None:
        working, watching = asyncio.create_task(work, name=f"turn-{self.run.id}"), asyncio.create_task(watch())
        try:
            await asyncio.wait({working, watching}, return_when=asyncio.FIRST_COMPLETED)
            async with self._whole:
                is_cut = not working.done()
                if is_cut:
                    self._taken.append((CUT, {"value": type(watching.exception()).__name__, "kept": self._steps}))
                    working.cancel()
            await (watching if is_cut else working)
        finally:
            for task in (working, watching):
                task.cancel()
            await asyncio.gather(working, watching, return_exceptions=True)

    async def _before_checkpoint(self) -> None:
        """Keep what led to a checkpoint that can be taken up: a step may have committed nothing of its own."""
        if self._by_step and self._taken:
            async with self.transaction() as tx:
                taken = self._sealed_taken()
                await log.keep_step(tx, self.key, self.run.id, "checkpoint", [], self.run.created_at, taken)

    def _sealed_taken(self) -> event_store.Inputs:
        self._kept += 1
        context = inputs_context(self.system.tenant, self.run.id, self.attempt, self._kept)
        # Not orjson: a model may have proposed a number beyond 64 bits.
        sealed = self.key.seal(json.dumps(self._taken).encode(), context)
        self._taken = []
        return event_store.Inputs(self.attempt, self._kept, sealed)

    def _take(self, kind: str, adapter: TypeAdapter[T], taken: T) -> None:
        self._taken.append((kind, {"value": adapter.dump_python(taken, mode="json")}))


async def kept_inputs(tx: Transaction, key: DataKey, run_id: UUID) -> dict[int, list[tuple[str, Any]]]:
    """What each execution of a run took, by attempt, in order. `tx` is the system's."""
    found: dict[int, list[tuple[str, Any]]] = {}
    for row in await event_store.inputs(tx, run_id):
        context = inputs_context(tx.principal.tenant, run_id, row["attempt"], row["ordinal"])
        found.setdefault(row["attempt"], []).extend(json.loads(key.open(bytes(row["sealed"]), context)))
    return found
