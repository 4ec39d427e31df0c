"""The bank of the graph's tests, for work that goes through the queue."""

from tests.graph.conftest import embedder, guards

__all__ = ["embedder", "guards"]
