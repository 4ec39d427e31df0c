"""A cache bounded by bytes: the least recently used values go first. Several threads may share it."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Bounded(Generic[K, V]):
    """Values with their sizes; a value larger than the whole bound is not kept."""

    def __init__(self, max_bytes: int) -> None:
        self.max_bytes = max_bytes
        self._held = 0
        self._values: OrderedDict[K, tuple[V, int]] = OrderedDict()
        self._changing = threading.Lock()

    def get(self, key: K) -> V | None:
        """The value, now the most recently used; None where there is none."""
        with self._changing:
            entry = self._values.get(key)
            if entry is None:
                return None
            self._values.move_to_end(key)
            return entry[0]

    def put(self, key: K, value: V, nbytes: int) -> None:
        """Keep the value of this size, dropping the least recently used ones that no longer fit."""
        with self._changing:
            self._drop(key)
            if nbytes > self.max_bytes:
                return
            self._values[key] = (value, nbytes)
            self._held += nbytes
            while self._held > self.max_bytes:
                self._drop(next(iter(self._values)))

    def discard(self, unwanted: Callable[[K, V], bool]) -> None:
        """Drop every value that is unwanted."""
        with self._changing:
            for key in [key for key, (value, _) in self._values.items() if unwanted(key, value)]:
                self._drop(key)

    def _drop(self, key: K) -> None:
        entry = self._values.pop(key, None)
        if entry is not None:
            self._held -= entry[1]
