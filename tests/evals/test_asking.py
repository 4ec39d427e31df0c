"""From a run's events to a reply that can be graded."""

from datetime import date
from typing import Any

import orjson
import pytest

from evals.asking import Reply, ask_in_turn, found_at, read_reply
from evals.golden_questions import Citation, GoldenQuestion
from evals.stream import Connection, Received
from tests.evals.http_script import event, events, found, problem, scripted

SOURCES = [
    {"ref": 1, "document": "cash-handling", "section": ["2 Identification", "2.1"], "effective_from": "2026-09-01"},
    {"ref": 2, "document": "fees", "section": [], "effective_from": "2025-07-01"},
]
ANSWER = {
    "claims": [{"text": "Above USD 2,000.", "citations": [1]}, {"text": "Always.", "citations": [1]}],
    "sources": SOURCES,
}
STARTED = event("run.started", thread_id="thread-1")
ANSWERED = [STARTED, event("answer", **ANSWER), event("run.finished", status="answered")]


def _received(*told: tuple[str, dict[str, Any]]) -> list[Received]:
    return [Received(kind, orjson.dumps(fields), float(place)) for place, (kind, fields) in enumerate(told)]


@pytest.mark.parametrize(
    ("told", "reply"),
    [
        (
            [("claim", {"text": "Shown before."}), ("answer", ANSWER), ("run.finished", {"status": "answered"})],
            Reply(
                "answered",
                "Above USD 2,000. Always.",
                (Citation("cash-handling", ("2 Identification", "2.1"), date(2026, 9, 1)),),
            ),
        ),
        (
            [
                ("claim", {"text": "Withdrawn later."}),
                ("abstained", {"code": "weak_evidence", "reason": "Nothing fits."}),
                ("run.finished", {"status": "abstained"}),
            ],
            Reply("abstained", reason="weak_evidence: Nothing fits.", code="weak_evidence"),
        ),
        (
            [("refused", {"code": "out_of_scope", "reason": "No."}), ("run.finished", {"status": "refused"})],
            Reply("refused", reason="out_of_scope: No.", code="out_of_scope"),
        ),
        (
            [("error", {"detail": "Our fault."}), ("run.finished", {"status": "failed"})],
            Reply("failed", reason="Our fault."),
        ),
        ([("run.started", {"thread_id": "t"})], Reply("unfinished")),
    ],
)
def test_reads_the_end_of_a_run(told: list[tuple[str, dict[str, Any]]], reply: Reply) -> None:
    assert read_reply(_received(*told)) == reply


async def test_asks_the_turns_in_one_thread_and_returns_the_last_reply() -> None:
    refused = [STARTED, event("refused", code="c", reason="r"), event("run.finished", status="refused")]
    async with scripted(events(*refused), events(*ANSWERED)) as server:
        connection = Connection(server.url)
        reply = await ask_in_turn(connection, "token", ["First?", "And then?"], as_of="2026-01-01")
        await connection.close()
    assert (reply.outcome, reply.text) == ("answered", "Above USD 2,000. Always.")
    assert server.bodies == [
        {"message": "First?", "as_of": "2026-01-01"},
        {"message": "And then?", "as_of": "2026-01-01", "thread_id": "thread-1"},
    ]


async def test_waits_when_told_and_asks_again() -> None:
    async with scripted(problem(429, "too_many_requests"), events(*ANSWERED)) as server:
        connection = Connection(server.url)
        assert (await ask_in_turn(connection, "token", ["First?"])).outcome == "answered"
        await connection.close()
    assert len(server.bodies) == 2


async def test_a_refused_request_is_a_reply_without_an_answer() -> None:
    async with scripted(problem(422, "unprocessable")) as server:
        reply = await ask_in_turn(Connection(server.url), "token", ["First?", "Never asked?"])
    assert reply == Reply("unprocessable", reason="422 unprocessable: because of unprocessable")
    assert len(server.bodies) == 1


def _question(*turns: str) -> GoldenQuestion:
    return GoldenQuestion.model_validate(
        {
            "id": "policy-a",
            "as": "anna",
            "turns": turns,
            "expect": "answer",
            "note": "n",
            "must_cite": [{"document": "fees"}],
            "must_say": [["ten days"]],
        }
    )


async def test_says_at_which_place_search_has_the_answer() -> None:
    passages = [
        {**SOURCES[0], "text": "Ten days."},
        {**SOURCES[1], "text": "A fee."},
        {**SOURCES[1], "text": "Ten\ndays."},
    ]
    async with scripted(found({"passages": passages}), found({"passages": passages[:2]})) as server:
        connection = Connection(server.url)
        assert await found_at(connection, "token", _question("How long?"), as_of="2026-01-01") == 3
        assert await found_at(connection, "token", _question("How long?")) is None
        assert await found_at(connection, "token", _question("What is it?", "How long?")) is None
        await connection.close()
    assert server.bodies == [{"query": "How long?", "k": 10, "as_of": "2026-01-01"}, {"query": "How long?", "k": 10}]
