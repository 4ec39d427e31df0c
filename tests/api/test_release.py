"""What is announced of the release, and how a refusal reads, over HTTP."""

import httpx
import pytest

from tests.api.streams import ask


@pytest.mark.parametrize(
    ("question", "release"),
    [
        ("How long is an application for credit retained?", "claim"),
        ("Must an application for credit be retained?", "whole"),
        ("How long is a rejected application for credit retained?", "whole"),
    ],
)
async def test_the_release_is_announced_before_anything_is_understood(
    anna: httpx.AsyncClient, question: str, release: str
) -> None:
    events = await ask(anna, question)
    assert (events[0].kind, events[0].data["release"]) == ("run.started", release)


async def test_a_message_that_is_too_long_is_told_how_long_it_may_be(anna: httpx.AsyncClient) -> None:
    reply = await anna.post("/v1/chat/stream", json={"message": "a " * 5_000})
    assert (reply.status_code, reply.json()["detail"]) == (
        422,
        "Correct these fields: body.message. At most 8,000 characters fit into message.",
    )
