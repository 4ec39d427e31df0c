"""One suite for both embedders, then what is particular to each."""

import asyncio
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest

from gateway.embedding_queue import BACKGROUND_NICENESS, EmbeddingQueue, Vector
from gateway.embeddings import Embedder, OnnxEmbedder, VectorCache
from gateway.errors import ModelMisconfigured, ModelUnavailable
from gateway.export_model import packaged_model
from gateway.sentence_transformer import SentenceTransformerEmbedder

TEXTS = [
    "How many days do we have to investigate a disputed card payment?",
    "The institution shall investigate promptly and determine within 10 business days whether an error occurred.",
    "",
    "Zurück in Zürich: 1 000 € für den Kontoauszug — naïve café, 日本",
    "word " * 400,
]


@pytest.fixture(scope="module")
def onnx(model_dir: Path) -> Iterator[OnnxEmbedder]:
    embedder = OnnxEmbedder(model_dir)
    yield embedder
    embedder.close()


@pytest.fixture(scope="module")
def torch_based() -> Iterator[SentenceTransformerEmbedder]:
    embedder = SentenceTransformerEmbedder(packaged_model())
    yield embedder
    embedder.close()


@pytest.fixture(params=["onnx", "torch_based"])
def embedder(request: pytest.FixtureRequest) -> Embedder:
    return request.getfixturevalue(request.param)


async def test_vectors_are_normalised_rows_in_the_order_of_the_texts(embedder: Embedder) -> None:
    vectors = await embedder.embed(TEXTS)
    assert (vectors.shape, vectors.dtype) == ((len(TEXTS), 384), np.dtype(np.float32))
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    backwards = await embedder.embed(TEXTS[::-1])
    assert np.array_equal(backwards[::-1], vectors)


async def test_no_texts_give_an_empty_matrix(embedder: Embedder) -> None:
    assert (await embedder.embed([])).shape == (0, 384)


async def test_meaning_decides_the_similarity(embedder: Embedder) -> None:
    question, answer, other = await embedder.embed([TEXTS[0], TEXTS[1], "Bake the bread for forty minutes."])
    assert question @ answer > question @ other + 0.3


async def test_a_vector_depends_on_its_text_alone(embedder: Embedder) -> None:
    """Bit for bit, whatever else is computed meanwhile: else one person's search could be seen in another's."""
    passages = [f"Paragraph {number}. " + "The bank keeps records. " * (30 + number % 7) for number in range(12)]
    alone = [await embedder.embed([text]) for text in passages]
    together, questions = await asyncio.gather(embedder.embed(passages), embedder.embed(TEXTS))
    assert np.array_equal(together, np.concatenate(alone))
    assert np.array_equal(questions, await embedder.embed(TEXTS))


async def test_both_agree(onnx: OnnxEmbedder, torch_based: SentenceTransformerEmbedder) -> None:
    assert np.allclose(await onnx.embed(TEXTS), await torch_based.embed(TEXTS), atol=1e-4)
    assert (onnx.name, torch_based.name) == ("all-minilm-l6-v2:onnx-fp32", "model:sentence-transformers")


async def test_a_missing_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelMisconfigured, match="make setup"):
        OnnxEmbedder(tmp_path)
    with pytest.raises(ModelMisconfigured, match="no sentence-transformers model"):
        SentenceTransformerEmbedder(tmp_path)


async def test_an_altered_folder_is_refused(tmp_path: Path, model_dir: Path) -> None:
    for name in ("model.onnx", "tokenizer.json", "meta.json"):
        (tmp_path / name).write_bytes((model_dir / name).read_bytes())
    with (tmp_path / "tokenizer.json").open("a") as file:
        file.write(" ")
    with pytest.raises(ModelMisconfigured, match="differ from their card"):
        OnnxEmbedder(tmp_path)


def _vector(value: float) -> Vector:
    return np.full(4, value, np.float32)


async def test_a_question_overtakes_an_ingest() -> None:
    order: list[int] = []

    def compute(text: int) -> Vector:
        order.append(text)
        return _vector(text)

    queue = EmbeddingQueue[int](compute, lambda text: 200 if text < 100 else 12, max_waiting=10**6)
    ingest = asyncio.create_task(queue.compute(list(range(50))))
    await asyncio.sleep(0)
    question = asyncio.create_task(queue.compute([100]))
    await asyncio.gather(question, ingest)
    queue.close()
    assert order.index(100) < 49
    assert [text for text in order if text < 100] == list(range(50))


async def test_of_two_ingests_neither_waits_for_the_others_end() -> None:
    """Also where one sends the longer texts, and the other its next batch as soon as one is done."""
    order: list[int] = []

    def compute(text: int) -> Vector:
        order.append(text)
        return _vector(text)

    queue = EmbeddingQueue[int](compute, lambda text: text, max_waiting=10**6)

    async def ingest(tokens: int) -> None:
        batches = [asyncio.create_task(queue.compute([tokens] * 64)) for _ in range(2)]
        for _ in range(6):
            await batches.pop(0)
            batches.append(asyncio.create_task(queue.compute([tokens] * 64)))
        await asyncio.gather(*batches)

    await asyncio.gather(ingest(250), ingest(100))
    queue.close()
    assert order.index(250) < 5 * 64
    assert order.index(250) < len(order) - order[::-1].index(100) - 64
    last_short = len(order) - 1 - order[::-1].index(100)
    assert order[:last_short].count(250) >= 64


async def test_more_threads_give_the_same_bits_in_the_same_places(model_dir: Path) -> None:
    passages = [f"Paragraph {number}. " + "The bank keeps records. " * (3 + 7 * (number % 5)) for number in range(40)]
    one, two = OnnxEmbedder(model_dir), OnnxEmbedder(model_dir, threads=2, background=True)
    assert np.array_equal(await two.embed(passages), await one.embed(passages))
    one.close()
    two.close()


async def test_threads_share_one_work_and_one_error_ends_it() -> None:
    together = threading.Barrier(2, timeout=20)

    def compute(text: int) -> Vector:
        together.wait()
        if text == 3:
            raise ValueError("three")
        return _vector(text)

    queue = EmbeddingQueue[int](compute, lambda text: 1, max_waiting=100, threads=2)
    assert np.array_equal(np.stack(await queue.compute([0, 1])), np.stack([_vector(0), _vector(1)]))
    with pytest.raises(ValueError, match="three"):
        await queue.compute([2, 3])
    assert np.array_equal((await queue.compute([4, 5]))[1], _vector(5))
    queue.close()


async def test_what_waits_when_it_is_closed_is_told_so() -> None:
    started, go_on = threading.Event(), threading.Event()

    def compute(text: int) -> Vector:
        started.set()
        go_on.wait(20)
        return _vector(text)

    queue = EmbeddingQueue[int](compute, lambda text: 1, max_waiting=100, threads=2)
    waiting = asyncio.create_task(queue.compute(range(9)))
    await asyncio.to_thread(started.wait, 20)
    closing = asyncio.create_task(asyncio.to_thread(queue.close))
    with pytest.raises(ModelUnavailable, match="is closed"):
        await refused(queue)
    go_on.set()
    await closing
    with pytest.raises(ModelUnavailable, match="was closed"):
        await waiting


async def refused(queue: EmbeddingQueue[int]) -> None:
    """Ask until it is refused; what is taken is given up at once."""
    while True:
        with suppress(TimeoutError):
            await asyncio.wait_for(queue.compute([1]), 0.05)


async def test_background_threads_leave_the_cores_to_others() -> None:
    def niceness(_text: int) -> Vector:
        return _vector(os.getpriority(os.PRIO_PROCESS, threading.get_native_id()))

    ordinary = EmbeddingQueue[int](niceness, lambda text: 1, max_waiting=10)
    background = EmbeddingQueue[int](niceness, lambda text: 1, max_waiting=10, background=True)
    ours = os.getpriority(os.PRIO_PROCESS, 0)
    found = [(await queue.compute([1]))[0][0] for queue in (ordinary, background)]
    assert found == [ours, BACKGROUND_NICENESS if sys.platform == "linux" else ours]
    ordinary.close()
    background.close()


async def test_too_much_waiting_work_is_refused_and_leaves_the_rest_alone() -> None:
    queue = EmbeddingQueue[int](_vector, lambda text: 10, max_waiting=100)
    with pytest.raises(ModelUnavailable, match="too many texts"):
        await queue.compute(range(11))
    assert len(await queue.compute(range(10))) == 10
    queue.close()


async def test_an_error_reaches_its_caller_and_the_thread_lives_on() -> None:
    def compute(text: int) -> Vector:
        if text == 13:
            raise ValueError("thirteen")
        return _vector(text)

    queue = EmbeddingQueue[int](compute, lambda text: 1, max_waiting=100)
    with pytest.raises(ValueError, match="thirteen"):
        await queue.compute([12, 13, 14])
    assert np.array_equal((await queue.compute([2]))[0], _vector(2))
    queue.close()


async def test_a_cancelled_caller_frees_the_thread() -> None:
    computed: list[int] = []

    def compute(text: int) -> Vector:
        computed.append(text)
        return _vector(text)

    queue = EmbeddingQueue[int](compute, lambda text: 1, max_waiting=10**6)
    abandoned = asyncio.create_task(queue.compute(range(100_000)))
    await asyncio.sleep(0)
    abandoned.cancel()
    with pytest.raises(asyncio.CancelledError):
        await abandoned
    await queue.compute([-1])
    queue.close()
    assert computed[-1] == -1
    assert len(computed) < 100_000


async def test_after_closing_calls_fail() -> None:
    queue = EmbeddingQueue[int](_vector, lambda text: 1, max_waiting=10)
    queue.close()
    queue.close()
    with pytest.raises(ModelUnavailable, match="closed"):
        await queue.compute([1])


def test_the_cache_forgets_what_was_used_longest_ago() -> None:
    cache = VectorCache(2)
    cache.put(b"a", _vector(1))
    cache.put(b"b", _vector(2))
    assert cache.get(b"a") is not None
    cache.put(b"c", _vector(3))
    assert [cache.get(key) is not None for key in (b"a", b"b", b"c")] == [True, False, True]
