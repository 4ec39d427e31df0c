"""The Bedrock writer against a loopback server that speaks ConverseStream on the wire."""

import json
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import aclosing

import pytest

from gateway.errors import ModelError, ModelMisconfigured, ModelNonsense, ModelRefused, ModelUnavailable
from gateway.writers.bedrock import BedrockWriter
from gateway.writers.message import user_message
from gateway.writers.ports import ClaimDraft, SourceText, Usage, WritingTask
from tests.gateway.converse_server import Converse, serving_converse, texts

TASK = WritingTask("How long?", (SourceText(1, "Circular 41", "Ten business days."),), "Quote.")
ONE = ClaimDraft("Zehn Geschäftstage.", (1,), quote=False)
TWO = ClaimDraft("Two.", (1, 2), quote=False)


def as_line(claim: ClaimDraft) -> str:
    return json.dumps({"text": claim.text, "citations": claim.citations}, ensure_ascii=False) + "\n"


@pytest.fixture
def converse(monkeypatch: pytest.MonkeyPatch) -> Iterator[Converse]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    with serving_converse() as served:
        yield served


@pytest.fixture
async def make(converse: Converse) -> AsyncIterator[Callable[..., BedrockWriter]]:
    made: list[BedrockWriter] = []

    def build(total_s: float = 20.0) -> BedrockWriter:
        made.append(
            BedrockWriter(
                model="anthropic.claude-test", region="eu-central-1", endpoint_url=converse.address, total_s=total_s
            )
        )
        return made[-1]

    yield build
    for writer in made:
        await writer.aclose()


async def write(writer: BedrockWriter) -> tuple[list[ClaimDraft], Usage | ModelError]:
    claims: list[ClaimDraft] = []
    try:
        async for item in writer.write(TASK):
            if isinstance(item, Usage):
                return claims, item
            claims.append(item)
    except ModelError as error:
        return claims, error
    raise AssertionError("the last item is a usage")


async def test_claims_then_usage(converse: Converse, make: Callable[..., BedrockWriter]) -> None:
    text = as_line(ONE) + as_line(TWO).strip()
    converse.events = texts(*text)
    claims, usage = await write(make())
    assert claims == [ONE, TWO]
    assert usage == Usage(model="bedrock:anthropic.claude-test", input_tokens=11, output_tokens=7, calls=1)


async def test_what_is_sent(converse: Converse, make: Callable[..., BedrockWriter]) -> None:
    converse.events = texts("")
    await write(make())
    ((path, body),) = converse.requests
    assert path == "/model/anthropic.claude-test/converse-stream"
    assert body["system"] == [{"text": "Quote."}]
    assert body["messages"] == [{"role": "user", "content": [{"text": user_message(TASK)}]}]
    assert body["inferenceConfig"] == {"maxTokens": 1200, "temperature": 0.0}


async def test_claims_come_while_the_model_writes(converse: Converse, make: Callable[..., BedrockWriter]) -> None:
    converse.pause = threading.Event()
    converse.events = texts(as_line(ONE), as_line(TWO))
    async with aclosing(make().write(TASK)) as items:
        assert await anext(items) == ONE
        converse.pause.set()
        assert await anext(items) == TWO


@pytest.mark.parametrize(
    ("stop", "error"),
    [
        ("guardrail_intervened", ModelRefused),
        ("content_filtered", ModelRefused),
        ("max_tokens", ModelNonsense),
    ],
)
async def test_how_it_stops(
    converse: Converse, make: Callable[..., BedrockWriter], stop: str, error: type[ModelError]
) -> None:
    converse.events = texts(as_line(ONE), stop=stop)
    claims, last = await write(make())
    assert (claims, type(last)) == ([ONE], error)


@pytest.mark.parametrize(
    ("status", "code", "error"),
    [
        (429, "ThrottlingException", ModelUnavailable),
        (500, "InternalServerException", ModelUnavailable),
        (503, "ServiceUnavailableException", ModelUnavailable),
        (403, "AccessDeniedException", ModelMisconfigured),
        (400, "ValidationException", ModelMisconfigured),
    ],
)
async def test_an_error_is_named_and_not_retried(
    converse: Converse, make: Callable[..., BedrockWriter], status: int, code: str, error: type[ModelError]
) -> None:
    converse.status, converse.error = status, code
    claims, last = await write(make())
    assert (claims, type(last), code in str(last)) == ([], error, True)
    assert len(converse.requests) == 1


async def test_an_error_within_the_stream(converse: Converse, make: Callable[..., BedrockWriter]) -> None:
    converse.events = [*texts(as_line(ONE))[:2], ("modelStreamErrorException", {"message": "scripted"})]
    claims, last = await write(make())
    assert (claims, type(last)) == ([ONE], ModelUnavailable)


async def test_a_stream_that_breaks_off(converse: Converse, make: Callable[..., BedrockWriter]) -> None:
    converse.events = texts(as_line(ONE))[:2]
    claims, last = await write(make())
    assert (claims, type(last)) == ([ONE], ModelUnavailable)


async def test_silence_ends_in_time(converse: Converse, make: Callable[..., BedrockWriter]) -> None:
    converse.pause = threading.Event()
    converse.events = texts(as_line(ONE), as_line(TWO))
    claims, last = await write(make(total_s=1.5))
    assert (claims, type(last)) == ([ONE], ModelUnavailable)


async def test_nobody_there(converse: Converse, make: Callable[..., BedrockWriter]) -> None:
    converse.address = "http://127.0.0.1:9"
    _, last = await write(make())
    assert type(last) is ModelUnavailable
