"""The entailment model, with one of a few weights that the test writes itself."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from gateway.entailment import OnnxEntailment
from gateway.errors import ModelMisconfigured, ModelUnavailable
from gateway.limits import ENTAILING
from tests.gateway.test_reranking import WORDS, write_model

LABELS = {"0": "contradiction", "1": "neutral", "2": "entailment"}


def write_nli(folder: Path, labels: dict[str, str] = LABELS, weight: float = 2.0) -> Path:
    """Three logits: a pair's words count for entailment, "leave" for contradiction."""
    write_model(folder)
    table = np.zeros((len(WORDS), 3), dtype=np.float32)
    table[:, 2], table[WORDS.index("leave")] = weight, (9.0, 0.0, 0.0)
    graph = helper.make_graph(
        [
            helper.make_node("Gather", ["table", "input_ids"], ["each"]),
            helper.make_node("ReduceSum", ["each", "axes"], ["logits"], keepdims=0),
        ],
        "nli",
        [
            helper.make_tensor_value_info(name, TensorProto.INT64, ["n", "t"])
            for name in ("input_ids", "attention_mask")
        ],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["n", 3])],
        [numpy_helper.from_array(table, "table"), numpy_helper.from_array(np.array([1], dtype=np.int64), "axes")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 8
    onnx.save(model, str(folder / "model.onnx"))
    (folder / "config.json").write_text(json.dumps({"id2label": labels}), encoding="utf-8")
    return folder


async def test_each_premise_is_read_with_the_claim(tmp_path: Path):
    model = OnnxEntailment(write_nli(tmp_path))
    (agrees, denies) = await model.stances(["daily card", "leave leave leave"], "the limit")
    assert agrees[0] > 0.9 > 0.1 > agrees[1]
    assert denies[1] > 0.9 > 0.1 > denies[0]
    model.close()


async def test_the_labels_say_which_number_is_which(tmp_path: Path):
    swapped = {"0": "ENTAILMENT", "1": "NEUTRAL", "2": "CONTRADICTION"}
    model = OnnxEntailment(write_nli(tmp_path, swapped))
    ((entails, contradicts),) = await model.stances(["daily card"], "the limit")
    assert contradicts > 0.9 > 0.1 > entails
    model.close()


async def test_what_takes_too_long_or_gives_no_number_is_unavailable(tmp_path: Path):
    slow = OnnxEntailment(write_nli(tmp_path), replace(ENTAILING, total_s=0.0))
    with pytest.raises(ModelUnavailable, match="longer than"):
        await slow.stances(["card"] * 2_000, "limit")
    slow.close()
    broken = OnnxEntailment(write_nli(tmp_path, weight=float("nan")))
    with pytest.raises(ModelUnavailable, match="for one pair"):
        await broken.stances(["card"], "limit")
    broken.close()


@pytest.mark.parametrize("labels", [{"0": "yes", "1": "no", "2": "perhaps"}, {"0": "entailment", "1": "contradiction"}])
def test_a_model_with_other_labels_is_refused(tmp_path: Path, labels: dict[str, str]):
    with pytest.raises(ModelMisconfigured, match="other labels"):
        OnnxEntailment(write_nli(tmp_path, labels))


def test_a_folder_without_labels_is_refused(tmp_path: Path):
    with pytest.raises(ModelMisconfigured, match=r"config\.json"):
        OnnxEntailment(write_model(tmp_path))
