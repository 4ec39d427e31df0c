"""The measuring client: events from any pieces, one kept connection, problems told from streams."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.stream import Connection, EventParser, Received, Rejected
from tests.evals.http_script import event, events, problem, scripted

STREAM = b"".join(
    [
        b": ping\r\n\r\n",
        event("run.started", thread_id="t"),
        b"event: claim\ndata: {\ndata: }\n\n",
        b"data: plain\r\n\r\n",
    ]
)
READ = [("run.started", b'{"thread_id": "t"}'), ("claim", b"{\n}"), ("message", b"plain")]


@given(st.sets(st.integers(0, len(STREAM))))
def test_events_are_the_same_in_whatever_pieces_they_arrive(cuts: set[int]) -> None:
    edges = [0, *sorted(cuts), len(STREAM)]
    parser = EventParser()
    pieces = [STREAM[start:end] for start, end in itertools.pairwise(edges)]
    assert [found for piece in pieces for found in parser.feed(piece)] == READ


def test_an_unfinished_event_is_not_an_event() -> None:
    assert EventParser().feed(b"event: claim\r\ndata: {}\r\n") == []


async def _collect(connection: Connection) -> list[Received]:
    return [received async for received in connection.post_events("/v1/chat/stream", "a-token", {"message": "Hm?"})]


async def test_asks_over_one_connection_and_reads_every_event() -> None:
    stream = events(event("run.started", n=1)[:9], event("run.started", n=1)[9:], event("run.finished", n=2))
    async with scripted(stream, stream) as server:
        connection = Connection(server.url)
        first, second = await _collect(connection), await _collect(connection)
        await connection.close()
    assert [(one.kind, one.fields()) for one in first] == [("run.started", {"n": 1}), ("run.finished", {"n": 2})]
    assert [one.kind for one in second] == ["run.started", "run.finished"]
    assert first[0].at < first[1].at < second[0].at
    assert server.bodies == [{"message": "Hm?"}] * 2
    assert server.tokens == ["a-token"] * 2
    assert server.connections == 1


async def test_opens_another_connection_when_the_service_closes_it() -> None:
    stream = events(event("run.finished", n=1), keep=False)
    async with scripted(stream, stream) as server:
        connection = Connection(server.url)
        assert len(await _collect(connection) + await _collect(connection)) == 2
        await connection.close()
    assert server.connections == 2


async def test_a_problem_document_is_no_stream() -> None:
    async with scripted(problem(429, "too_many_requests", retry_after="3")) as server:
        connection = Connection(server.url)
        with pytest.raises(Rejected, match="429 too_many_requests: because of too_many_requests") as caught:
            await _collect(connection)
    assert (caught.value.status, caught.value.retry_after_s) == (429, 3.0)


async def test_a_stream_that_breaks_off_is_an_error() -> None:
    async with scripted(events(event("run.started", n=1))[:-5] + b"ff\r\nhalf") as server:
        with pytest.raises(ConnectionError, match="in the middle"):
            await _collect(Connection(server.url))
