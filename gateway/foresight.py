"""Embed a question while it is admitted: the worker that takes it up finds the vector at hand."""

import asyncio

from core.telemetry import logger
from gateway.embeddings import Embedder

_log = logger(__name__)


class Foresight:
    """Starts embeddings that nobody waits for yet; the embedder's own cache keeps them."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self._under_way: set[asyncio.Task[object]] = set()

    def __call__(self, text: str) -> None:
        """Begin with `text`. What fails here fails again, and is dealt with, where the vector is needed."""
        task: asyncio.Task[object] = asyncio.create_task(self._embedder.embed([text]), name="foresee")
        self._under_way.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[object]) -> None:
        self._under_way.discard(task)
        if not task.cancelled() and task.exception() is not None:
            _log.warning("foresight.failed", cause=type(task.exception()).__name__)
