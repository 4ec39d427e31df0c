"""The cross-encoder, with a model of a few hundred weights that the test writes itself."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace
from tokenizers.processors import TemplateProcessing

from gateway.errors import ModelMisconfigured, ModelUnavailable
from gateway.limits import RERANKING
from gateway.reranking import OnnxReranker

WORDS = ["[UNK]", "[SEP]", "card", "limit", "daily", "leave", "the"]
WEIGHTS = [0.0, 0.0, 0.5, 1.0, 2.0, -3.0, 0.0]


def write_model(
    folder: Path, *, inputs: tuple[str, ...] = ("input_ids", "attention_mask"), weights: Sequence[float] = WEIGHTS
) -> Path:
    """logit = the sum of the weights of a pair's words."""
    tokenizer = Tokenizer(WordLevel({word: at for at, word in enumerate(WORDS)}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = Whitespace()
    tokenizer.post_processor = TemplateProcessing(
        single="$A", pair="$A:0 [SEP]:0 $B:1", special_tokens=[("[SEP]", WORDS.index("[SEP]"))]
    )
    tokenizer.save(str(folder / "tokenizer.json"))
    table = numpy_helper.from_array(np.array(weights, dtype=np.float32)[:, None], "table")
    axes = numpy_helper.from_array(np.array([1], dtype=np.int64), "axes")
    graph = helper.make_graph(
        [
            helper.make_node("Gather", ["table", inputs[0]], ["each"]),
            helper.make_node("ReduceSum", ["each", "axes"], ["logits"], keepdims=0),
        ],
        "cross_encoder",
        [helper.make_tensor_value_info(name, TensorProto.INT64, ["n", "t"]) for name in inputs],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["n", 1])],
        [table, axes],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 8
    onnx.save(model, str(folder / "model.onnx"))
    return folder


def sigmoid(logit: float) -> float:
    return 1.0 / (1.0 + float(np.exp(-logit)))


@pytest.mark.parametrize("inputs", [("input_ids", "attention_mask"), ("input_ids", "attention_mask", "token_type_ids")])
async def test_each_passage_is_read_together_with_the_question(tmp_path: Path, inputs: tuple[str, ...]):
    reranker = OnnxReranker(write_model(tmp_path, inputs=inputs))
    scores = await reranker.scores("the limit", ["daily card", "leave", ""])
    assert scores == pytest.approx([sigmoid(3.5), sigmoid(-2.0), sigmoid(1.0)])
    assert await reranker.scores("the limit", ["leave"]) == [scores[1]]
    assert await reranker.scores("the limit", []) == []
    reranker.close()


async def test_a_long_text_is_cut_and_not_refused(tmp_path: Path):
    reranker = OnnxReranker(write_model(tmp_path), replace(RERANKING, tokens=8))
    (score,) = await reranker.scores("the " * 50, ["limit " * 50])
    assert 0.0 < score < 1.0
    reranker.close()


async def test_what_takes_too_long_is_given_up(tmp_path: Path):
    reranker = OnnxReranker(write_model(tmp_path), replace(RERANKING, total_s=0.0))
    with pytest.raises(ModelUnavailable, match="longer than"):
        await reranker.scores("limit", ["card"] * 5_000)
    reranker.close()


async def test_more_than_may_wait_are_turned_away(tmp_path: Path):
    reranker = OnnxReranker(write_model(tmp_path), replace(RERANKING, waiting=2))
    asked = [reranker.scores("limit", ["card"] * 200) for _ in range(3)]
    results = await asyncio.gather(*asked, return_exceptions=True)
    assert [type(result) for result in results] == [list, list, ModelUnavailable]
    assert len(await reranker.scores("limit", ["card"])) == 1
    reranker.close()


async def test_a_model_that_gives_no_number_is_unavailable(tmp_path: Path):
    reranker = OnnxReranker(write_model(tmp_path, weights=[float("nan")] * len(WORDS)))
    with pytest.raises(ModelUnavailable, match="for one pair"):
        await reranker.scores("limit", ["card"])
    reranker.close()


async def test_a_model_that_fails_is_unavailable(tmp_path: Path):
    reranker = OnnxReranker(write_model(tmp_path, weights=[1.0]))  # most words stand beyond its table
    with pytest.raises(ModelUnavailable, match="the reranking model failed"):
        await reranker.scores("limit", ["card"])
    reranker.close()


def test_a_folder_without_a_model_is_refused(tmp_path: Path):
    with pytest.raises(ModelMisconfigured, match="holds no usable cross-encoder"):
        OnnxReranker(tmp_path)


def test_a_model_of_another_kind_is_refused(tmp_path: Path):
    with pytest.raises(ModelMisconfigured, match="is no cross-encoder"):
        OnnxReranker(write_model(tmp_path, inputs=("input_ids", "pixel_values")))
