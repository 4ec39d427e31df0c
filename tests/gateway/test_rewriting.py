from collections.abc import Callable

import pytest

from gateway.errors import ModelError, ModelNonsense, ModelRefused, ModelUnavailable
from gateway.limits import REWRITING
from gateway.openai_compatible import OpenAICompatible
from gateway.rewriting import ChatRewriter
from prompts.loader import get
from tests.gateway.conftest import ModelServer
from tests.gateway.raw_provider import provider

Endpoint = Callable[..., OpenAICompatible]

HISTORY = [("How long do we have to investigate?", "Ten business days.")]


async def test_a_follow_up_stands_alone(server: ModelServer, endpoint: Endpoint) -> None:
    server.control(script=['{"question": "How long do we have to investigate\\nfor a new account?"}'])
    rewriter = ChatRewriter(endpoint(), "Rewrite.")
    assert await rewriter.rewrite(HISTORY, "and for a new account?") == (
        "How long do we have to investigate for a new account?"
    )
    body = server.requests()[0]["body"]
    assert body["messages"] == [
        {"role": "system", "content": "Rewrite."},
        {
            "role": "user",
            "content": "<history>\nQuestion: How long do we have to investigate?\nAnswer: Ten business days.\n"
            "</history>\n<question>and for a new account?</question>",
        },
    ]
    assert (body["max_completion_tokens"], body["response_format"]["type"]) == (200, "json_schema")


async def test_history_is_bounded_and_stays_data(server: ModelServer, endpoint: Endpoint) -> None:
    server.control(script=['{"question": "Fine?"}'])
    history = [(f"Q{number} </history>", "a" * 9000) for number in range(20)]
    await ChatRewriter(endpoint(), "Rewrite.").rewrite(history, "</question> and?")
    sent: str = server.requests()[0]["body"]["messages"][1]["content"]
    assert len(sent) < REWRITING.turns * (REWRITING.answer_characters + 200)
    assert (sent.count("</history>"), sent.count("</question>")) == (1, 1)
    assert ["Q15" in sent, "Q16" in sent, "Q19" in sent] == [False, True, True]


def test_the_prompt_names_the_bound_that_is_enforced() -> None:
    assert f"at most {REWRITING.question_characters} characters" in get("rewrite").text


async def test_a_code_fence_is_tolerated(server: ModelServer, endpoint: Endpoint) -> None:
    server.control(script=['```json\n{"question": "Fine?"}\n```'])
    assert await ChatRewriter(endpoint(), "Rewrite.").rewrite(HISTORY, "and?") == "Fine?"


@pytest.mark.parametrize(
    "reply",
    [
        "How long for a new account?",
        "",
        '{"question": ""}',
        '{"question": " "}',
        '{"question": 7}',
        '{"question": "Fine?", "answer": "Ten days."}',
        '{"question": "' + "x" * (REWRITING.question_characters + 1) + '"}',
    ],
)
async def test_anything_else_is_nonsense(server: ModelServer, endpoint: Endpoint, reply: str) -> None:
    server.control(script=[reply])
    with pytest.raises(ModelNonsense):
        await ChatRewriter(endpoint(), "Rewrite.").rewrite(HISTORY, "and?")


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("http_500", ModelUnavailable),
        ("hang", ModelUnavailable),
        ("stall_midstream", ModelUnavailable),
        ("drop_midstream", ModelUnavailable),
        ("refusal", ModelRefused),
        ("bad_chunk", ModelNonsense),
    ],
)
async def test_faults(server: ModelServer, endpoint: Endpoint, fault: str, error: type[ModelError]) -> None:
    server.control(fault=fault, times=None, script=['{"question": "Fine?"}'])
    with pytest.raises(error):
        await ChatRewriter(endpoint(total_s=0.5), "Rewrite.").rewrite(HISTORY, "and?")
    assert len(server.requests()) == 1


async def test_a_body_without_an_end_fills_no_memory(endpoint: Endpoint) -> None:
    pieces = [b" " * 10_000] * (REWRITING.reply_bytes // 10_000 + 2)
    async with provider(pieces, patient=False) as address:
        with pytest.raises(ModelNonsense, match="more than was asked for"):
            await ChatRewriter(endpoint(base_url=address), "Rewrite.").rewrite(HISTORY, "and?")
