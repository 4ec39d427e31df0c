"""One thread that computes embeddings, shortest remaining work first.

Why one text at a time and not padded batches: on one core a batch gains nothing for passages (65 ms for 200
tokens alone, 76 ms within a batch of 16) and a quarter for questions, but it changes the last bits of a vector
with whatever else happened to wait. Search must not depend on what other people do (invariant 2), so a text's
vector is a function of the text alone. It also means that a question waits for one passage at most, never for
an ingest.
"""

import asyncio
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from gateway.errors import ModelUnavailable

Vector: TypeAlias = NDArray[np.float32]
T = TypeVar("T")


@dataclass(slots=True, eq=False)
class _Work(Generic[T]):
    texts: list[T]
    costs: list[int]
    loop: asyncio.AbstractEventLoop
    done: asyncio.Future[list[Vector]]
    vectors: list[Vector] = field(default_factory=list[Vector])
    remaining: int = 0
    """Cost still to be computed: the smallest goes first, so questions overtake ingests."""


class EmbeddingQueue(Generic[T]):
    """Runs `compute` on a thread of its own; callers await on their event loop.

    `compute` turns one text (T: token ids, or a string) into its L2-normalised vector; `cost` is its length in
    tokens.
    """

    def __init__(self, compute: Callable[[T], Vector], cost: Callable[[T], int], *, max_waiting: int) -> None:
        self._compute = compute
        self._cost = cost
        self._max_waiting = max_waiting
        self._waiting: list[_Work[T]] = []
        self._changed = threading.Condition()
        self._closed = False
        self._thread = threading.Thread(target=self._serve, name="embedding", daemon=True)
        self._thread.start()

    async def compute(self, texts: Sequence[T]) -> list[Vector]:
        """The vectors of the texts, in their order; raises ModelUnavailable when too much already waits."""
        if not texts:
            return []
        loop = asyncio.get_running_loop()
        costs = [self._cost(text) for text in texts]
        work = _Work(list(texts), costs, loop, loop.create_future(), remaining=sum(costs))
        with self._changed:
            if self._closed:
                raise ModelUnavailable("the embedding thread is closed")
            if work.remaining + sum(other.remaining for other in self._waiting) > self._max_waiting:
                raise ModelUnavailable("too many texts wait for an embedding")
            self._waiting.append(work)
            self._changed.notify()
        return await work.done

    def close(self) -> None:
        """Stop after the text under way; what still waits fails with ModelUnavailable. May be called twice."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        self._thread.join()

    def _serve(self) -> None:
        while (work := self._next()) is not None:
            try:
                vector = self._compute(work.texts[len(work.vectors)])
            except Exception as error:  # noqa: BLE001  handed to the caller, who awaits it; the thread must live on
                self._finish(work, error)
                continue
            work.vectors.append(vector)
            if len(work.vectors) == len(work.texts):
                self._finish(work, None)
            else:
                work.remaining -= work.costs[len(work.vectors) - 1]
        for work in list(self._waiting):
            self._finish(work, ModelUnavailable("the embedding thread was closed"))

    def _next(self) -> _Work[T] | None:
        with self._changed:
            self._waiting = [work for work in self._waiting if not work.done.cancelled()]
            self._changed.wait_for(lambda: self._waiting or self._closed)
            return None if self._closed else min(self._waiting, key=lambda work: work.remaining)

    def _finish(self, work: _Work[T], error: Exception | None) -> None:
        with self._changed:
            self._waiting.remove(work)
        if work.loop.is_closed():
            return  # the caller's program has ended; there is nobody left to tell
        work.loop.call_soon_threadsafe(_deliver, work, error)


def _deliver(work: _Work[T], error: Exception | None) -> None:
    if work.done.done():
        return  # cancelled meanwhile
    if error is None:
        work.done.set_result(work.vectors)
    else:
        work.done.set_exception(error)
