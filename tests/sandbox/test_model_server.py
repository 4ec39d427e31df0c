import asyncio
import json
from collections.abc import AsyncIterator

import httpx
import pytest

PROMPT = (
    "<question>How long do we have to investigate a disputed card payment?</question>\n"
    "<evidence>\n"
    "[1] Card disputes › Time limits\n"
    "The branch must investigate a disputed card payment within 10 business days. Coffee is free.\n"
    "[2] Fee schedule › Cash machines\n"
    "Withdrawals abroad cost two percent of the amount, at least EUR 5.\n"
    "</evidence>"
)
QUOTE = '{"text":"The branch must investigate a disputed card payment within 10 business days.","citations":[1]}'


def request_body(**more: object) -> dict[str, object]:
    messages = [{"role": "system", "content": "Quote."}, {"role": "user", "content": PROMPT}]
    return {"model": "any-model", "messages": messages, **more}


async def stream(model: httpx.AsyncClient, **more: object) -> list[str]:
    """The data of each server-sent event of a streamed reply."""
    return [data async for data in events(model, **more)]


async def read_until_it_breaks(model: httpx.AsyncClient, data: list[str]) -> None:
    async for line in events(model):
        data.append(line)


async def events(model: httpx.AsyncClient, **more: object) -> AsyncIterator[str]:
    body = request_body(stream=True, **more)
    async with model.stream("POST", "/v1/chat/completions", json=body) as reply:
        assert reply.status_code == 200
        assert reply.headers["content-type"] == "text/event-stream; charset=utf-8"
        async for line in reply.aiter_lines():
            if line:
                assert line.startswith("data: ")
                yield line.removeprefix("data: ")


async def ask(model: httpx.AsyncClient, **more: object) -> httpx.Response:
    return await model.post("/v1/chat/completions", json=request_body(**more))


async def control(model: httpx.AsyncClient, **settings: object) -> None:
    (await model.post("/control", json=settings)).raise_for_status()


async def outcomes(model: httpx.AsyncClient) -> list[str]:
    return [entry["outcome"] for entry in (await model.get("/control/requests")).json()["items"]]


def text_of(data: list[str]) -> str:
    chunks = [json.loads(line) for line in data if line != "[DONE]"]
    return "".join(choice["delta"].get("content", "") for chunk in chunks for choice in chunk["choices"])


async def test_a_stream_has_the_shape_of_the_api(model: httpx.AsyncClient) -> None:
    await control(model, script=[["Ten ", "days."]])
    data = await stream(model, stream_options={"include_usage": True})
    assert data[-1] == "[DONE]"
    chunks = [json.loads(line) for line in data[:-1]]
    envelopes = [{name: chunk[name] for name in ("id", "object", "created", "model")} for chunk in chunks]
    assert envelopes == [envelopes[0]] * 5
    assert (envelopes[0]["object"], envelopes[0]["model"]) == ("chat.completion.chunk", "any-model")
    assert [chunk["choices"] for chunk in chunks] == [
        [
            {
                "index": 0,
                "logprobs": None,
                "finish_reason": None,
                "delta": {"role": "assistant", "content": ""},
            }
        ],
        [{"index": 0, "logprobs": None, "finish_reason": None, "delta": {"content": "Ten "}}],
        [{"index": 0, "logprobs": None, "finish_reason": None, "delta": {"content": "days."}}],
        [{"index": 0, "logprobs": None, "finish_reason": "stop", "delta": {}}],
        [],
    ]
    prompt_tokens = (len("Quote.") + len(PROMPT)) // 4
    assert chunks[-1]["usage"] == {
        "prompt_tokens": prompt_tokens,
        "completion_tokens": 2,
        "total_tokens": prompt_tokens + 2,
    }


async def test_usage_is_streamed_only_when_asked_for(model: httpx.AsyncClient) -> None:
    assert "usage" not in "".join(await stream(model))


async def test_a_whole_reply(model: httpx.AsyncClient) -> None:
    await control(model, script=["Ten days."])
    body = (await ask(model)).json()
    assert (body["object"], body["model"]) == ("chat.completion", "any-model")
    assert body["choices"] == [
        {
            "index": 0,
            "message": {"role": "assistant", "content": "Ten days.", "refusal": None},
            "logprobs": None,
            "finish_reason": "stop",
        }
    ]
    assert body["usage"]["completion_tokens"] == 2


@pytest.mark.parametrize("settings", [{}, {"tokens_per_second": 10_000}, {"tokens": 50}, {"ttft_ms": 60}])
async def test_it_quotes_the_evidence_at_any_pace(settings: dict[str, float], model: httpx.AsyncClient) -> None:
    await control(model, **settings)
    assert text_of(await stream(model)) == QUOTE
    assert (await ask(model)).json()["choices"][0]["message"]["content"] == QUOTE


async def test_a_constant_number_of_tokens(model: httpx.AsyncClient) -> None:
    await control(model, tokens=50)
    assert (await ask(model)).json()["usage"]["completion_tokens"] == 50
    await control(model, script=["x" * 4000])
    assert (await ask(model)).json()["usage"]["completion_tokens"] == 50


async def test_a_token_limit_cuts_the_reply(model: httpx.AsyncClient) -> None:
    await control(model, script=["one two three", "one two three"])
    choice = (await ask(model, max_tokens=2)).json()["choices"][0]
    assert (choice["message"]["content"], choice["finish_reason"]) == ("one two", "length")
    data = await stream(model, max_completion_tokens=1)
    assert text_of(data) == "one"
    assert json.loads(data[-2])["choices"][0]["finish_reason"] == "length"


async def test_content_may_come_in_parts(model: httpx.AsyncClient) -> None:
    parts = [{"type": "text", "text": PROMPT[:50]}, {"type": "text", "text": PROMPT[50:]}]
    body = {"model": "m", "messages": [{"role": "user", "content": parts}]}
    reply = await model.post("/v1/chat/completions", json=body)
    assert reply.json()["choices"][0]["message"]["content"] == QUOTE


async def test_scripted_replies_are_given_in_order_then_it_quotes(model: httpx.AsyncClient) -> None:
    await control(model, script=["first", ["sec", "ond"], {"content": "third"}, {"deltas": ["fou", "rth"]}])
    seen = [(await ask(model)).json()["choices"][0]["message"]["content"] for _ in range(5)]
    assert seen == ["first", "second", "third", "fourth", QUOTE]


@pytest.mark.parametrize(
    ("fault", "status", "kind", "retry_after"),
    [("http_500", 500, "server_error", None), ("http_429", 429, "rate_limit_exceeded", "1")],
)
@pytest.mark.parametrize("streamed", [True, False])
async def test_a_failing_provider(
    fault: str, status: int, kind: str, retry_after: str | None, streamed: bool, model: httpx.AsyncClient
) -> None:
    await control(model, fault=fault, times=2, script=["recovered"])
    for _ in range(2):
        reply = await model.post("/v1/chat/completions", json=request_body(stream=streamed))
        assert (reply.status_code, reply.json()["error"]["type"]) == (status, kind)
        assert reply.headers.get("retry-after") == retry_after
    assert (await ask(model)).json()["choices"][0]["message"]["content"] == "recovered"
    assert await outcomes(model) == [fault, fault, "completed"]


async def test_a_stream_that_breaks_in_the_middle(model: httpx.AsyncClient) -> None:
    await control(model, fault="drop_midstream", script=[["a", "b", "c", "d"]])
    data: list[str] = []
    with pytest.raises(httpx.RemoteProtocolError):
        await read_until_it_breaks(model, data)
    assert text_of(data) == "ab"
    assert text_of(await stream(model)) == "abcd"


async def test_a_whole_reply_that_breaks_in_the_middle(model: httpx.AsyncClient) -> None:
    await control(model, fault="drop_midstream")
    with pytest.raises(httpx.RemoteProtocolError):
        await ask(model)
    assert await outcomes(model) == ["drop_midstream"]


@pytest.mark.parametrize(("fault", "before"), [("hang", ""), ("stall_midstream", "ab")])
async def test_silence_until_the_client_leaves(fault: str, before: str, model: httpx.AsyncClient) -> None:
    await control(model, fault=fault, times=None, script=[["a", "b", "c", "d"]])
    data: list[str] = []
    reading = asyncio.create_task(read_until_it_breaks(model, data))
    while await outcomes(model) != ["under way"] or text_of(data) != before:
        pass
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    while await outcomes(model) == ["under way"]:
        pass
    assert await outcomes(model) == ["client_left"]
    assert (await model.get("/control")).json()["fault"] == fault


async def test_text_that_is_no_json_line(model: httpx.AsyncClient) -> None:
    await control(model, fault="garbage", times=2)
    for text in (
        text_of(await stream(model)),
        (await ask(model)).json()["choices"][0]["message"]["content"],
    ):
        for line in text.splitlines():
            with pytest.raises(json.JSONDecodeError):
                json.loads(line)


async def test_a_stream_that_is_no_json(model: httpx.AsyncClient) -> None:
    await control(model, fault="bad_chunk")
    with pytest.raises(json.JSONDecodeError):
        text_of(await stream(model))


async def test_a_refusal_comes_in_its_own_field(model: httpx.AsyncClient) -> None:
    await control(model, fault="refusal", times=2)
    chunks = [json.loads(line) for line in (await stream(model))[:-1]]
    refusal = "".join(choice["delta"].get("refusal", "") for chunk in chunks for choice in chunk["choices"])
    assert refusal == "I can't help with that."
    assert not any("content" in choice["delta"] for chunk in chunks for choice in chunk["choices"])
    message = (await ask(model)).json()["choices"][0]["message"]
    assert message == {"role": "assistant", "content": None, "refusal": "I can't help with that."}


CALLS = [
    {"name": "case_add_note", "arguments": {"case_id": "C-1042", "text": "a b"}},
    {"name": "any", "arguments": '{"half": '},
]


async def test_scripted_tool_calls_in_a_whole_reply(model: httpx.AsyncClient) -> None:
    await control(model, script=[{"tool_calls": CALLS}, {"content": "Right away.", "tool_calls": CALLS[:1]}])
    body = (await ask(model)).json()
    (choice,) = body["choices"]
    ids = [call.pop("id") for call in choice["message"]["tool_calls"]]
    assert len(set(ids)) == 2
    assert choice == {
        "index": 0,
        "message": {
            "role": "assistant",
            "content": None,
            "refusal": None,
            "tool_calls": [
                {
                    "type": "function",
                    "function": {"name": "case_add_note", "arguments": '{"case_id":"C-1042","text":"a b"}'},
                },
                {"type": "function", "function": {"name": "any", "arguments": '{"half": '}},
            ],
        },
        "logprobs": None,
        "finish_reason": "tool_calls",
    }
    assert body["usage"]["completion_tokens"] == 4
    message = (await ask(model)).json()["choices"][0]["message"]
    assert (message["content"], len(message["tool_calls"])) == ("Right away.", 1)


async def test_scripted_tool_calls_in_a_stream(model: httpx.AsyncClient) -> None:
    await control(model, script=[{"tool_calls": CALLS}])
    chunks = [json.loads(line) for line in (await stream(model))[:-1]]
    deltas = [choice["delta"] for chunk in chunks for choice in chunk["choices"]]
    assert deltas[0] == {"role": "assistant", "content": None}
    pieces = [piece for delta in deltas[1:-1] for piece in delta["tool_calls"]]
    heads = [piece for piece in pieces if "id" in piece]
    assert [(head["index"], head["type"], head["function"]) for head in heads] == [
        (0, "function", {"name": "case_add_note", "arguments": ""}),
        (1, "function", {"name": "any", "arguments": ""}),
    ]
    assert ["".join(p["function"]["arguments"] for p in pieces if p["index"] == index) for index in (0, 1)] == [
        '{"case_id":"C-1042","text":"a b"}',
        '{"half": ',
    ]
    assert (deltas[-1], chunks[-1]["choices"][0]["finish_reason"]) == ({}, "tool_calls")


async def test_a_token_limit_cuts_tool_calls(model: httpx.AsyncClient) -> None:
    await control(model, script=[{"content": "one", "tool_calls": CALLS}])
    choice = (await ask(model, max_tokens=2)).json()["choices"][0]
    calls = [call["function"] for call in choice["message"]["tool_calls"]]
    assert (choice["message"]["content"], choice["finish_reason"]) == ("one", "length")
    assert calls == [{"name": "case_add_note", "arguments": '{"case_id":"C-1042","text":"a'}]


async def test_a_scripted_reply_may_carry_its_own_fault(model: httpx.AsyncClient) -> None:
    await control(model, script=[{"fault": "http_500"}, "fine"])
    assert [(await ask(model)).status_code for _ in range(2)] == [500, 200]


async def test_what_the_model_saw_can_be_read(model: httpx.AsyncClient) -> None:
    sent = request_body(stream=False, temperature=0)
    await model.post("/v1/chat/completions", json=sent, headers={"Authorization": "Bearer very-secret"})
    await model.post("/v1/chat/completions", content=b"not json")
    shown = await model.get("/control/requests")
    assert shown.json()["items"] == [
        {"path": "/v1/chat/completions", "authorized": True, "outcome": "completed", "body": sent},
        {"path": "/v1/chat/completions", "authorized": False, "outcome": "bad_request", "body": "not json"},
    ]
    assert "very-secret" not in shown.text


async def test_reset_forgets_everything(model: httpx.AsyncClient) -> None:
    fresh = (await model.get("/control")).json()
    await control(model, script=["x"], ttft_ms=5, tokens_per_second=9, tokens=3, fault="hang", times=None)
    assert (await model.get("/control")).json() == {
        "scripted_replies": 1,
        "ttft_ms": 5,
        "tokens_per_second": 9,
        "tokens": 3,
        "fault": "hang",
        "times": None,
        "requests": 0,
    }
    await model.delete("/control")
    assert (await model.get("/control")).json() == fresh


@pytest.mark.parametrize(
    "body",
    [
        {"fault": "unheard_of"},
        {"ttft_ms": -1},
        {"times": 0},
        {"speed": 3},
        {"script": [{"tool": 1}]},
        {"script": [{"tool_calls": [{"arguments": "{}"}]}]},
    ],
)
async def test_a_wrong_control_changes_nothing(body: dict[str, object], model: httpx.AsyncClient) -> None:
    reply = await model.post("/control", json={"script": ["x"], **body})
    assert reply.status_code == 422
    assert (await model.get("/control")).json()["scripted_replies"] == 0


async def test_a_wrong_request_is_refused_in_the_api_s_way(model: httpx.AsyncClient) -> None:
    reply = await model.post("/v1/chat/completions", json={"model": "m"})
    assert (reply.status_code, reply.json()["error"]["type"]) == (400, "invalid_request_error")


async def test_it_lists_its_model(model: httpx.AsyncClient) -> None:
    assert (await model.get("/v1/models")).json() == {
        "object": "list",
        "data": [{"id": "sandbox-quoting-1", "object": "model", "created": 0, "owned_by": "sandbox"}],
    }
