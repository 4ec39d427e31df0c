"""Retry, failover and breaker, with writers that fail to order and with a real one against the model server."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass, field, replace

import pytest

from gateway.errors import ModelError, ModelMisconfigured, ModelNonsense, ModelRefused, ModelUnavailable
from gateway.limits import ResilienceLimits
from gateway.openai_compatible import OpenAICompatible
from gateway.writers.chat import ChatWriter
from gateway.writers.ports import ClaimDraft, Usage, WritingTask
from gateway.writers.resilient import ResilientWriter
from tests.gateway.conftest import ModelServer

TASK = WritingTask("How long?", (), "Quote.")
A, B = ClaimDraft("A.", (1,), quote=False), ClaimDraft("B.", (1,), quote=False)
QUOTE = ClaimDraft("Quote.", (1,), quote=True)
QUICK = ResilienceLimits(wait_initial_s=0.001, wait_max_s=0.002, wait_jitter_s=0.0)

Step = ClaimDraft | ModelError | float
"""A claim to give, an error to raise, or seconds to wait."""


@dataclass
class ScriptedWriter:
    """Each call plays the next script; the last one is played again and again."""

    name: str
    scripts: list[Sequence[Step]]
    calls: int = 0
    closed: bool = field(default=False)

    async def write(self, task: WritingTask) -> AsyncGenerator[ClaimDraft | Usage]:
        script = self.scripts[min(self.calls, len(self.scripts) - 1)]
        self.calls += 1
        for step in script:
            if isinstance(step, ModelError):
                raise step
            if isinstance(step, ClaimDraft):
                yield step
            else:
                await asyncio.sleep(step)
        yield Usage(self.name, 10, 5, 1)

    async def aclose(self) -> None:
        self.closed = True


def quoter() -> ScriptedWriter:
    return ScriptedWriter("extractive-1", [[QUOTE]])


async def write(writer: ResilientWriter) -> list[ClaimDraft | Usage | type[ModelError]]:
    items: list[ClaimDraft | Usage | type[ModelError]] = []
    try:
        async for item in writer.write(TASK):
            items.append(item)
    except ModelError as error:
        items.append(type(error))
    return items


async def test_the_first_writer_answers() -> None:
    first, second = ScriptedWriter("first", [[A, B]]), ScriptedWriter("second", [[A]])
    writer = ResilientWriter([first, second], quoter(), QUICK)
    assert await write(writer) == [A, B, Usage("first", 10, 5, 1)]
    assert (writer.name, second.calls) == ("first", 0)


async def test_one_more_try_before_the_first_claim() -> None:
    first = ScriptedWriter("first", [[ModelUnavailable()], [A]])
    assert await write(ResilientWriter([first], quoter(), QUICK)) == [A, Usage("first", 10, 5, 2)]


async def test_two_failures_lead_to_the_next_writer() -> None:
    first, second = ScriptedWriter("first", [[ModelUnavailable()]]), ScriptedWriter("second", [[B]])
    assert await write(ResilientWriter([first, second], quoter(), QUICK)) == [B, Usage("second", 10, 5, 3)]
    assert first.calls == 2


@pytest.mark.parametrize("error", [ModelMisconfigured, ModelNonsense, ModelRefused])
async def test_what_another_try_cannot_help_is_not_tried_again(error: type[ModelError]) -> None:
    first = ScriptedWriter("first", [[error()]])
    assert await write(ResilientWriter([first], quoter(), QUICK)) == [QUOTE, Usage("extractive-1", 10, 5, 2)]


async def test_without_any_writer_the_sources_are_quoted() -> None:
    writer = ResilientWriter([], quoter(), QUICK)
    assert (writer.name, await write(writer)) == ("extractive-1", [QUOTE, Usage("extractive-1", 10, 5, 1)])


@pytest.mark.parametrize("error", [ModelUnavailable, ModelNonsense])
async def test_after_the_first_claim_nobody_takes_over(error: type[ModelError]) -> None:
    """Two models' sentences must not mix in one answer."""
    first, second = ScriptedWriter("first", [[A, error()]]), ScriptedWriter("second", [[B]])
    assert await write(ResilientWriter([first, second], quoter(), QUICK)) == [A, error]
    assert (first.calls, second.calls) == (1, 0)


async def test_an_empty_answer_is_an_answer() -> None:
    first = ScriptedWriter("first", [[]])
    assert await write(ResilientWriter([first], quoter(), QUICK)) == [Usage("first", 10, 5, 1)]


async def test_all_providers_share_the_time_to_the_first_claim() -> None:
    first, second = ScriptedWriter("first", [[30.0, A]]), ScriptedWriter("second", [[B]])
    limits = replace(QUICK, first_claim_s=0.3)
    assert await write(ResilientWriter([first, second], quoter(), limits)) == [QUOTE, Usage("extractive-1", 10, 5, 2)]
    assert (first.calls, second.calls) == (1, 0)


async def test_the_time_to_the_first_claim_does_not_bound_the_rest() -> None:
    first = ScriptedWriter("first", [[A, 0.5, B]])
    limits = replace(QUICK, first_claim_s=0.3)
    assert await write(ResilientWriter([first], quoter(), limits)) == [A, B, Usage("first", 10, 5, 1)]


async def test_the_breaker_opens_and_lets_one_through_later() -> None:
    first = ScriptedWriter("first", [[ModelUnavailable()]])
    writer = ResilientWriter([first], quoter(), replace(QUICK, breaker_threshold=3, breaker_open_s=1.0))
    for _ in range(5):
        assert QUOTE in await write(writer)
    assert first.calls == 3, "the open breaker keeps calls away"
    assert writer.describe()[0] == {"writer": "first", "breaker": "opened", "calls": 3, "answers": 0, "failures": 3}
    first.scripts = [[A]]
    assert QUOTE in await write(writer)
    await asyncio.sleep(1.1)
    assert await write(writer) == [A, Usage("first", 10, 5, 1)]
    assert writer.describe() == [
        {"writer": "first", "breaker": "closed", "calls": 4, "answers": 1, "failures": 3},
        {"writer": "extractive-1", "breaker": "closed", "calls": 6, "answers": 6, "failures": 0},
    ]


async def test_failures_after_the_first_claim_open_it_too() -> None:
    first = ScriptedWriter("first", [[A, ModelUnavailable()]])
    writer = ResilientWriter([first], quoter(), replace(QUICK, breaker_threshold=1))
    assert await write(writer) == [A, ModelUnavailable]
    assert await write(writer) == [QUOTE, Usage("extractive-1", 10, 5, 1)]


@pytest.mark.parametrize("error", [ModelNonsense, ModelRefused])
async def test_nonsense_and_refusals_are_no_outage(error: type[ModelError]) -> None:
    first = ScriptedWriter("first", [[error()]])
    writer = ResilientWriter([first], quoter(), replace(QUICK, breaker_threshold=1))
    for _ in range(3):
        await write(writer)
    assert (first.calls, writer.describe()[0]["breaker"]) == (3, "closed")


async def test_a_caller_who_leaves_is_no_outage() -> None:
    first = ScriptedWriter("first", [[30.0, A]])
    writer = ResilientWriter([first], quoter(), replace(QUICK, breaker_threshold=1))
    leaving = asyncio.create_task(write(writer))
    await asyncio.sleep(0.02)
    leaving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await leaving
    first.scripts = [[A]]
    assert await write(writer) == [A, Usage("first", 10, 5, 1)]


async def test_closing_closes_all() -> None:
    first, last = ScriptedWriter("first", [[A]]), quoter()
    await ResilientWriter([first], last, QUICK).aclose()
    assert (first.closed, last.closed) == (True, True)


async def test_a_500_and_then_success_over_http(server: ModelServer, endpoint: Callable[..., OpenAICompatible]) -> None:
    server.control(fault="http_500", times=1, script=['{"text": "A.", "citations": [1]}'])
    writer = ResilientWriter([ChatWriter(endpoint())], quoter(), QUICK)
    claim, usage = await write(writer)
    assert (claim, isinstance(usage, Usage) and usage.calls) == (A, 2)
    assert [request["outcome"] for request in server.requests()] == ["http_500", "completed"]


async def test_a_provider_that_is_down_over_http(
    server: ModelServer, endpoint: Callable[..., OpenAICompatible]
) -> None:
    server.control(fault="http_429", times=None)
    writer = ResilientWriter([ChatWriter(endpoint())], quoter(), QUICK)
    assert (await write(writer))[0] == QUOTE
    assert len(server.requests()) == 2
