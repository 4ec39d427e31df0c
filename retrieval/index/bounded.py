"""A cache bounded by bytes: the least recently used values go first."""

from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Bounded(Generic[K, V]):
    """Values with their sizes; a value larger than the whole bound is not kept."""

    def __init__(self, max_bytes: int) -> None:
        self._max = max_bytes
        self._held = 0
        self._values: OrderedDict[K, tuple[V, int]] = OrderedDict()

    def get(self, key: K) -> V | None:
        """The value, now the most recently used; None where there is none."""
        entry = self._values.get(key)
        if entry is None:
            return None
        self._values.move_to_end(key)
        return entry[0]

    def put(self, key: K, value: V, nbytes: int) -> None:
        """Keep the value of this size, dropping the least recently used ones that no longer fit."""
        previous = self._values.pop(key, None)
        if previous is not None:
            self._held -= previous[1]
        if nbytes > self._max:
            return
        self._values[key] = (value, nbytes)
        self._held += nbytes
        while self._held > self._max:
            _, (_, freed) = self._values.popitem(last=False)
            self._held -= freed
