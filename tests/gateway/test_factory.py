from pathlib import Path

import pytest

from gateway.embeddings import OnnxEmbedder
from gateway.errors import ModelMisconfigured
from gateway.export_model import packaged_model
from gateway.factory import build_embedder, build_gateway
from gateway.writers.ports import SourceText, WritingTask
from retrieval.sentences import sentences
from retrieval.terms import terms
from tests.gateway.conftest import ModelServer

TASK = WritingTask(
    question="How long does the desk investigate a disputed payment?",
    sources=(
        SourceText(1, "Circular 41 › 2 Time", "The desk investigates a disputed payment within ten business days."),
    ),
    instructions="Quote.",
)
QUIET = {"breaker": "closed", "calls": 0, "answers": 0, "failures": 0}


async def test_without_a_key_the_sources_are_quoted(model_dir: Path) -> None:
    gateway = build_gateway(
        embedding_model_dir=model_dir, split=sentences, terms=terms, rewrite_instructions="Rewrite."
    )
    assert gateway.describe() == {
        "embedder": "all-minilm-l6-v2:onnx-fp32",
        "writers": [{"writer": "extractive-1", **QUIET}],
        "rewriter": None,
        "planners": [],
    }
    items = [item async for item in gateway.writer.write(TASK)]
    assert [getattr(item, "text", None) for item in items] == [TASK.sources[0].text, None]
    await gateway.aclose()


async def test_with_a_key_the_model_writes(model_dir: Path, server: ModelServer) -> None:
    gateway = build_gateway(
        embedding_model_dir=model_dir,
        split=sentences,
        terms=terms,
        rewrite_instructions="Rewrite.",
        openai_api_key="key",
        openai_base_url=server.base_url,
        openai_model="scripted",
    )
    assert gateway.describe() == {
        "embedder": "all-minilm-l6-v2:onnx-fp32",
        "writers": [{"writer": "openai:scripted", **QUIET}, {"writer": "extractive-1", **QUIET}],
        "rewriter": "openai:scripted",
        "planners": [{"planner": "openai:scripted", "breaker": "closed", "calls": 0, "plans": 0, "failures": 0}],
    }
    server.control(script=['{"text": "A.", "citations": [1]}'])
    claim, usage = [item async for item in gateway.writer.write(TASK)]
    assert (getattr(claim, "text", None), getattr(usage, "model", None)) == ("A.", "openai:scripted")
    await gateway.aclose()


async def test_a_configured_model_folder_decides_the_embedder(tmp_path: Path, model_dir: Path) -> None:
    ours, theirs = build_embedder(model_dir), build_embedder(packaged_model())
    assert (type(ours), theirs.name) == (OnnxEmbedder, "model:sentence-transformers")
    ours.close()
    theirs.close()
    with pytest.raises(ModelMisconfigured, match="make setup"):
        build_embedder(tmp_path)
