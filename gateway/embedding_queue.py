"""Threads that compute embeddings: short work first, and among long ones each its share.

Why one text at a time and not batches: on one core a padded batch gains nothing for passages (65 ms for 200 tokens
alone, 76 ms within a batch of 16) and a quarter for questions, but it changes the last bits of a vector with whatever
else happened to wait. Batches of texts of one length need no padding and change the bits all the same (310 of 310
vectors, for the same processor time). Search must not depend on what other people do (invariant 2), so a text's vector
is a function of the text alone. It also means that a question waits for one passage at most, never for an ingest.

Several threads compute several texts at once, each by itself: the same bits, and nothing lost (8.5 s of processor time
for 160 passages on two threads, 8.3 s on one). Two threads inside one computation cost twice the processor time.
"""

import asyncio
import os
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from gateway.errors import ModelUnavailable
from gateway.limits import EMBEDDING

Vector: TypeAlias = NDArray[np.float32]
T = TypeVar("T")

BACKGROUND_NICENESS = 15
"""Of threads that work on documents: a question that wakes up gets a core at once, and about 28 times their share."""


@dataclass(slots=True, eq=False)
class _Work(Generic[T]):
    texts: list[T]
    costs: list[int]
    loop: asyncio.AbstractEventLoop
    done: asyncio.Future[list[Vector]]
    remaining: int
    """Cost not yet given out."""
    due: int | None
    """Of bulk: the queue's whole cost given out by when it would be done had it come alone."""
    vectors: dict[int, Vector] = field(default_factory=dict[int, Vector])
    given: int = 0
    """How many texts were given out to threads, in order."""

    @property
    def urgency(self) -> tuple[bool, int]:
        """The smallest goes first. The least remaining before all bulk, so that questions overtake ingests; bulk by
        when it is due, so that of several ingests none waits for another's end."""
        return (False, self.remaining) if self.due is None else (True, self.due)


class EmbeddingQueue(Generic[T]):
    """Runs `compute` on threads of its own; callers await on their event loop.

    `compute` turns one text (T: token ids, or a string) into its L2-normalised vector, on any of the threads; `cost` is
    its length in tokens. In the `background` they leave the cores to whoever else wants them (on Linux, where priority
    is a thread's own).
    """

    def __init__(
        self,
        compute: Callable[[T], Vector],
        cost: Callable[[T], int],
        *,
        max_waiting: int,
        threads: int = 1,
        background: bool = False,
    ) -> None:
        self._compute = compute
        self._cost = cost
        self._max_waiting = max_waiting
        self._background = background
        self._waiting: list[_Work[T]] = []
        self._given_out = 0
        self._changed = threading.Condition()
        self._closed = False
        self._threads = [
            threading.Thread(target=self._serve, name=f"embedding-{number}", daemon=True) for number in range(threads)
        ]
        for thread in self._threads:
            thread.start()

    async def compute(self, texts: Sequence[T]) -> list[Vector]:
        """The vectors of the texts, in their order; raises ModelUnavailable when too much already waits."""
        if not texts:
            return []
        loop = asyncio.get_running_loop()
        costs = [self._cost(text) for text in texts]
        total = sum(costs)
        with self._changed:
            due = self._given_out + total if total > EMBEDDING.bulk_tokens else None
            work = _Work(list(texts), costs, loop, loop.create_future(), total, due)
            if self._closed:
                raise ModelUnavailable("the embedding thread is closed")
            if work.remaining + sum(other.remaining for other in self._waiting) > self._max_waiting:
                raise ModelUnavailable("too many texts wait for an embedding")
            self._waiting.append(work)
            self._changed.notify_all()
        return await work.done

    def close(self) -> None:
        """Stop after the texts under way; what still waits fails with ModelUnavailable. May be called twice."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        for thread in self._threads:
            thread.join()
        with self._changed:
            for work in list(self._waiting):
                self._end(work, ModelUnavailable("the embedding thread was closed"))

    def _serve(self) -> None:
        if self._background and sys.platform == "linux":
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), BACKGROUND_NICENESS)
        while (given := self._next()) is not None:
            work, index = given
            try:
                vector = self._compute(work.texts[index])
            except Exception as error:  # noqa: BLE001  handed to the caller, who awaits it; the thread must live on
                with self._changed:
                    self._end(work, error)
                continue
            with self._changed:
                work.vectors[index] = vector
                if len(work.vectors) == len(work.texts):
                    self._end(work, None)

    def _next(self) -> tuple[_Work[T], int] | None:
        """The next text of the most urgent work; None when closed."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self._ungiven())
            if self._closed:
                return None
            work = min(self._ungiven(), key=lambda work: work.urgency)
            index = work.given
            work.given += 1
            work.remaining -= work.costs[index]
            self._given_out += work.costs[index]
            return work, index

    def _ungiven(self) -> list[_Work[T]]:
        self._waiting = [work for work in self._waiting if not work.done.cancelled()]
        return [work for work in self._waiting if work.given < len(work.texts)]

    def _end(self, work: _Work[T], error: Exception | None) -> None:
        """Give the work back to its caller, once; the lock is held."""
        if work not in self._waiting:
            return  # cancelled, or another of its texts has failed
        self._waiting.remove(work)
        if work.loop.is_closed():
            return  # the caller's program has ended; there is nobody left to tell
        work.loop.call_soon_threadsafe(_deliver, work, error)


def _deliver(work: _Work[T], error: Exception | None) -> None:
    if work.done.done():
        return  # cancelled meanwhile
    if error is None:
        work.done.set_result([work.vectors[index] for index in range(len(work.texts))])
    else:
        work.done.set_exception(error)
