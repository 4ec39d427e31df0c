"""The adversary keeps its word: it plays what it was told, the same for the same seed, and says what it said."""

import httpx
import pytest

from sandbox.model.adversary.plays import WRITING
from tests.sandbox.test_model_server import PROMPT

QUOTE = "The branch must investigate a disputed card payment within 10 business days."


async def tell(model: httpx.AsyncClient, play: str, seed: int = 1, slot: str = "adversary-1") -> None:
    body = {"slot": slot, "play": play, "seed": seed, "chunks": ["c-1"], "texts": ["What others may read only."]}
    (await model.post("/adversary", json=body)).raise_for_status()


async def said(model: httpx.AsyncClient, slot: str = "adversary-1") -> dict[str, object]:
    return (await model.get(f"/adversary/{slot}")).raise_for_status().json()


async def bytes_of(model: httpx.AsyncClient, most: int = 20_000) -> bytes:
    """The beginning of a streamed reply."""
    messages = [{"role": "system", "content": "Quote the evidence word for word."}, {"role": "user", "content": PROMPT}]
    body = {"model": "adversary-1", "stream": True, "messages": messages}
    received = b""
    async with model.stream("POST", "/v1/chat/completions", json=body) as reply:
        async for piece in reply.aiter_raw():
            received += piece
            if len(received) > most:
                break
    return received[:most]


@pytest.mark.parametrize("play", [play for play in WRITING if play not in ("dripping", "silent", "statuses")])
async def test_every_play_is_the_same_for_the_same_seed(model: httpx.AsyncClient, play: str) -> None:
    heard: list[tuple[bytes, object]] = []
    for _ in range(2):
        await tell(model, play)
        received = await bytes_of(model)
        plain = b"\n".join(line for line in received.split(b"\n") if b"chatcmpl" not in line)
        heard.append((plain, (await said(model))["false"]))
    assert heard[0] == heard[1]


async def test_the_faithful_play_quotes_and_says_so(model: httpx.AsyncClient) -> None:
    await tell(model, "faithful")
    assert QUOTE.split()[2].encode() in await bytes_of(model)
    found = await said(model)
    assert (found["play"], found["calls"], found["false"]) == ("faithful", 1, [])
    assert set(found["faithful"]) <= {QUOTE, "Withdrawals abroad cost two percent of the amount, at least EUR 5."}  # type: ignore[call-overload]


async def test_other_models_are_left_alone(model: httpx.AsyncClient) -> None:
    await tell(model, "unsupported", slot="adversary-2")
    body = {"model": "any-model", "messages": [{"role": "user", "content": PROMPT}]}
    reply = (await model.post("/v1/chat/completions", json=body)).json()
    assert QUOTE in reply["choices"][0]["message"]["content"]


@pytest.mark.parametrize(
    "body", [{"slot": "a", "play": "kindness", "seed": 1}, {"slot": "", "play": "faithful", "seed": 1}, {}, {"x": 1}]
)
async def test_what_it_can_not_play_is_refused(model: httpx.AsyncClient, body: dict[str, object]) -> None:
    assert (await model.post("/adversary", json=body)).status_code == 422


async def test_an_unknown_slot_has_said_nothing(model: httpx.AsyncClient) -> None:
    assert (await model.get("/adversary/nobody")).status_code == 404
