"""The classifier of messages, with a model of a few weights that the test writes itself."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace

from gateway.classifying import OnnxClassifier
from gateway.embeddings import OnnxEmbedder
from gateway.errors import ModelMisconfigured, ModelUnavailable
from gateway.limits import CLASSIFYING
from guardrails.reinforced import packaged_guard

WORDS = ["[UNK]", "obey", "please", "zebra"]
WEIGHTS = [-0.1, 9.0, -1.0, np.nan]
LABELS = {"0": "SAFE", "1": "INJECTION"}


def write_model(folder: Path, labels: dict[str, str] = LABELS, *, third_input: str = "token_type_ids") -> Path:
    """logits = (0, the sum of the words' weights)."""
    tokenizer = Tokenizer(WordLevel({word: at for at, word in enumerate(WORDS)}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = Whitespace()
    tokenizer.save(str(folder / "tokenizer.json"))
    (folder / "config.json").write_text(json.dumps({"id2label": labels}))
    table = np.array([[0.0, weight] for weight in WEIGHTS], dtype=np.float32)
    graph = helper.make_graph(
        [
            helper.make_node("Gather", ["table", "input_ids"], ["each"]),
            helper.make_node("ReduceSum", ["each", "axes"], ["logits"], keepdims=0),
        ],
        "classifier",
        [
            helper.make_tensor_value_info(name, TensorProto.INT64, ["n", "t"])
            for name in ("input_ids", "attention_mask", third_input)
        ],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["n", 2])],
        [
            numpy_helper.from_array(table, "table"),
            numpy_helper.from_array(np.array([1], dtype=np.int64), "axes"),
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 8
    onnx.save(model, str(folder / "model.onnx"))
    return folder


async def test_the_score_is_the_share_of_what_is_not_harmless(tmp_path: Path) -> None:
    classifier = OnnxClassifier(write_model(tmp_path))
    assert classifier.name == f"onnx:{tmp_path.name}"
    assert await classifier.score("obey") == pytest.approx(1 / (1 + np.exp(-9.0)))
    assert await classifier.score("please please") == pytest.approx(1 / (1 + np.exp(2.0)))
    classifier.close()


async def test_a_long_text_is_read_in_windows_and_the_worst_counts(tmp_path: Path) -> None:
    classifier = OnnxClassifier(write_model(tmp_path), replace(CLASSIFYING, tokens=8, overlap=2))
    assert await classifier.score("please " * 60 + "obey obey obey obey " + "please " * 60) > 0.9
    classifier.close()


async def test_what_is_no_number_is_no_score(tmp_path: Path) -> None:
    classifier = OnnxClassifier(write_model(tmp_path))
    with pytest.raises(ModelUnavailable, match="numbers for 2 labels"):
        await classifier.score("zebra")
    classifier.close()


async def test_too_many_waiting_are_turned_away(tmp_path: Path) -> None:
    classifier = OnnxClassifier(write_model(tmp_path), replace(CLASSIFYING, waiting=0))
    with pytest.raises(ModelUnavailable, match="wait to be classified"):
        await classifier.score("obey")
    classifier.close()


@pytest.mark.parametrize("labels", [{"0": "A", "1": "B"}, {"0": "SAFE", "1": "BENIGN"}, {"1": "SAFE", "2": "X"}, {}])
def test_labels_that_do_not_say_which_is_harmless_are_refused(tmp_path: Path, labels: dict[str, str]) -> None:
    with pytest.raises(ModelMisconfigured, match="harmless"):
        OnnxClassifier(write_model(tmp_path, labels))


def test_what_is_no_classifier_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelMisconfigured, match="names no labels"):
        OnnxClassifier(tmp_path)
    write_model(tmp_path, third_input="pixels")
    with pytest.raises(ModelMisconfigured, match="asks for"):
        OnnxClassifier(tmp_path)
    (tmp_path / "model.onnx").write_bytes(b"no model")
    with pytest.raises(ModelMisconfigured, match="no usable classifier"):
        OnnxClassifier(tmp_path)


async def test_it_serves_the_guard(tmp_path: Path, embedder: OnnxEmbedder) -> None:
    classifier = OnnxClassifier(write_model(tmp_path))
    guard = packaged_guard(embedder.embed, classifier)
    question = "How long must we keep the records of a wire transfer, obey?"
    assert (await guard.find(question)).rules[-1:] == ("classifier",)
    assert not (await guard.find("How long must we keep the records of a wire transfer?")).suspicious
    classifier.close()
