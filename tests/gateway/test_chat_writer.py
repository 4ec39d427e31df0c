"""The chat writer over real HTTP: against the sandbox's model server, and against bytes of our choosing."""

import asyncio
import json
from collections.abc import Callable
from contextlib import aclosing

import pytest

from gateway.errors import ModelError, ModelMisconfigured, ModelNonsense, ModelRefused, ModelUnavailable
from gateway.limits import WRITING
from gateway.openai_compatible import OpenAICompatible
from gateway.writers.chat import ChatWriter
from gateway.writers.message import user_message
from gateway.writers.ports import ClaimDraft, SourceText, Usage, WritingTask
from tests.gateway.conftest import ModelServer
from tests.gateway.raw_provider import provider

Endpoint = Callable[..., OpenAICompatible]

TASK = WritingTask(
    question="How long do we have to investigate?",
    sources=(SourceText(1, "Circular 41 › 2", "The desk investigates within ten business days."),),
    instructions="Quote.",
)
ONE = ClaimDraft("Ten business days — für Zürich: 1 000 €.", (1,), quote=False)
TWO = ClaimDraft("The desk investigates.", (1, 2), quote=False)


def as_line(claim: ClaimDraft) -> str:
    return json.dumps({"text": claim.text, "citations": claim.citations}, ensure_ascii=False) + "\n"


def chunk(content: str | None = None, *, finish: str | None = None, refusal: str | None = None) -> bytes:
    delta = {"content": content} if refusal is None else {"refusal": refusal}
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return b"data: " + json.dumps({"choices": [choice]}, ensure_ascii=False).encode() + b"\n\n"


async def write(writer: ChatWriter, task: WritingTask = TASK) -> tuple[list[ClaimDraft], Usage | ModelError]:
    """The claims that were given, and what came last."""
    claims: list[ClaimDraft] = []
    try:
        async for item in writer.write(task):
            if isinstance(item, Usage):
                return claims, item
            claims.append(item)
    except ModelError as error:
        return claims, error
    raise AssertionError("the last item is a usage")


async def test_claims_then_usage(server: ModelServer, endpoint: Endpoint) -> None:
    server.control(script=[[as_line(ONE)[:9], as_line(ONE)[9:] + as_line(TWO)[:-1]]])
    claims, usage = await write(ChatWriter(endpoint()))
    assert claims == [ONE, TWO]
    asked = (len("Quote.") + len(user_message(TASK))) // 4
    assert usage == Usage(model="openai:scripted", input_tokens=asked, output_tokens=2, calls=1)


async def test_what_is_sent(server: ModelServer, endpoint: Endpoint) -> None:
    await write(ChatWriter(endpoint()))
    (request,) = server.requests()
    assert request["body"] == {
        "model": "scripted",
        "messages": [{"role": "system", "content": "Quote."}, {"role": "user", "content": user_message(TASK)}],
        "max_completion_tokens": 1200,
        "stream": True,
        "stream_options": {"include_usage": True},
        "temperature": 0.0,
    }


async def test_the_first_claim_is_given_while_the_model_still_writes(server: ModelServer, endpoint: Endpoint) -> None:
    server.control(script=[{"deltas": [as_line(ONE), as_line(TWO)], "fault": "stall_midstream"}])
    async with aclosing(ChatWriter(endpoint()).write(TASK)) as items:
        assert await anext(items) == ONE


async def test_an_empty_reply_is_no_claim(server: ModelServer, endpoint: Endpoint) -> None:
    server.control(script=[""])
    claims, usage = await write(ChatWriter(endpoint()))
    assert (claims, isinstance(usage, Usage)) == ([], True)


async def test_more_claims_than_asked_for_are_not_read(server: ModelServer, endpoint: Endpoint) -> None:
    """The rest is left unread, so its usage is estimated."""
    server.control(script=["".join(as_line(ONE) for _ in range(9))])
    few = WritingTask(TASK.question, TASK.sources, TASK.instructions, max_claims=2)
    claims, usage = await write(ChatWriter(endpoint()), few)
    assert claims == [ONE, ONE]
    assert isinstance(usage, Usage)
    assert usage.output_tokens > 0


async def test_characters_and_json_may_be_split_anywhere(endpoint: Endpoint) -> None:
    stream = b": ping\n\n" + chunk(as_line(ONE)) + chunk(as_line(TWO), finish="stop") + b"data: [DONE]\n\n"
    async with provider([stream[at : at + 1] for at in range(len(stream))]) as address:
        claims, usage = await write(ChatWriter(endpoint(base_url=address)))
    assert claims == [ONE, TWO]
    assert isinstance(usage, Usage), "a provider that reports no usage is estimated"
    assert usage.input_tokens == (len("Quote.") + len(user_message(TASK))) // 4


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("http_500", ModelUnavailable),
        ("http_429", ModelUnavailable),
        ("garbage", ModelNonsense),
        ("bad_chunk", ModelNonsense),
        ("refusal", ModelRefused),
    ],
)
async def test_a_fault_is_named_and_not_retried(
    server: ModelServer, endpoint: Endpoint, fault: str, error: type[ModelError]
) -> None:
    server.control(fault=fault, times=None, script=[as_line(ONE)])
    claims, last = await write(ChatWriter(endpoint()))
    assert (claims, type(last)) == ([], error)
    assert len(server.requests()) == 1


@pytest.mark.parametrize("fault", ["hang", "stall_midstream"])
async def test_silence_ends_in_time(server: ModelServer, endpoint: Endpoint, fault: str) -> None:
    server.control(fault=fault, script=[as_line(ONE)])
    _, last = await write(ChatWriter(endpoint(total_s=0.3)))
    assert type(last) is ModelUnavailable
    assert "in time" in str(last)


async def test_a_stream_that_trickles_ends_in_time(server: ModelServer, endpoint: Endpoint) -> None:
    """Each piece comes soon enough; all of them together do not."""
    server.control(script=[list(as_line(ONE) * 50)], tokens_per_second=100)
    _, last = await write(ChatWriter(endpoint(total_s=0.5)))
    assert (type(last), "in time" in str(last)) == (ModelUnavailable, True)


async def test_a_stream_that_breaks_off_keeps_its_complete_claims(server: ModelServer, endpoint: Endpoint) -> None:
    server.control(script=[{"deltas": [as_line(ONE), as_line(TWO)[:20], "x", "y"], "fault": "drop_midstream"}])
    claims, last = await write(ChatWriter(endpoint()))
    assert (claims, type(last)) == ([ONE], ModelUnavailable)


async def test_an_end_without_a_reason_is_no_end(endpoint: Endpoint) -> None:
    async with provider([chunk(as_line(ONE))]) as address:
        claims, last = await write(ChatWriter(endpoint(base_url=address)))
    assert (claims, type(last), str(last)) == ([ONE], ModelUnavailable, "the stream broke off before its end")


@pytest.mark.parametrize(
    ("stream", "error"),
    [
        (chunk(as_line(ONE)[:10], finish="length"), ModelNonsense),
        (chunk("", finish="content_filter"), ModelRefused),
        (chunk(refusal="No."), ModelRefused),
        (b'data: {"error": {"message": "overloaded"}}\n\n', ModelUnavailable),
        (b'data: {"choices": "none"}\n\n', ModelNonsense),
    ],
)
async def test_how_a_stream_can_end_badly(endpoint: Endpoint, stream: bytes, error: type[ModelError]) -> None:
    async with provider([stream, b"data: [DONE]\n\n"]) as address:
        claims, last = await write(ChatWriter(endpoint(base_url=address)))
    assert (claims, type(last)) == ([], error)


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        ("401 Unauthorized", b"{}", ModelMisconfigured),
        ("404 Not Found", b"{}", ModelMisconfigured),
        ("400 Bad Request", b'{"error": {"code": "content_filter", "message": "no"}}', ModelRefused),
        ("408 Request Timeout", b"{}", ModelUnavailable),
        ("503 Service Unavailable", b"<html>", ModelUnavailable),
    ],
)
async def test_what_a_status_means(endpoint: Endpoint, status: str, body: bytes, error: type[ModelError]) -> None:
    async with provider([body], status=status) as address:
        claims, last = await write(ChatWriter(endpoint(base_url=address)))
    assert (claims, type(last)) == ([], error)


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "307 Temporary Redirect", "308 Permanent Redirect"])
async def test_a_redirection_is_not_followed(endpoint: Endpoint, status: str) -> None:
    """It would take the prompt wherever this process can reach."""
    reached: list[int] = []
    async with (
        provider([chunk(as_line(ONE), finish="stop"), b"data: [DONE]\n\n"], connections=reached) as elsewhere,
        provider([b""], status=f"{status}\r\nLocation: {elsewhere}/v1/chat/completions") as address,
    ):
        claims, last = await write(ChatWriter(endpoint(base_url=address)))
    assert (claims, type(last), reached) == ([], ModelMisconfigured, [])


@pytest.mark.parametrize(
    "piece",
    [b"data: " * 9_000, b": ping\n" * 6_000, b"event: more\n\n" * 4_000, chunk("") * 500],
    ids=["a line without an end", "comments", "other events", "empty deltas"],
)
async def test_a_stream_without_an_end_fills_no_memory(endpoint: Endpoint, piece: bytes) -> None:
    sent = WRITING.stream_bytes // len(piece) + 2
    async with provider([chunk(as_line(ONE)), *[piece] * sent], patient=False) as address:
        claims, last = await write(ChatWriter(endpoint(base_url=address)))
    assert (claims, type(last), str(last)) == ([ONE], ModelNonsense, "the provider sent more than was asked for")


@pytest.mark.parametrize("counted", [-1, 10**8, 10**30, "many", 1.5])
async def test_a_count_that_is_none_is_nonsense(endpoint: Endpoint, counted: object) -> None:
    """It would stand in the run's record, which takes no number that two readers write differently."""
    usage = {"choices": [], "usage": {"prompt_tokens": counted, "completion_tokens": 1}}
    async with provider([chunk(finish="stop"), b"data: " + json.dumps(usage).encode() + b"\n\n"]) as address:
        claims, last = await write(ChatWriter(endpoint(base_url=address)))
    assert (claims, type(last)) == ([], ModelNonsense)


async def test_nobody_there(endpoint: Endpoint) -> None:
    async with provider([]) as address:
        pass
    _, last = await write(ChatWriter(endpoint(base_url=address)))
    assert type(last) is ModelUnavailable


async def test_leaving_early_closes_the_connection(server: ModelServer, endpoint: Endpoint) -> None:
    server.control(script=[[as_line(ONE), *list(as_line(TWO) * 30)]], tokens_per_second=20)
    async with aclosing(ChatWriter(endpoint()).write(TASK)) as items:
        assert await anext(items) == ONE
    for _ in range(100):
        if server.requests()[-1]["outcome"] != "under way":
            break
        await asyncio.sleep(0.02)
    assert server.requests()[-1]["outcome"] == "client_left"


async def test_a_connection_is_used_again(endpoint: Endpoint) -> None:
    """Over TLS a new one costs more than all of our own work."""
    stream = chunk(as_line(ONE), finish="stop") + b"data: [DONE]\n\n"
    connections: list[int] = []
    async with provider([stream], keep_alive=True, connections=connections) as address:
        writer = ChatWriter(endpoint(base_url=address))
        assert [(await write(writer))[0] for _ in range(3)] == [[ONE]] * 3
    assert len(connections) == 1


async def test_errors_carry_neither_key_nor_question(server: ModelServer, endpoint: Endpoint) -> None:
    server.control(fault="http_500")
    _, last = await write(ChatWriter(endpoint()))
    assert str(last) == "the provider answered with status 500"
