"""One LISTEN connection per process wakes every tail of a run in it."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncGenerator
from contextlib import aclosing, asynccontextmanager, suppress
from uuid import UUID

from core.telemetry import logger
from runs.event_log import store as event_store

_RECONNECT_S = 0.5
_log = logger(__name__)


class WakeUp(asyncio.Event):
    """Set whenever something was appended beyond what its tail has read: `seen` is the last number of that."""

    def __init__(self) -> None:
        super().__init__()
        self.seen = 0

    def appended(self, last_seq: int) -> None:
        if last_seq > self.seen:
            self.set()


class EventFeed:
    """Fans the database's notifications out to this process's subscribers."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._subscribers: defaultdict[UUID, set[WakeUp]] = defaultdict(set)
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin listening in the background."""
        self._task = asyncio.create_task(self._listen(), name="event-feed")

    @property
    def is_alive(self) -> bool:
        """Whether somebody listens, or tries to again."""
        return self._task is not None and not self._task.done()

    async def close(self) -> None:
        """Stop listening and wake every subscriber."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
        self._wake_all()

    @asynccontextmanager
    async def subscribe(self, run_id: UUID) -> AsyncGenerator[WakeUp]:
        """An event that is set whenever something was appended to the run, and whenever the link came back."""
        woken = WakeUp()
        self._subscribers[run_id].add(woken)
        try:
            yield woken
        finally:
            self._subscribers[run_id].discard(woken)
            if not self._subscribers[run_id]:
                del self._subscribers[run_id]

    async def _listen(self) -> None:
        while True:
            try:
                async with aclosing(event_store.notifications(self._url)) as notifications:
                    async for notification in notifications:
                        if notification is None:
                            self._wake_all()
                            continue
                        run_id, last_seq = notification
                        for woken in self._subscribers.get(run_id, ()):
                            woken.appended(last_seq)
            except ConnectionError:
                _log.warning("event_feed.reconnecting", after_s=_RECONNECT_S)
            await asyncio.sleep(_RECONNECT_S)

    def _wake_all(self) -> None:
        for subscribers in self._subscribers.values():
            for woken in subscribers:
                woken.set()
