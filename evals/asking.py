"""Asking the service as a person would: one thread, turn after turn, and what came of the last."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from evals.golden_questions import Citation, GoldenQuestion, Mark, grade
from evals.stream import Connection, Received, Rejected

CHAT: Final = "/v1/chat/stream"
SEARCH: Final = "/v1/search"
SEARCHED: Final = 10
"""Passages that a turn gives its writer."""

TRIES: Final = 6
"""A person may ask so many questions a second; an evaluation waits as it is told and asks again."""

WAIT_FOR: Final = frozenset({429, 503})


@dataclass(frozen=True, slots=True)
class Reply:
    """The end of a run: its status, the released text, what its claims cite, and in words why there is no answer."""

    outcome: str
    text: str = ""
    citations: tuple[Citation, ...] = ()
    reason: str = ""
    code: str = ""
    """The reason as a code."""


async def ask_in_turn(connection: Connection, token: str, turns: Sequence[str], **options: Any) -> Reply:
    """Ask the turns in one thread; `options` are further fields of the request. Returns the last turn's reply.

    A request that is refused is a reply too: its outcome is the problem's code.
    """
    thread: str | None = None
    reply = Reply("not asked")
    for turn in turns:
        body = {"message": turn, **options} | ({} if thread is None else {"thread_id": thread})
        try:
            events = await _ask(connection, token, body)
        except Rejected as error:
            return Reply(str(error.problem.get("code", error.status)), reason=str(error))
        thread = thread or next((e.fields()["thread_id"] for e in events if e.kind == "run.started"), None)
        reply = read_reply(events)
    return reply


async def _ask(connection: Connection, token: str, body: Mapping[str, Any]) -> list[Received]:
    for _ in range(TRIES - 1):
        try:
            return [event async for event in connection.post_events(CHAT, token, body)]
        except Rejected as error:
            if error.status not in WAIT_FOR:
                raise
            await asyncio.sleep(error.retry_after_s)
    return [event async for event in connection.post_events(CHAT, token, body)]


def read_reply(events: Sequence[Received]) -> Reply:
    """What a run's events say in the end. An answer's own claims and sources count, not what was shown before."""
    last = {event.kind: event.fields() for event in events if event.kind != "stage"}
    finished = last.get("run.finished")
    outcome = "unfinished" if finished is None else str(finished["status"])
    if (answer := last.get("answer")) is not None:
        return Reply(outcome, " ".join(claim["text"] for claim in answer["claims"]), _citations(answer))
    for kind in ("abstained", "refused"):
        if (said := last.get(kind)) is not None:
            return Reply(outcome, reason=f"{said['code']}: {said['reason']}", code=said["code"])
    return Reply(outcome, reason=str(last.get("error", {}).get("detail", "")))


async def found_at(connection: Connection, token: str, question: GoldenQuestion, **options: Any) -> int | None:
    """At which place search alone finds a passage that says what is asked; None for none among the first ten.

    It tells what search missed from what was found but not answered. Follow-ups are not searched for: None.
    """
    first, *follow_ups = question.turns
    if question.expect != "answer" or follow_ups:
        return None
    result = await connection.post(SEARCH, token, {"query": first, "k": SEARCHED, **options})
    for place, passage in enumerate(result["passages"], 1):
        if grade(question, "answered", passage["text"], [_citation(passage)]).mark is Mark.RIGHT:
            return place
    return None


def _citations(answer: Mapping[str, Any]) -> tuple[Citation, ...]:
    sources = {source["ref"]: source for source in answer["sources"]}
    cited = dict.fromkeys(ref for claim in answer["claims"] for ref in claim["citations"])
    return tuple(_citation(sources[ref]) for ref in cited)


def _citation(source: Mapping[str, Any]) -> Citation:
    return Citation(source["document"], tuple(source["section"]), date.fromisoformat(source["effective_from"]))
