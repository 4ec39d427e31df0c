"""The event stream of a run: what is kept in its log, then what is added, until the run has finished."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Generator
from contextlib import aclosing, asynccontextmanager, contextmanager
from uuid import UUID

import anyio
from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.responses import Response

from api.limits import STREAMS
from api.metrics import HttpMetrics
from core.crypto import DataKey, Keyring
from core.database import Database
from core.errors import TooManyRequests, Unavailable
from core.principal import Principal
from core.telemetry import logger
from runs import log as events
from runs.conversations import get_run
from runs.feed import EventFeed, WakeUp

log = logger(__name__)

_LINE = "\n"


class Departure:
    """When a stream ends because the service stops: a moment after it was told, so that quick turns end before."""

    def __init__(self, shutdown: anyio.Event, subscribe: events.Subscribe) -> None:
        self._shutdown = shutdown
        self._subscribe = subscribe
        self.is_due = False

    @asynccontextmanager
    async def subscribe(self, run_id: UUID) -> AsyncGenerator[WakeUp]:
        """A run's wake-ups, and one more when the departure is due."""
        async with self._subscribe(run_id) as woken:
            waiting = asyncio.create_task(self._wake(woken), name="stream-departure")
            try:
                yield woken
            finally:
                waiting.cancel()

    async def _wake(self, woken: asyncio.Event) -> None:
        await self._shutdown.wait()
        await asyncio.sleep(STREAMS.linger_s)
        self.is_due = True
        woken.set()


class EventStreams:
    """Opens streams; a stream that breaks is taken up again from its last event, so nothing here keeps state."""

    def __init__(self, database: Database, keyring: Keyring, feed: EventFeed, metrics: HttpMetrics) -> None:
        self._database = database
        self._keyring = keyring
        self._feed = feed
        self._metrics = metrics
        self._open: Counter[tuple[str, str]] = Counter()

    async def resume(self, principal: Principal, run_id: UUID, after: int) -> Response:
        """The events after a sequence number; 204 when the run has finished and none is left. Raises `NotFound`."""
        async with self._database.transaction(principal) as tx:
            run, key = await get_run(tx, self._keyring, run_id)
            has_more = not run.status.is_terminal or bool(await events.read(tx, key, run_id, after=after))
        if not has_more:
            return Response(status_code=204)
        return self.follow(principal, run_id, key, after=after)

    def follow(self, principal: Principal, run_id: UUID, key: DataKey, *, after: int = 0) -> Response:
        """The stream of a run that is known to be this principal's."""
        if self._open[_who(principal)] >= STREAMS.open_per_person:
            raise TooManyRequests(
                "You have many answers open at once. Close some tabs, then try again.", retry_after_s=5
            )
        shutdown = anyio.Event()
        return EventSourceResponse(
            self._frames(principal, run_id, key, after, shutdown),
            ping=STREAMS.ping_s,
            ping_message_factory=_ping,
            sep=_LINE,
            send_timeout=STREAMS.send_timeout_s,
            shutdown_event=shutdown,
            shutdown_grace_period=STREAMS.shutdown_grace_s,
        )

    async def _frames(
        self, principal: Principal, run_id: UUID, key: DataKey, after: int, shutdown: anyio.Event
    ) -> AsyncGenerator[bytes]:
        departure = Departure(shutdown, self._feed.subscribe)
        tail = events.tail(
            self._database, principal, departure.subscribe, key, run_id, after=after, leaving=lambda: departure.is_due
        )
        with self._counted(principal):
            try:
                async with aclosing(tail) as batches:
                    async for entries in batches:
                        yield b"".join(map(_frame, entries))  # sent at once: each sending costs a call of the system
            except Unavailable:
                log.warning("stream_interrupted")  # ends without run.finished: the reader comes back for the rest

    @contextmanager
    def _counted(self, principal: Principal) -> Generator[None]:
        who = _who(principal)
        self._open[who] += 1
        self._metrics.streams.inc()
        try:
            yield
        finally:
            self._metrics.streams.dec()
            self._open[who] -= 1
            if not self._open[who]:
                del self._open[who]


def _who(principal: Principal) -> tuple[str, str]:
    return principal.tenant, principal.person


def _frame(entry: events.Entry) -> bytes:
    return ServerSentEvent(entry.data.decode(), event=entry.kind, id=str(entry.seq), sep=_LINE).encode()


def _ping() -> ServerSentEvent:
    return ServerSentEvent(comment="ping", sep=_LINE)
